"""The backup that a recovery begins with: the newest of the instance that is whole, kept, and can be loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from swiftcache.backups.engines import Engine
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.ports import Backups, ObjectStore
from swiftcache.backups.proof_ports import Engines
from swiftcache.backups.restoring import fits, is_read_by, link_to, restore_of
from swiftcache.instances.model import Instance
from swiftcache.instances.restore import Restore
from swiftcache.platform.timestamps import timestamp

PAGE = 100


@dataclass(frozen=True, slots=True)
class LatestBackups:
    """See `recovery.ports.LatestBackups`. `now` gives the time with its zone."""

    backups: Backups
    engines: Engines
    objects: ObjectStore
    now: Callable[[], datetime]

    def latest(self, instance: Instance, max_memory: int) -> Restore | None:
        at, engine = timestamp(self.now()), self.engines.known(instance.engine)
        cursor: str | None = None
        while True:
            page = self.backups.of_instance(instance.organization_id, instance.id, PAGE, cursor)
            for backup in page.backups:
                if _is_of_use(backup, max_memory, engine, at):
                    return restore_of(backup)
            if page.cursor is None:
                return None
            cursor = page.cursor

    def link(self, restore: Restore) -> str:
        return link_to(self.objects, restore)


def _is_of_use(backup: Backup, max_memory: int, engine: Engine | None, at: str) -> bool:
    """One that was not proved yet is: the recovery is its proof. One whose keys nobody has counted is not.

    What an instance held that had no more memory fits, even if it was measured to take a little more: that is what its
    policy is for. Otherwise it must be known to fit.
    """
    if backup.status is not BackupStatus.AVAILABLE or (backup.expires_at is not None and backup.expires_at <= at):
        return False
    if backup.content is None or backup.content.keys is None:
        return False
    held = backup.source is not None and backup.source.reserved_memory <= max_memory
    return (held or fits(backup, max_memory) is True) and (engine is None or is_read_by(engine, backup))
