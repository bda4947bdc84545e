"""What records of backups mean for their keeper."""

from typing import Any

import pytest

from swiftcache.backups.model import Backup, BackupKind
from swiftcache.backups.ports import KeepTargets
from swiftcache.backups.table import backup_item, backup_key
from swiftcache.instances.failure import Failure
from swiftcache.stream.backup_records import keep_targets
from tests.samples import NOW, ORGANIZATION, a_backup, a_content
from tests.unit.stream.records import record

CREATING = a_backup(kind=BackupKind.SCHEDULED)
AVAILABLE = CREATING.available(a_content(), NOW)
FAILED = CREATING.failed(Failure("X", "x", "s", "r"), NOW)
INSTANCE = KeepTargets([], [(ORGANIZATION, "inst_a1")])


def change(before: Backup | None, after: Backup | None) -> dict[str, Any]:
    images = {"OldImage": before, "NewImage": after}
    items = {name: dict(backup_item(backup)) for name, backup in images.items() if backup}
    return {"dynamodb": {"Keys": dict(backup_key(ORGANIZATION, CREATING.id)), **items}}


@pytest.mark.parametrize("after", [AVAILABLE, FAILED], ids=["available", "failed"])
def test_one_of_a_schedule_that_has_ended_asks_for_a_look_at_what_is_kept(after: Backup) -> None:
    assert keep_targets([change(CREATING, after)]) == INSTANCE


def test_the_same_instance_is_asked_for_once() -> None:
    assert keep_targets([change(CREATING, AVAILABLE), change(CREATING, FAILED)]) == INSTANCE


def test_one_that_is_deleted_is_to_be_removed() -> None:
    assert keep_targets([change(AVAILABLE, AVAILABLE.deleting())]) == KeepTargets([(ORGANIZATION, "bkp_a1")], [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, CREATING),
        (CREATING, CREATING.with_upload("upload-1")),
        (a_backup(), a_backup().available(a_content(), NOW)),
        (AVAILABLE.deleting(), None),
        (AVAILABLE.deleting(), AVAILABLE.deleting()),
    ],
    ids=["new", "upload", "manual", "removed", "again"],
)
def test_of_all_else_nothing_follows(before: Backup | None, after: Backup | None) -> None:
    assert keep_targets([change(before, after)]) is None


def test_records_of_others_are_passed_over() -> None:
    assert keep_targets([record(1)]) is None
