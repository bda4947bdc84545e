"""Taking a backup where what it needs fails, or where somebody comes between: whole, or nothing."""

from datetime import timedelta
from typing import Any

import pytest

from swiftcache.backups import taking
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.ports import Stored
from swiftcache.instances.ports import FirstError
from swiftcache.platform.errors import (
    BackupSuperseded,
    BackupTimedOut,
    CopyInterrupted,
    CorruptCopy,
    DependencyUnavailable,
    NotEnoughHeadroom,
    StorageUnavailable,
)
from tests.rdbs import an_rdb
from tests.samples import NOW
from tests.unit.backups.taking_world import KEY, TARGET, World
from tests.unit.backups.taking_world import world as world


@pytest.mark.parametrize("error", [NotEnoughHeadroom("too much"), CopyInterrupted("lost"), BackupTimedOut("late")])
def test_a_copy_that_ends_early_leaves_nothing(world: World, error: Exception) -> None:
    def broken() -> None:
        raise error

    world.copies.meanwhile = broken
    with pytest.raises(type(error)):
        world.take()
    assert world.nothing_left
    assert world.status == "CREATING"
    world.copies.meanwhile = lambda: None
    world.take()
    assert world.status == "AVAILABLE"


WHOLE = an_rdb()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        WHOLE[:-100],
        WHOLE[:1_000] + b"\x00" + WHOLE[1_001:],
        b"-ERR what" + WHOLE,
        an_rdb(checksum=0),
    ],
    ids=["empty", "cut", "flipped", "something else", "without a checksum"],
)
def test_a_copy_that_is_not_whole_is_no_backup(world: World, content: bytes) -> None:
    world.copies.content = content
    with pytest.raises(CorruptCopy):
        world.take()
    assert world.nothing_left


def test_what_s3_has_must_be_as_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for found in (None, Stored(KEY, "v", 7)):
        monkeypatch.setattr(world.store, "find", lambda *_, found=found: found)
        with pytest.raises(CorruptCopy, match=r"S3 has [07] of"):
            world.take()
        assert world.nothing_left


@pytest.mark.parametrize("call", ["begin", "put_part", "complete", "find"])
def test_a_bucket_that_is_not_there_is_told_and_tried_again(world: World, call: str) -> None:
    def busy(name: str) -> None:
        if name == call:
            raise DependencyUnavailable("S3 is busy")

    world.store.fails = busy
    with pytest.raises(StorageUnavailable):
        world.take()
    world.store.fails = lambda _: None
    assert (world.nothing_left, world.status) == (True, "CREATING")
    world.take()
    assert world.status == "AVAILABLE"


def test_a_deletion_that_comes_between_ends_it_with_nothing_left(world: World) -> None:
    world.copies.meanwhile = world.delete
    with pytest.raises(BackupSuperseded):
        world.take()
    assert (world.nothing_left, world.backup.status) == (True, BackupStatus.DELETING)


def test_a_deletion_that_has_removed_everything_meanwhile_does_so_too(world: World) -> None:
    def remove() -> None:
        world.delete()
        world.store.abort(KEY)
        world.backups.remove(world.backup, None)

    world.copies.meanwhile = remove
    with pytest.raises(BackupSuperseded):
        world.take()
    assert (world.nothing_left, world.backups.stored) == (True, {})


def test_a_deletion_before_the_first_part_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = world.store.begin

    def begin_late(key: str) -> str:
        world.delete()
        return begin(key)

    monkeypatch.setattr(world.store, "begin", begin_late)
    with pytest.raises(BackupSuperseded):
        world.take()
    assert (world.nothing_left, world.copies.asked) == (True, [])


def test_a_try_that_was_taken_for_dead_makes_nothing_of_the_next_ones(world: World) -> None:
    def overtake() -> None:
        world.copies.meanwhile = lambda: None
        world.take()

    world.copies.meanwhile = overtake
    world.take()
    assert world.backup.status is BackupStatus.AVAILABLE
    assert world.backup.content
    assert world.store.find(KEY, world.backup.content.version)
    assert world.store.uploads == {}


def test_a_try_that_is_overtaken_leaves_the_other_its_upload(world: World) -> None:
    def overtake() -> None:
        world.store.abort(KEY)
        other = world.store.begin(KEY)
        world.backups.change(world.backup, world.backup.with_upload(other), None)

    world.copies.meanwhile = overtake
    with pytest.raises(CopyInterrupted):
        world.take()
    assert list(world.store.uploads) == [world.backup.upload_id]


def test_an_answer_that_was_lost_does_not_take_the_object_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change = world.backups.change

    def lost(before: Backup, after: Backup, audit: Any) -> None:
        change(before, after, audit)
        if after.status is BackupStatus.AVAILABLE:
            raise DependencyUnavailable("nobody heard it")

    monkeypatch.setattr(world.backups, "change", lost)
    with pytest.raises(DependencyUnavailable):
        world.take()
    monkeypatch.undo()
    world.take()
    assert world.backup.content
    assert world.store.find(KEY, world.backup.content.version)
    world.failer.fail(TARGET, FirstError("DependencyUnavailable", "TakeBackup"))
    assert world.backup.status is BackupStatus.AVAILABLE


def test_the_first_error_is_told_even_if_nothing_can_be_cleaned(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        def busy(*_: object) -> None:
            raise DependencyUnavailable("busy")

        monkeypatch.setattr(world.store, "abort", busy)
        raise NotEnoughHeadroom("too much")

    world.copies.meanwhile = broken
    with pytest.raises(NotEnoughHeadroom):
        world.take()


def test_there_is_an_end_to_trying(world: World) -> None:
    world.at = NOW + timedelta(minutes=25)
    with pytest.raises(BackupTimedOut):
        world.take()
    assert world.copies.asked == []


def test_a_pool_does_not_begin_what_nobody_waits_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "PART_BYTES", 1_000)
    world.copies.content = an_rdb(b"y" * 20_000)

    def busy(name: str) -> None:
        if name == "put_part":
            raise DependencyUnavailable("S3 is busy")

    world.store.fails = busy
    with pytest.raises(StorageUnavailable):
        world.take()
    assert world.store.sizes == []
