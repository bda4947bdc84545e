"""Backups out, as a file by a link that ends; and in, as a file that is uploaded by one.

A link is signed with the rights of who makes it, so it says which object, which version, and until when. It is as good
as the data: it is in no log, no record and no event.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from swiftcache.access.audit import Action, entry
from swiftcache.access.identity import Caller
from swiftcache.access.ownership import check_own_organization
from swiftcache.backups.model import (
    MAX_IMPORT_BYTES,
    RETENTION_DAYS,
    UPLOAD_GRACE_MINUTES,
    UPLOAD_MINUTES,
    Backup,
    BackupKind,
    BackupStatus,
    is_backup_id,
)
from swiftcache.backups.ports import Backups, ObjectStore
from swiftcache.platform.errors import IllegalTransition, NotFound
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id

DOWNLOAD_MINUTES = 15
"""In which a download must begin; it may then take as long as it does."""


@dataclass(frozen=True, slots=True)
class Download:
    """Where the file can be had until `expires_at`, and what its SHA-256 must then be."""

    url: str
    expires_at: str
    sha256: str


@dataclass(frozen=True, slots=True)
class NewImport:
    """What a customer asks for."""

    name: str | None = None
    retention_days: int | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """Where a file of up to `max_bytes` can be PUT until `expires_at`."""

    url: str
    expires_at: str
    max_bytes: int = MAX_IMPORT_BYTES


@dataclass(frozen=True, slots=True)
class TransferService:
    """The use cases of the API. `now` gives the time with its zone."""

    backups: Backups
    objects: ObjectStore
    now: Callable[[], datetime]

    def download(self, caller: Caller, backup_id: str) -> Download:
        """Raises NotFound, for another's too, and IllegalTransition for a backup that is not AVAILABLE."""
        backup = retry_on_conflict(lambda: self._told(caller, backup_id))
        content = backup.content
        assert content is not None, "what is AVAILABLE has a content"
        url = self.objects.link(backup.object_key, content.version, 60 * DOWNLOAD_MINUTES, f"{backup.id}.rdb")
        return Download(url, self._in_minutes(DOWNLOAD_MINUTES), content.sha256)

    def begin_import(self, caller: Caller, organization_id: str, new: NewImport) -> tuple[Backup, Upload]:
        """A backup that waits for its file. Raises NotFound for another's organization, LimitExceeded, Conflict."""
        check_own_organization(caller, organization_id)
        at = self.now()
        backup_id = new_id("bkp")
        backup = Backup(
            id=backup_id,
            organization_id=organization_id,
            kind=BackupKind.IMPORTED,
            status=BackupStatus.CREATING,
            name=new.name or f"import-{at:%Y-%m-%d-%H%M}",
            retention_days=RETENTION_DAYS if new.retention_days is None else new.retention_days,
            created_at=timestamp(at),
            request_id=caller.request_id,
            deadline=timestamp(at + timedelta(minutes=UPLOAD_MINUTES + UPLOAD_GRACE_MINUTES)),
        )
        audit = entry(caller, Action.BACKUP_REQUESTED, backup.id, backup.name, at, kind=backup.kind.value)
        self.backups.create(backup, audit)
        url = self.objects.upload_link(backup.upload_key, 60 * UPLOAD_MINUTES)
        return backup, Upload(url, self._in_minutes(UPLOAD_MINUTES))

    def _told(self, caller: Caller, backup_id: str) -> Backup:
        """The backup, once the audit log has who carried it away. Raises RecordChanged if it has changed meanwhile."""
        found = self.backups.get(caller.organization_id, backup_id) if is_backup_id(backup_id) else None
        if found is None:
            raise NotFound("there is no such backup")
        if found.status is not BackupStatus.AVAILABLE:
            raise IllegalTransition(
                f"{found.id} is {found.status}: only an AVAILABLE backup can be downloaded", found.status
            )
        self.backups.tell(
            found,
            entry(
                caller,
                Action.BACKUP_DOWNLOADED,
                found.id,
                found.name,
                self.now(),
                kind=found.kind.value,
                instanceId=found.instance_id,
                sizeBytes=found.size_bytes,
            ),
        )
        return found

    def _in_minutes(self, minutes: int) -> str:
        return timestamp(self.now() + timedelta(minutes=minutes))
