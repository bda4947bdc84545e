"""What maintenance needs of the world."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.model import Instance


@dataclass(frozen=True, slots=True)
class DueMaintenance:
    """An instance that has something pending whose start, `at`, has come. It may be gone."""

    organization_id: str
    instance_id: str
    at: str


class MaintenanceRecord(Protocol):
    def due(self, at: str, limit: int) -> Sequence[DueMaintenance]:
        """Those whose earliest start is not after this time, who have waited longest first. It may be a moment late."""

    def store(self, before: Instance, after: Instance, audit: AuditEntry | None) -> None:
        """Changes what is pending, and with it when the instance is due.

        Raises RecordChanged if that, the status, the window or the serving task is not as it was read any more.
        """

    def announce(self, before: Instance, line: str, audit: AuditEntry) -> None:
        """Notes that its owner is told of the end of this line, with the entry that tells: once.

        Raises RecordChanged if the status, the serving task or what was told is not as it was read any more.
        """

    def forget(self, due: DueMaintenance) -> None:
        """It is not due any more, since it is gone. Nothing happens if it is due at another time by now."""


class RunningInstances(Protocol):
    def running(self) -> Iterator[Instance]:
        """Every RUNNING instance of every organization, members of the warm pool too.

        What changed in the last moments may be missing.
        """
