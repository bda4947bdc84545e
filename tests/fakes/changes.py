"""The record of a resize in memory. tests/contract holds it to what the adapter does."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from swiftcache.access.audit import AuditEntry
from swiftcache.changes.ports import Replacement
from swiftcache.instances.capacity import capacity_after
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus, Decision
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.platform.errors import InstanceSuperseded
from swiftcache.platform.tokens import new_id
from tests.fakes.configuration import FakeConfigurationStore
from tests.fakes.instances import FakeInstances
from tests.samples import an_entry


def begin(instances: FakeInstances, max_memory: int, eviction_policy: EvictionPolicy, request_id: str) -> Change:
    """Stores a new change of the only instance as PATCH does: what it takes more is reserved."""
    [before] = instances.stored.values()
    change = Change(
        id=new_id("chg"),
        kind=ChangeKind.REPLACE,
        status=ChangeStatus.IN_PROGRESS,
        max_memory=max_memory,
        eviction_policy=eviction_policy,
        started_at=before.changed_at,
        request_id=request_id,
    )
    FakeConfigurationStore(instances).store(before, replace(before, change=change), an_entry())
    return change


@dataclass
class FakeChanges:
    instances: FakeInstances

    def start_attempt(self, replacement: Replacement) -> Instance:
        return self._update(replacement, lambda change: replace(change, attempt=replacement.attempt))

    def stand_by(self, replacement: Replacement, standby: Endpoint) -> Instance:
        instance = self._undecided(replacement)
        return self._store(replace(instance, standby=standby))

    def take_turn(self, replacement: Replacement) -> Instance:
        self._undecided(replacement)
        return self._update(replacement, lambda change: replace(change, turn=change.turn + 1))

    def commit(self, replacement: Replacement, held: Instance) -> Instance:
        instance = self._undecided(replacement)
        assert instance.change
        assert held.change
        if (instance.change.turn, instance.endpoint, instance.standby) != (
            held.change.turn,
            held.endpoint,
            held.standby,
        ):
            raise InstanceSuperseded("another turn")
        self._update(replacement, lambda change: replace(change, decision=Decision.COMMITTED))
        decided = self._under_way(replacement)
        assert held.standby
        return self._store(replace(decided, endpoint=held.standby, standby=held.endpoint, port=held.standby.port))

    def abandon(self, replacement: Replacement, failure: Failure) -> Instance:
        instance = self._under_way(replacement)
        assert instance.change
        if instance.change.decision is not None:
            return self.start_attempt(replacement)
        return self._update(replacement, lambda change: replace(change, decision=Decision.ABANDONED, failure=failure))

    def mark_resized(self, replacement: Replacement, change: Change, free: int, audit: AuditEntry) -> None:
        instance = self._end(replacement, Decision.COMMITTED, ChangeStatus.SUCCEEDED, free, audit)
        after = capacity_after(instance, change)
        resized = replace(instance, max_memory=after.max_memory, eviction_policy=after.eviction_policy)
        engine = change.engine or instance.engine
        self._store(replace(resized, settings=after.settings, engine=engine))

    def mark_resize_failed(self, replacement: Replacement, free: int, audit: AuditEntry) -> None:
        self._end(replacement, Decision.ABANDONED, ChangeStatus.FAILED, free, audit)

    def _end(
        self, replacement: Replacement, decision: Decision, status: ChangeStatus, free: int, audit: AuditEntry
    ) -> Instance:
        instance = self._under_way(replacement)
        assert instance.change
        if instance.change.decision is not decision:
            raise InstanceSuperseded(f"the decision is {instance.change.decision}")
        self.instances.accounts.use(replacement.organization_id, 0, -free)
        self.instances.accounts.audit.append(audit)
        ended = replace(instance.change, status=status, ended_at=audit.at)
        return self._store(replace(instance, change=ended, standby=None))

    def _under_way(self, replacement: Replacement) -> Instance:
        instance = self.instances.get(replacement.organization_id, replacement.instance_id)
        if instance is None or instance.status is not Status.RUNNING or not instance.changing:
            raise InstanceSuperseded("not under way")
        if instance.change is None or instance.change.id != replacement.change_id:
            raise InstanceSuperseded("another change")
        return instance

    def _undecided(self, replacement: Replacement) -> Instance:
        instance = self._under_way(replacement)
        if instance.change is None or instance.change.decision is not None:
            raise InstanceSuperseded("decided")
        return instance

    def _update(self, replacement: Replacement, change: Callable[[Change], Change]) -> Instance:
        instance = self._under_way(replacement)
        assert instance.change
        return self._store(replace(instance, change=change(instance.change)))

    def _store(self, instance: Instance) -> Instance:
        self.instances.stored[instance.organization_id, instance.id] = instance
        return instance
