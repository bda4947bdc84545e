"""How the whole fleet is, for the operator: read from what is stored, so that looking costs two reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from swiftcache.fleet.orphans import LIMIT, CloudResource
from swiftcache.fleet.ports import ReconcileCheckpoints
from swiftcache.fleet.summary import PassSummary
from swiftcache.pool.levels import PoolLevel, pool_levels
from swiftcache.pool.model import PoolTarget
from swiftcache.pool.ports import PoolRecord


@dataclass(frozen=True, slots=True)
class Candidate:
    """What belongs to nobody, since when it is seen (RFC 3339 in UTC), and whether the last pass was to remove it."""

    resource: CloudResource
    first_seen: str
    due: bool


@dataclass(frozen=True, slots=True)
class FleetOverview:
    """`last_pass` is None where none has ended for a day. `passing`: one is on its way, or was left by the last
    invocation. `refused`: so much was due that the pass has left it to the operator.
    """

    last_pass: PassSummary | None
    passing: bool
    candidates: Sequence[Candidate]
    refused: bool
    pool: Sequence[PoolLevel]


@dataclass(frozen=True, slots=True)
class OverviewService:
    checkpoints: ReconcileCheckpoints
    pool: PoolRecord
    targets: Sequence[PoolTarget]

    def get(self) -> FleetOverview:
        """Raises DependencyUnavailable."""
        checkpoint = self.checkpoints.load()
        last, before = checkpoint.summary, checkpoint.before
        ended_at = datetime.fromisoformat(last.ended_at) if last else None
        due = {owner for owner in before.first if ended_at and before.is_due(owner, ended_at)}
        candidates = [
            Candidate(resource, before.first[resource.owner], resource.owner in due) for resource in before.resources
        ]
        return FleetOverview(
            last,
            passing=checkpoint.stage > 0 or checkpoint.token is not None,
            candidates=sorted(candidates, key=lambda one: (one.first_seen, one.resource.owner)),
            refused=len(due) > LIMIT or bool(due and last and not last.organizations),
            pool=pool_levels(self.pool.members(), self.targets),
        )
