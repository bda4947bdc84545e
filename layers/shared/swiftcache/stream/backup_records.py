"""What records of the table's stream mean for the keeper of backups."""

from collections.abc import Iterable, Iterator
from typing import Any

from swiftcache.backups.model import BackupKind, BackupStatus
from swiftcache.backups.ports import KeepTargets
from swiftcache.backups.table import BACKUP


def keep_targets(records: Iterable[dict[str, Any]]) -> KeepTargets | None:
    """The backups that are to be removed from now on, and the instances that have a new one of their schedule."""
    changed = list(filter(None, map(_change_in, records)))
    removals = [(owner, id_) for owner, id_, image in changed if image["status"]["S"] == BackupStatus.DELETING]
    instances = [(owner, instance) for owner, _, image in changed for instance in _scheduled(image)]
    if not removals and not instances:
        return None
    return KeepTargets(removals, list(dict.fromkeys(instances)))


def _change_in(record: dict[str, Any]) -> tuple[str, str, dict[str, Any]] | None:
    """A backup's organization, its id and what it is now, if its status has changed and it is still there."""
    change = record["dynamodb"]
    partition, sort_key = change["Keys"]["PK"]["S"], change["Keys"]["SK"]["S"]
    if not sort_key.startswith(BACKUP) or "NewImage" not in change:
        return None
    new = change["NewImage"]
    if "OldImage" in change and change["OldImage"]["status"] == new["status"]:
        return None
    return partition.removeprefix("ORG#"), sort_key.removeprefix(BACKUP), new


def _scheduled(image: dict[str, Any]) -> Iterator[str]:
    """The instance of a schedule's backup that has come to its end, well or not."""
    ended = image["status"]["S"] in (BackupStatus.AVAILABLE, BackupStatus.FAILED)
    if ended and image["kind"]["S"] == BackupKind.SCHEDULED:
        yield image["instanceId"]["S"]
