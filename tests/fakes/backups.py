"""What backups need of the world, in memory. tests/contract holds it to what the adapters do."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from swiftcache.access.audit import AuditEntry
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.ports import BackupPage, BackupUse, Copy, KeepTargets, Source
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.errors import (
    Conflict,
    DependencyUnavailable,
    InvalidRequest,
    LimitExceeded,
    LimitUsage,
    NotFound,
    RecordChanged,
)
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.rdbs import an_rdb
from tests.samples import NOW


@dataclass
class FakeBackups:
    accounts: FakeAccounts
    stored: dict[tuple[str, str], Backup] = field(default_factory=dict)

    def create(self, backup: Backup, audit: AuditEntry) -> None:
        organization = self.accounts.organizations.get(backup.organization_id)
        if organization is None:
            raise NotFound(f"there is no organization {backup.organization_id}")
        if organization.status is not OrganizationStatus.ACTIVE:
            raise Conflict(f"the organization is {organization.status}")
        used, limits = organization.used, organization.limits
        if used.backups >= limits.backups or used.backup_bytes >= limits.backup_bytes:
            raise LimitExceeded(
                "the organization has as many backups as it may",
                LimitUsage("backups", limits.backups, used.backups, 1),
                LimitUsage("backupBytes", limits.backup_bytes, used.backup_bytes, 0),
            )
        self.accounts.use_backups(backup.organization_id, 1, backup.size_bytes)
        self._store(backup, audit)

    def get(self, organization_id: str, backup_id: str) -> Backup | None:
        return self.stored.get((organization_id, backup_id))

    def change(self, before: Backup, after: Backup, audit: AuditEntry | None) -> None:
        known = self.get(before.organization_id, before.id)
        if known == after:
            return
        if known is None or known.revision != before.revision:
            raise RecordChanged(f"{after.id} was changed by somebody else, or is gone")
        self.accounts.use_backups(after.organization_id, 0, after.size_bytes - before.size_bytes)
        self._store(after, audit)

    def tell(self, backup: Backup, audit: AuditEntry) -> None:
        known = self.get(backup.organization_id, backup.id)
        if known is None or known.revision != backup.revision:
            raise RecordChanged(f"{backup.id} was changed by somebody else, or is gone")
        self.accounts.audit.append(audit)

    def remove(self, backup: Backup, audit: AuditEntry | None) -> None:
        known = self.get(backup.organization_id, backup.id)
        if known is not None and known.status is BackupStatus.DELETING:
            del self.stored[backup.organization_id, backup.id]
            self.accounts.use_backups(backup.organization_id, -1, -backup.size_bytes)
            if audit is not None:
                self.accounts.audit.append(audit)

    def of_instance(self, organization_id: str, instance_id: str, limit: int, cursor: str | None) -> BackupPage:
        found = [backup for backup in self._of(organization_id) if backup.instance_id == instance_id]
        return _page(found, limit, cursor)

    def of_organization(self, organization_id: str, limit: int, cursor: str | None) -> BackupPage:
        return _page(self._of(organization_id), limit, cursor)

    def due(self, at: str, limit: int) -> Sequence[tuple[str, str]]:
        found = sorted(
            (backup.due_at, owner, backup_id)
            for (owner, backup_id), backup in self.stored.items()
            if backup.due_at and backup.due_at <= at
        )
        return [(owner, backup_id) for _, owner, backup_id in found[:limit]]

    def all(self, organization_id: str) -> Iterator[Backup]:
        yield from sorted(self._of(organization_id), key=lambda backup: backup.id)

    def _of(self, organization_id: str) -> list[Backup]:
        found = [backup for (owner, _), backup in self.stored.items() if owner == organization_id]
        return sorted(found, key=lambda backup: (backup.created_at, backup.id), reverse=True)

    def _store(self, backup: Backup, audit: AuditEntry | None) -> None:
        self.stored[backup.organization_id, backup.id] = backup
        if audit is not None:
            self.accounts.audit.append(audit)


@dataclass
class FakeBackupTurns:
    """`meanwhile` is called between a read and the write that follows it, once."""

    backups: FakeBackups
    instances: FakeInstances
    meanwhile: Callable[[], object] | None = None
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, instance: Instance, backup: Backup, audit: AuditEntry) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        key = instance.organization_id, instance.id
        with self._alone:
            found = self.instances.get(*key)
            if found is None or (found.status, found.backup_id) != (instance.status, instance.backup_id):
                raise RecordChanged(f"{instance.id} has another backup, or another status")
            self.backups.create(backup, audit)
            self.instances.stored[key] = replace(found, backup_id=backup.id)


@dataclass
class FakeSchedules:
    backups: FakeBackups
    instances: FakeInstances

    def due(self, at: str, limit: int) -> Sequence[tuple[str, str]]:
        found = sorted(
            (instance.next_backup_at, *key)
            for key, instance in self.instances.stored.items()
            if instance.next_backup_at and instance.next_backup_at <= at
        )
        return [(owner, instance_id) for _, owner, instance_id in found[:limit]]

    def begin(self, instance: Instance, backup: Backup, following: str, audit: AuditEntry) -> None:
        self._check(instance, Status.RUNNING)
        self.backups.create(backup, audit)
        self._move(instance, following, backup.id)

    def put_off(self, instance: Instance, until: str, audit: AuditEntry | None) -> None:
        self._check(instance, Status.RUNNING, Status.PROVISIONING)
        self._move(instance, until, instance.backup_id)
        if audit is not None:
            self.backups.accounts.audit.append(audit)

    def _check(self, seen: Instance, *allowed: Status) -> None:
        found = self.instances.get(seen.organization_id, seen.id)
        if found is None or found.status not in allowed or found.next_backup_at != seen.next_backup_at:
            raise RecordChanged(f"{seen.id} was changed")
        if found.backup_id != seen.backup_id:
            raise RecordChanged(f"{seen.id} has another backup")

    def _move(self, instance: Instance, to: str, backup_id: str | None) -> None:
        key = instance.organization_id, instance.id
        self.instances.stored[key] = replace(self.instances.stored[key], next_backup_at=to, backup_id=backup_id)


@dataclass
class FakeBackupCounts:
    accounts: FakeAccounts

    def read(self, organization_id: str) -> BackupUse | None:
        found = self.accounts.organizations.get(organization_id)
        return BackupUse(found.used.backups, found.used.backup_bytes) if found else None

    def correct(self, organization_id: str, seen: BackupUse, backups: int, size_bytes: int) -> bool:
        if self.read(organization_id) != seen:
            return False
        self.accounts.use_backups(organization_id, backups - seen.backups, size_bytes - seen.size_bytes)
        return True


@dataclass
class FakeProofs:
    """`stopped` holds whose were ended, in order."""

    available: bool = True
    stopped: list[str] = field(default_factory=list)

    def stop(self, backup_id: str) -> None:
        if not self.available:
            raise DependencyUnavailable("the container service did not answer")
        self.stopped.append(backup_id)


@dataclass
class FakeKeepTrigger:
    """`asked` holds what was to be looked at at once, in order."""

    available: bool = True
    asked: list[KeepTargets] = field(default_factory=list)

    def start(self, targets: KeepTargets) -> None:
        if not self.available:
            raise DependencyUnavailable("the keeper of backups is busy")
        self.asked.append(targets)


def _page(found: list[Backup], limit: int, cursor: str | None) -> BackupPage:
    if cursor is not None and not cursor.isdigit():
        raise InvalidRequest("cursor is not one that this API gave", "/cursor")
    start = int(cursor or 0)
    end = start + limit
    return BackupPage(found[start:end], str(end) if end < len(found) else None)


@dataclass
class FakeBackupStarter:
    available: bool = True
    started: list[Backup] = field(default_factory=list)
    proved: list[Backup] = field(default_factory=list)

    def start(self, backup: Backup) -> None:
        if not self.available:
            raise DependencyUnavailable("the workflow service is busy")
        self.started.append(backup)

    def prove(self, backup: Backup) -> None:
        if not self.available:
            raise DependencyUnavailable("the workflow service is busy")
        self.proved.append(backup)


@dataclass
class FakeCopies:
    """What Redis holds is `content`, in chunks; `meanwhile` is called when half of it has come, and may raise."""

    content: bytes = field(default_factory=an_rdb)
    keys: int | None = 1_000
    chunk: int = 1_000
    meanwhile: Callable[[], None] = lambda: None
    asked: list[Source] = field(default_factory=list)
    under_way: int = 0

    @contextmanager
    def copy(self, source: Source, seconds: float) -> Iterator[Copy]:
        self.asked.append(source)
        self.under_way += 1
        try:
            yield Copy(NOW, self.keys, self._chunks())
        finally:
            self.under_way -= 1

    def _chunks(self) -> Iterator[bytes]:
        starts = range(0, len(self.content), self.chunk)
        for number, start in enumerate(starts):
            if number == len(starts) // 2:
                self.meanwhile()
            yield self.content[start : start + self.chunk]
