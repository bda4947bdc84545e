"""A backup that failed: the reason is kept, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.audit import Action
from swiftcache.backups.failure import explain_backup, explain_import
from swiftcache.backups.model import BackupKind, BackupStatus
from swiftcache.backups.ports import Backups, BackupTarget, ObjectStore
from swiftcache.backups.telling import backup_entry
from swiftcache.instances.ports import FirstError

CANNOT_BE_RESTORED = "CannotBeRestored"


@dataclass(frozen=True, slots=True)
class BackupFailer:
    """`now` gives the time with its zone."""

    backups: Backups
    objects: ObjectStore
    now: Callable[[], datetime]

    def fail(self, target: BackupTarget, first_error: FirstError) -> None:
        """It is FAILED, and nothing of it is left. One that is AVAILABLE stays as it is, unless it cannot be restored.

        Raises RecordChanged, after which it may be tried again.
        """
        backup = self.backups.get(target.organization_id, target.backup_id)
        of_use = first_error.error != CANNOT_BE_RESTORED
        if backup is None or (backup.status is BackupStatus.AVAILABLE and of_use):
            return
        if backup.status in (BackupStatus.CREATING, BackupStatus.AVAILABLE):
            explain = explain_import if backup.kind is BackupKind.IMPORTED else explain_backup
            failure = explain(first_error.error, first_error.step, target.request_id)
            failed = backup.failed(failure, self.now())
            # Before all else: whoever is still at work on it can now make nothing of it.
            self.backups.change(backup, failed, backup_entry(Action.BACKUP_FAILED, failed, self.now()))
        self.objects.abort(backup.object_key)
        self.objects.erase(backup.object_key)
        if backup.kind is BackupKind.IMPORTED:
            self.objects.erase(backup.upload_key)
