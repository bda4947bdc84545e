"""The reconciler of the warm pool: each pass adds what is missing, and deletes what is not to stay.

It only writes the record: the table's stream starts the work, and the reconciler resumes what nobody is at, as for any
instance. A pass that dies leaves the next one less to do; of two at once, one adds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.sizes import TaskSize
from swiftcache.platform.errors import IllegalTransition, NotFound
from swiftcache.pool.model import POOL, PoolTarget
from swiftcache.pool.planning import Edition, PoolPlan, additions, new_member, plans
from swiftcache.pool.ports import PoolRecord


@dataclass(frozen=True, slots=True)
class PoolPassResult:
    """What a pass has found of each size, and the ids that it added and deleted."""

    plans: Sequence[PoolPlan]
    added: Sequence[str]
    deleted: Sequence[str]

    @property
    def empty(self) -> int:
        """How many sizes are to have members, and have none that is ready."""
        return sum(plan.target.members > 0 and plan.ready == 0 for plan in self.plans)


@dataclass(frozen=True, slots=True)
class PoolReconciler:
    """`edition` tells what members are to be at this moment, `domain` is the one under which they are named.

    `now` gives the time with its zone.
    """

    record: PoolRecord
    instances: Instances
    targets: Sequence[PoolTarget]
    edition: Callable[[], Edition]
    domain: str
    now: Callable[[], datetime]

    def run(self, request_id: str) -> PoolPassResult:
        """One pass. Raises DependencyUnavailable; the next pass does the rest."""
        # The version first: whoever adds a member after it was read, adds one that is not among these.
        version = self.record.version()
        members = self.record.members()
        edition = self.edition()
        made = plans(members, self.targets, edition, self.now())
        added = self._add(additions(made, members), edition.image, version, request_id)
        leaving = [member for plan in made for member in plan.delete]
        deleted = [member.id for member in leaving if self._delete(member, request_id)]
        return PoolPassResult(made, added, deleted)

    def _add(self, sizes: Iterable[TaskSize], image: str, version: int, request_id: str) -> list[str]:
        added: list[str] = []
        for size in sizes:
            member = new_member(size, image, request_id, self.now(), self.domain)
            if not self.record.add(member, version + len(added)):
                break
            added.append(member.id)
        return added

    def _delete(self, member: Instance, request_id: str) -> bool:
        """False for one that was taken over meanwhile, or that another pass has deleted."""
        audit = system_entry(
            System.POOL,
            Action.INSTANCE_DELETION_REQUESTED,
            *(POOL, member.id, member.name, request_id, self.now()),
        )
        try:
            self.instances.force_deleting(POOL, member.id, audit)
        except (NotFound, IllegalTransition):
            return False
        return True
