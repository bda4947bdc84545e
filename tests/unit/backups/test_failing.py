"""A backup that fails says why and leaves nothing, whoever failed it."""

import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.failure import explain_backup
from swiftcache.backups.model import BackupStatus
from swiftcache.instances.ports import FirstError
from swiftcache.platform.errors import (
    BackupSuperseded,
    DependencyUnavailable,
)
from tests.unit.backups.taking_world import KEY, TARGET, World
from tests.unit.backups.taking_world import world as world


def test_a_failure_says_why_and_leaves_nothing(world: World) -> None:
    world.store.begin(KEY)
    world.store.objects[KEY] = {"v": b"half"}
    for _ in range(2):
        world.failer.fail(TARGET, FirstError("NotEnoughHeadroom", "TakeBackup"))
        assert world.nothing_left
    assert world.backup.status is BackupStatus.FAILED
    assert world.backup.failure == explain_backup("NotEnoughHeadroom", "TakeBackup", "request-1")
    [told] = [entry for entry in world.accounts.audit if entry.action is Action.BACKUP_FAILED]
    assert told.details == {"kind": "MANUAL", "instanceId": "inst_a1", "failure": "NOT_ENOUGH_HEADROOM"}


def test_it_is_failed_though_the_bucket_does_not_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise DependencyUnavailable("busy")

    monkeypatch.setattr(world.store, "abort", busy)
    with pytest.raises(DependencyUnavailable):
        world.failer.fail(TARGET, FirstError("StorageUnavailable", "TakeBackup"))
    assert world.backup.status is BackupStatus.FAILED


def test_what_fails_after_it_was_failed_makes_nothing_of_it(world: World) -> None:
    world.copies.meanwhile = lambda: world.failer.fail(TARGET, FirstError("States.Timeout", "TakeBackup"))
    with pytest.raises(BackupSuperseded):
        world.take()
    assert (world.nothing_left, world.backup.status) == (True, BackupStatus.FAILED)


def test_what_is_gone_cannot_fail(world: World) -> None:
    world.backups.stored.clear()
    world.failer.fail(TARGET, FirstError("Any", "TakeBackup"))
    assert world.backups.stored == {}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("NotEnoughHeadroom", "NOT_ENOUGH_HEADROOM"),
        ("NotRunning", "INSTANCE_NOT_RUNNING"),
        ("CopyInterrupted", "CONNECTION_LOST"),
        ("CorruptCopy", "CORRUPT_COPY"),
        ("BackupTimedOut", "BACKUP_TIMED_OUT"),
        ("Sandbox.Timedout", "BACKUP_TIMED_OUT"),
        ("StorageUnavailable", "S3_UNAVAILABLE"),
        ("Anything", "BACKUP_FAILED"),
    ],
)
def test_each_failure_has_a_code_and_says_whom_to_ask(error: str, code: str) -> None:
    failure = explain_backup(error, "TakeBackup", "request-7")
    assert failure.code == code
    assert failure.message.endswith("if it fails again, tell the operator the request id request-7.")
