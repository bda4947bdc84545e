"""The body of the fleet's overview."""

from typing import Annotated

from pydantic import Field

from swiftcache.api.body import AttributesBody, Body
from swiftcache.fleet.overview import Candidate, FleetOverview
from swiftcache.fleet.summary import PassSummary
from swiftcache.instances.sizes import largest_memory
from swiftcache.instances.status import Status
from swiftcache.pool.levels import PoolLevel

MOST_CANDIDATES = 100


class InstanceCountsBody(Body):
    """The instances of all organizations, as the reconciler has seen them last. `memory` in bytes, their `maxMemory`
    together. The last three are some of those that are RUNNING."""

    by_status: Annotated[dict[str, int], Field(description="how many there are of each status")]
    memory: int
    changing: int
    recovering: int
    not_answering: int


class FindingCountBody(AttributesBody):
    """Findings of a kind that met the same action; `failed` of them could not be put right, and are tried again."""

    kind: str
    action: str
    count: int
    failed: int


class CandidateBody(Body):
    """A resource that belongs to nobody. It is removed 15 minutes after it was first seen."""

    kind: str
    name: str
    owner: Annotated[str, Field(description="the id in its name, of an instance, an organization or a webhook")]
    first_seen: str
    due: Annotated[bool, Field(description="whether the last pass was to remove it")]

    @classmethod
    def of(cls, candidate: Candidate) -> "CandidateBody":
        resource = candidate.resource
        return cls(
            kind=resource.kind.value,
            name=resource.name,
            owner=resource.owner,
            first_seen=candidate.first_seen,
            due=candidate.due,
        )


class ReconcilerBody(Body):
    """The reconciler's last pass, and what waits for the next."""

    last_pass_at: Annotated[str | None, Field(description="when it ended; null: none has ended for a day")]
    passing: Annotated[bool, Field(description="a pass is on its way, or ran out of time and goes on with the next")]
    refused: Annotated[bool, Field(description="so much was to be removed that it is left to the operator")]
    findings: Annotated[list[FindingCountBody], Field(description="what it put right, in the record and in backups")]
    candidates: Annotated[list[CandidateBody], Field(description="the oldest 100 of them")]
    candidates_in_all: int


class PoolLevelBody(Body):
    """One size of the warm pool. `task_memory` in MiB; `largest_memory` is the largest `maxMemory`, in bytes, that it
    serves."""

    task_memory: int
    largest_memory: int
    wanted: int
    ready: int
    starting: int
    failed: int

    @classmethod
    def of(cls, level: PoolLevel) -> "PoolLevelBody":
        return cls(
            task_memory=level.size.memory,
            largest_memory=largest_memory(level.size),
            wanted=level.wanted,
            ready=level.ready,
            starting=level.starting,
            failed=level.failed,
        )


class FleetResponse(Body):
    organizations: Annotated[int | None, Field(description="null, as `instances`, before a pass has ended")]
    instances: InstanceCountsBody | None
    pool: Annotated[list[PoolLevelBody], Field(description="as it is now, the smallest size first; empty: no pool")]
    reconciler: ReconcilerBody

    @classmethod
    def of(cls, overview: FleetOverview) -> "FleetResponse":
        last, candidates = overview.last_pass, overview.candidates
        return cls(
            organizations=last.organizations if last else None,
            instances=_counts(last) if last else None,
            pool=[PoolLevelBody.of(level) for level in overview.pool],
            reconciler=ReconcilerBody(
                last_pass_at=last.ended_at if last else None,
                passing=overview.passing,
                refused=overview.refused,
                findings=[FindingCountBody.of(found) for found in last.findings] if last else [],
                candidates=[CandidateBody.of(candidate) for candidate in candidates[:MOST_CANDIDATES]],
                candidates_in_all=len(candidates),
            ),
        )


def _counts(last: PassSummary) -> InstanceCountsBody:
    return InstanceCountsBody(
        by_status={status.value: last.instances.get(status.value, 0) for status in Status},
        memory=last.memory,
        changing=last.changing,
        recovering=last.recovering,
        not_answering=last.not_answering,
    )
