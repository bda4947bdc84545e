"""The last act of a deletion, with real machines and a real Redis: nothing that was acknowledged is lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import redis

from swiftcache.backups.model import Backup, BackupKind, BackupStatus
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode
from swiftcache.instances.status import Status
from tests.statemachine.cloud import Answer, Cloud, Fault, fails, loses_reply, wait_for
from tests.statemachine.owned import Owned

REQUIRED, BEST_EFFORT = FinalBackupMode.REQUIRED, FinalBackupMode.BEST_EFFORT


@pytest.fixture
def owned(cloud: Cloud) -> Iterator[Owned]:
    owned = Owned(cloud)
    yield owned
    owned.end()


class Writer(threading.Thread):
    """Writes for as long as there is an instance: `acknowledged` is the last number that Redis has acknowledged.

    What nobody acknowledged is written again.
    """

    def __init__(self, owned: Owned) -> None:
        super().__init__()
        self._owned = owned
        self.acknowledged = 0

    def run(self) -> None:
        while self._owned.cloud.find(self._owned.id):
            with suppress(redis.RedisError, OSError), self._owned.client(30.0) as client:
                while True:
                    number = self.acknowledged + 1
                    client.set(f"number:{number}", f"value-{number:09d}!")
                    self.acknowledged = number


@contextmanager
def writing(owned: Owned) -> Iterator[Writer]:
    writer = Writer(owned)
    writer.start()
    wait_for(lambda: writer.acknowledged > 50)
    yield writer
    writer.join(60)
    assert not writer.is_alive()


@pytest.mark.parametrize(
    ("mode", "faults"),
    [
        (REQUIRED, {}),
        (BEST_EFFORT, {}),
        (REQUIRED, {"TakeBackup": [fails("CopyInterrupted"), fails("DependencyUnavailable"), loses_reply]}),
        (REQUIRED, {"SettleDeletion": [fails("DependencyUnavailable"), loses_reply]}),
    ],
    ids=["required", "best effort", "copied again", "settled again"],
)
def test_every_write_that_was_acknowledged_is_in_the_backup(
    owned: Owned, mode: FinalBackupMode, faults: dict[str, list[Fault]]
) -> None:
    for state, planned in faults.items():
        owned.cloud.faults.plan(state, *planned)
    with writing(owned) as writer:
        assert owned.delete(mode) is Status.RUNNING
        owned.gone()
    [backup] = owned.backups()
    assert (backup.kind, backup.status) == (BackupKind.FINAL, BackupStatus.AVAILABLE)
    assert_has_all(owned, backup, writer)
    assert backup.source
    assert (backup.source.status, backup.source.keys) == (Status.DELETING, owned.first.keys)
    assert receipt(owned).backup_id == backup.id


def assert_has_all(owned: Owned, backup: Backup, writer: Writer) -> None:
    assert backup.content
    # One more may have been carried out whose answer nobody heard.
    assert backup.content.keys in (writer.acknowledged, writer.acknowledged + 1)
    content = owned.content()
    missing = [number for number in range(1, writer.acknowledged + 1) if f"value-{number:09d}!".encode() not in content]
    assert missing == []


def test_a_second_attempt_after_one_that_failed_has_what_was_written_between(owned: Owned) -> None:
    with writing(owned) as writer:
        owned.cloud.faults.plan("SettleDeletion", owned.losing_its_backup)
        owned.delete(REQUIRED)
        wait_for(lambda: owned.error() == "BACKUP_DELETED")
        before = writer.acknowledged
        wait_for(lambda: writer.acknowledged > before + 50)
        assert owned.delete(REQUIRED) is Status.RUNNING
        owned.gone()
    backup = owned.backups()[0]
    assert backup.status is BackupStatus.AVAILABLE
    assert_has_all(owned, backup, writer)


def receipt(owned: Owned) -> FinalBackup:
    found = owned.receipt()
    assert found
    assert found.instance.final_backup
    return found.instance.final_backup


STORAGE_GONE: list[Fault] = [fails("StorageUnavailable")] * 4


def test_a_required_backup_that_fails_leaves_an_instance_that_takes_writes(owned: Owned) -> None:
    with owned.client() as client:
        client.set("before", "1")
    owned.cloud.faults.plan("TakeBackup", *STORAGE_GONE)
    assert owned.delete(REQUIRED) is Status.RUNNING
    wait_for(lambda: owned.error() is not None)
    assert owned.backups()[0].status is BackupStatus.FAILED
    with owned.client() as client:
        client.set("after", "2")
        assert client.mget("before", "after") == [b"1", b"2"]
    owned.cloud.quiet()
    assert [status for name, status, _ in owned.cloud.ended() if name == f"backup-{owned.backups()[0].id}"] == [
        "FAILED"
    ]


def test_writes_that_were_paused_go_on_after_a_backup_that_failed(owned: Owned) -> None:
    held = threading.Event()

    def while_paused(answer: Answer) -> object:
        """It copies, so writes are paused; then its owner deletes the backup."""
        result = answer()
        held.set()
        return result

    owned.cloud.faults.plan("TakeBackup", while_paused)
    owned.cloud.faults.plan("SettleDeletion", owned.losing_its_backup)
    assert owned.delete(REQUIRED) is Status.RUNNING
    wait_for(held.is_set)
    wait_for(lambda: owned.error() is not None)
    with owned.client(20.0) as client:
        client.set("after", "2")
    wait_for(lambda: not _held(owned))


def _held(owned: Owned) -> bool:
    instance = owned.cloud.find(owned.id)
    return bool(instance and instance.final_backup and instance.final_backup.task)


def test_a_best_effort_that_fails_deletes_and_the_receipt_says_so(owned: Owned) -> None:
    owned.cloud.faults.plan("TakeBackup", *STORAGE_GONE)
    assert owned.delete(BEST_EFFORT) is Status.RUNNING
    owned.gone()
    failure = receipt(owned).failure
    assert failure
    assert failure.code == "S3_UNAVAILABLE"


@pytest.mark.parametrize("state", ["TakeBackup", "SettleDeletion"])
def test_a_plain_deletion_in_the_middle_supersedes_it(owned: Owned, state: str) -> None:
    def while_deleting(answer: Answer) -> object:
        owned.delete(None)
        return answer()

    owned.cloud.faults.plan(state, while_deleting)
    owned.delete(REQUIRED)
    owned.gone()
    found = owned.receipt()
    assert found
    assert found.instance.final_backup is None


@pytest.mark.parametrize("state", ["TakeBackup", "SettleDeletion"])
@pytest.mark.parametrize("fault", [loses_reply, fails("Lambda.ServiceException")])
def test_a_step_that_is_tried_again_deletes_once(owned: Owned, state: str, fault: Fault) -> None:
    owned.cloud.faults.plan(state, fault)
    owned.delete(REQUIRED)
    owned.gone()
    assert [backup.status for backup in owned.backups()] == [BackupStatus.AVAILABLE]
    names = [name for name, _, _ in owned.cloud.ended(owned.id)]
    assert [name for name in names if name.startswith("delete-")] == [f"delete-{owned.id}-0"]


def test_a_backup_that_its_owner_deletes_is_waited_for_no_more(owned: Owned) -> None:
    owned.cloud.faults.plan("TakeBackup", owned.losing_its_backup)
    owned.delete(REQUIRED)
    wait_for(lambda: owned.error() == "BACKUP_DELETED")
    with owned.client() as client:
        client.set("after", "1")
