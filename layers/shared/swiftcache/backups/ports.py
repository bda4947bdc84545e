"""What backups need of the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.backups.model import Backup


@dataclass(frozen=True, slots=True)
class BackupPage:
    """The newest first. `cursor` is opaque; None after the last page."""

    backups: Sequence[Backup]
    cursor: str | None


class Backups(Protocol):
    """The record of every backup."""

    def create(self, backup: Backup, audit: AuditEntry) -> None:
        """Stores it, and what it takes of its organization's limits.

        Raises NotFound if there is no such organization, Conflict if it is not ACTIVE, LimitExceeded.
        """

    def get(self, organization_id: str, backup_id: str) -> Backup | None:
        """A strongly consistent read."""

    def change(self, before: Backup, after: Backup, audit: AuditEntry | None) -> None:
        """Replaces what was `before` when it was read, together with what is told of it.

        The same change made again does nothing. Raises RecordChanged if somebody else changed it, or it is gone.
        """

    def remove(self, backup: Backup, audit: AuditEntry | None) -> None:
        """Removes a DELETING one, and gives back what it took of the limits. Does nothing if it is gone."""

    def of_instance(self, organization_id: str, instance_id: str, limit: int, cursor: str | None) -> BackupPage:
        """Those of an instance, there or deleted. Raises InvalidRequest for a cursor that is not of this list."""

    def of_organization(self, organization_id: str, limit: int, cursor: str | None) -> BackupPage:
        """All. Raises InvalidRequest for a cursor that is not of this list."""

    def due(self, at: str, limit: int) -> Sequence[tuple[str, str]]:
        """Up to so many whose `due_at` has come by then, the longest due first: organizations' and backups' ids.

        What was written a moment ago may not be seen yet.
        """
