"""Taking a backup: what is copied, from where, in which parts, and when not at all."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.access.identity import Actor
from swiftcache.backups import taking
from swiftcache.backups.model import BackupKind, BackupStatus, Content, Rdb
from swiftcache.instances.capacity import capacity_in_force
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode
from swiftcache.instances.model import Instance
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    BackupSuperseded,
    CopyInterrupted,
    NotRunning,
)
from tests.rdbs import an_rdb
from tests.samples import AT, ORGANIZATION, a_backup, an_instance
from tests.unit.backups.taking_world import ENDPOINT, KEY, World
from tests.unit.backups.taking_world import world as world


def test_a_backup_is_what_redis_holds_and_says_what_it_is(world: World) -> None:
    world.take()
    [(version, content)] = world.store.objects[KEY].items()
    assert content == world.copies.content
    assert world.backup.status is BackupStatus.AVAILABLE
    assert world.backup.content == Content(
        version=version,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        rdb=Rdb("redis", "7.2.11", 11),
        taken_at=AT,
        keys=1_000,
    )
    assert (world.backup.completed_at, world.backup.expires_at) == (AT, "2026-02-01T03:04:05.678Z")
    assert (world.store.uploads, world.backup.upload_id) == ({}, None)
    [told] = [entry for entry in world.accounts.audit if entry.action is Action.BACKUP_AVAILABLE]
    assert (told.target_id, told.actor_role, told.request_id) == ("bkp_a1", "backups", "request-1")
    size = len(content)
    assert told.details == {"kind": "MANUAL", "instanceId": "inst_a1", "sizeBytes": size, "keys": 1_000}


def test_it_is_copied_from_the_task_that_serves(world: World) -> None:
    world.take()
    [source] = world.copies.asked
    assert (source.endpoint, source.hostname, source.password) == (ENDPOINT, "a1.redis.example.com", "control")
    assert source.memory == 1024 * MIB
    assert "control" not in repr(source)


def test_writes_are_paused_before_the_last_act_of_a_deletion_is_copied(world: World) -> None:
    final = FinalBackup(FinalBackupMode.REQUIRED, AT, "request-2", Actor("owner", "key_1", "mem_1"), "bkp_a1")
    world.instance(final_backup=final)
    world.backups.stored[ORGANIZATION, "bkp_a1"] = a_backup(kind=BackupKind.FINAL)
    world.take()
    assert world.pause.paused == [ENDPOINT]
    assert world.backup.status is BackupStatus.AVAILABLE


def test_of_other_backups_nobody_notices(world: World) -> None:
    world.take()
    assert world.pause.paused == []


def test_the_last_act_of_a_deletion_that_is_not_wanted_any_more_is_not_copied(world: World) -> None:
    world.backups.stored[ORGANIZATION, "bkp_a1"] = a_backup(kind=BackupKind.FINAL)
    with pytest.raises(BackupSuperseded):
        world.take()
    assert world.nothing_left


def test_the_parts_are_as_long_as_s3_wants_them_and_no_longer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "PART_BYTES", 4_000)
    world.copies.content = an_rdb(b"y" * 20_000)
    world.take()
    # Two at a time, so the short one at the end may be there before the one before it.
    *whole, _ = sorted(world.store.sizes, reverse=True)
    assert whole == [4_000] * len(whole)
    assert sum(world.store.sizes) == len(world.copies.content)
    assert list(world.store.objects[KEY].values()) == [world.copies.content]


def test_parts_grow_where_there_would_be_too_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "PART_BYTES", 1_000)
    monkeypatch.setattr(taking, "PARTS_OF_A_SIZE", 2)
    world.copies.content = an_rdb(b"y" * 9_000)
    world.take()
    assert sorted(world.store.sizes) == [1_000, 1_052, 2_000, 2_000, 3_000]


def test_one_that_is_available_already_is_left_alone(world: World) -> None:
    world.take()
    before = (world.backup, dict(world.store.objects[KEY]))
    world.take()
    assert (world.backup, world.store.objects[KEY]) == before
    assert len(world.copies.asked) == 1


def test_what_an_earlier_try_has_left_goes_first(world: World) -> None:
    world.store.begin(KEY)
    world.store.objects[KEY] = {"old": b"half"}
    world.backups.change(world.backup, world.backup.with_upload("upload-1"), None)
    world.take()
    assert list(world.store.objects[KEY].values()) == [world.copies.content]
    assert world.store.uploads == {}


@pytest.mark.parametrize("status", [BackupStatus.DELETING, BackupStatus.FAILED])
def test_what_nobody_wants_any_more_is_not_taken(world: World, status: BackupStatus) -> None:
    world.backups.stored[ORGANIZATION, "bkp_a1"] = a_backup(status=status)
    with pytest.raises(BackupSuperseded):
        world.take()
    assert world.copies.asked == []


def test_what_is_gone_is_not_taken(world: World) -> None:
    world.backups.stored.clear()
    with pytest.raises(BackupSuperseded):
        world.take()


@pytest.mark.parametrize(
    "different",
    [
        {"status": Status.PROVISIONING},
        {"status": Status.DELETING},
        {"status": Status.ERROR},
        {"endpoint": None},
        {"hostname": None},
    ],
)
def test_an_instance_that_does_not_run_has_nothing_to_copy(world: World, different: dict[str, Any]) -> None:
    world.instance(**different)
    with pytest.raises(NotRunning):
        world.take()
    assert world.nothing_left


def test_neither_has_one_that_is_gone_or_is_going(world: World) -> None:
    world.credentials.issued.clear()
    with pytest.raises(NotRunning):
        world.take()
    world.instances.stored.clear()
    with pytest.raises(NotRunning):
        world.take()


def resizing(instance: Instance, kind: ChangeKind) -> Change:
    capacity = capacity_in_force(instance)
    policy = EvictionPolicy(capacity.eviction_policy)
    return Change("chg_1", kind, ChangeStatus.IN_PROGRESS, capacity.max_memory, policy, AT, "request-1")


def test_a_task_that_is_about_to_go_is_not_copied_from(world: World) -> None:
    world.instance(change=resizing(an_instance(), ChangeKind.REPLACE))
    with pytest.raises(CopyInterrupted):
        world.take()
    recovery = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.TASK_LOST, AT)
    world.instance(recovery=recovery)
    with pytest.raises(CopyInterrupted):
        world.take()
    world.instance(change=resizing(an_instance(), ChangeKind.IN_PLACE))
    world.take()
    assert world.backup.status is BackupStatus.AVAILABLE


def chunks_of(*sizes: int) -> Iterator[bytes]:
    return (b"z" * size for size in sizes)


def test_a_part_is_made_of_whole_chunks() -> None:
    parts = list(taking._parts(chunks_of(5 * MIB, 5 * MIB, 1)))
    assert [len(part) for part in parts] == [10 * MIB, 1]
