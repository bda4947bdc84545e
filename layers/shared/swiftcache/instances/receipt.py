"""The receipt of a deletion: what was removed, when, and who asked for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from swiftcache.instances.model import Instance

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RemovedResources:
    """What a deletion found and removed, by count. A task's data set was in its memory, and went with it;
    a volume's files went with the volume.

    `complete` is False if an earlier attempt had failed: what that one removed is not counted.
    """

    tasks: int = 0
    task_definitions: int = 0
    dns_records: int = 0
    secrets: int = 0
    volumes: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """`instance` is the last that was seen of it, without its keys' hashes. `removed_at` is RFC 3339 in UTC."""

    instance: Instance
    removed: RemovedResources
    removed_at: str

    @property
    def requested_at(self) -> str:
        """When the deletion was asked for: the last change of the status was that to DELETING, at once or after a
        backup.
        """
        final = self.instance.final_backup
        return final.since if final else self.instance.changed_at

    @property
    def seconds(self) -> float:
        """How long the deletion took."""
        return (datetime.fromisoformat(self.removed_at) - datetime.fromisoformat(self.requested_at)).total_seconds()

    @property
    def expires_at(self) -> datetime:
        """Until when the receipt is shown."""
        return datetime.fromisoformat(self.removed_at) + KEPT
