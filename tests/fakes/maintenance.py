"""The record of maintenance in memory. tests/contract holds it to what its adapter does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.maintenance.ports import DueMaintenance
from swiftcache.platform.errors import RecordChanged
from tests.fakes.instances import FakeInstances


@dataclass
class FakeMaintenance:
    """`marks` is when each is due, which outlives its instance; `forgotten` those that were then forgotten."""

    instances: FakeInstances
    marks: dict[tuple[str, str], str] = field(default_factory=dict)
    forgotten: set[DueMaintenance] = field(default_factory=set)

    def due(self, at: str, limit: int) -> Sequence[DueMaintenance]:
        self._note()
        marked = [DueMaintenance(*key, time) for key, time in self.marks.items()]
        found = [due for due in marked if due.at <= at and due not in self.forgotten]
        return sorted(found, key=lambda due: due.at)[:limit]

    def store(self, before: Instance, after: Instance, audit: AuditEntry | None) -> None:
        found = self.instances.get(before.organization_id, before.id)
        if found is None or _decisive(found) != _decisive(before):
            raise RecordChanged(f"{before.id} was changed")
        key = (before.organization_id, before.id)
        self.instances.stored[key] = replace(found, pending_maintenance=after.pending_maintenance)
        if audit is not None:
            self.instances.accounts.audit.append(audit)
        self._note()

    def announce(self, before: Instance, line: str, audit: AuditEntry) -> None:
        found = self.instances.get(before.organization_id, before.id)
        if found is None or _announced(found) != _announced(before):
            raise RecordChanged(f"{before.id} was changed")
        self.instances.stored[before.organization_id, before.id] = replace(found, end_of_life_told=line)
        self.instances.accounts.audit.append(audit)

    def forget(self, due: DueMaintenance) -> None:
        self.forgotten.add(due)

    def _note(self) -> None:
        for key, instance in self.instances.stored.items():
            if starts := [one.starts_at for one in instance.pending_maintenance]:
                self.marks[key] = min(starts)
            else:
                self.marks.pop(key, None)


@dataclass
class FakeRunning:
    instances: FakeInstances

    def running(self) -> Iterator[Instance]:
        for instance in list(self.instances.stored.values()):
            if instance.status is Status.RUNNING:
                yield instance


def _decisive(instance: Instance) -> tuple[object, ...]:
    return instance.status, instance.pending_maintenance, instance.maintenance_window, instance.endpoint


def _announced(instance: Instance) -> tuple[object, ...]:
    return instance.status, instance.endpoint, instance.end_of_life_told
