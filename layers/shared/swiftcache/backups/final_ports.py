"""What the last act of a deletion, and its undoing, need of the world."""

from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.backups.model import Backup
from swiftcache.instances.model import Endpoint, Instance


class FinalBackupRecord(Protocol):
    """Instances and their final backups, changed together. All raise RecordChanged if what was read is not so any more:
    status, protection, revision, change, task, recovery and final backup of the instance; anything of the backup.
    """

    def begin(self, before: Instance, after: Instance, backup: Backup, *told: AuditEntry) -> None:
        """The instance waits for this backup from now on. `told` are the backup's entry and the instance's.

        Raises LimitExceeded, NotFound, or Conflict if the organization is not ACTIVE.
        """

    def change(
        self,
        before: Instance,
        after: Instance,
        audit: AuditEntry | None = None,
        sealed: tuple[Backup, Backup] | None = None,
    ) -> None:
        """Changes status, final backup and revision; and the backup from the first of `sealed` to the second."""

    def undelete(self, instance: Instance, before: Backup, after: Backup, audit: AuditEntry) -> None:
        """The instance is there again, and its receipt is not.

        Raises IllegalTransition if it is there already, LimitExceeded, NotFound, or Conflict if the organization is not
        ACTIVE.
        """


class WritePause(Protocol):
    def pause(self, endpoint: Endpoint, hostname: str, password: str) -> None:
        """From its return on that Redis carries out no client's write, until it is told otherwise or PAUSE is over.

        Who writes waits. Pausing again begins anew. Raises RedisUnreachable.
        """
