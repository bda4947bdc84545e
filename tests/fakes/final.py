"""The last act of a deletion in memory. tests/contract holds the record to what its adapter does."""

from dataclasses import dataclass, field, replace

from swiftcache.access.audit import AuditEntry
from swiftcache.access.identity import Caller
from swiftcache.backups.model import Backup
from swiftcache.instances.final_backup import FinalBackupMode
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, IllegalTransition, RecordChanged, RedisUnreachable
from tests.fakes.backups import FakeBackups
from tests.fakes.instances import FakeInstances


@dataclass
class FakeFinalBackupRecord:
    """`refused`: so many changes meet another's first."""

    instances: FakeInstances
    backups: FakeBackups
    refused: int = 0

    def begin(self, before: Instance, after: Instance, backup: Backup, *told: AuditEntry) -> None:
        of_backup, of_instance = told
        self._check(before)
        self.backups.create(backup, of_backup)
        self._store(before, after)
        self.instances.accounts.audit.append(of_instance)

    def change(
        self,
        before: Instance,
        after: Instance,
        audit: AuditEntry | None = None,
        sealed: tuple[Backup, Backup] | None = None,
    ) -> None:
        self._check(before)
        if sealed is not None:
            self.backups.change(*sealed, None)
        self._store(before, after)
        if audit is not None:
            self.instances.accounts.audit.append(audit)

    def undelete(self, instance: Instance, before: Backup, after: Backup, audit: AuditEntry) -> None:
        found = self.instances.get(instance.organization_id, instance.id)
        if found is not None:
            raise IllegalTransition(f"{instance.id} is {found.status}", found.status)
        known = self.backups.get(before.organization_id, before.id)
        if known is None or known.revision != before.revision:
            raise RecordChanged(f"{before.id} was changed")
        self.instances.create(instance, audit)
        self.backups.change(before, after, None)
        self.instances.receipts.pop((instance.organization_id, instance.id), None)

    def _check(self, before: Instance) -> None:
        found = self.instances.get(before.organization_id, before.id)
        if self.refused:
            self.refused -= 1
            raise RecordChanged(f"{before.id} was changed at the same moment")
        if found is None or _read(found) != _read(before):
            raise RecordChanged(f"{before.id} was changed")

    def _store(self, before: Instance, after: Instance) -> None:
        found = self.instances.stored[before.organization_id, before.id]
        self.instances.stored[before.organization_id, before.id] = replace(
            found,
            status=after.status,
            changed_at=after.changed_at,
            reason=after.reason,
            request_id=after.request_id,
            deleted_by=after.deleted_by,
            final_backup=after.final_backup,
            revision=after.revision,
            next_backup_at=after.next_backup_at,
        )


def _read(instance: Instance) -> tuple[object, ...]:
    return (
        *(instance.status, instance.deletion_protection, instance.revision, instance.change),
        *(instance.endpoint, instance.recovery, instance.final_backup),
    )


@dataclass
class FakeWritePause:
    """`paused` holds whose writes were paused, in order."""

    available: bool = True
    paused: list[Endpoint] = field(default_factory=list)

    def pause(self, endpoint: Endpoint, hostname: str, password: str) -> None:
        if not self.available:
            raise RedisUnreachable(f"{hostname} gave ConnectionError")
        self.paused.append(endpoint)


class NoFinalBackups:
    """For those who ask for none."""

    def request(self, caller: Caller, instance_id: str, mode: FinalBackupMode) -> Status:
        raise AssertionError(f"nobody asks for a final backup of {instance_id}")


@dataclass
class FakeSettler:
    """`settled` holds whose deletions were settled, in order."""

    available: bool = True
    settled: list[str] = field(default_factory=list)

    def settle(self, organization_id: str, instance_id: str, backup_id: str | None = None) -> None:
        if not self.available:
            raise DependencyUnavailable("the record is busy")
        self.settled.append(instance_id)
