"""Taking a backup: whole and checked, or nothing, whoever comes between."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.access.identity import Actor
from swiftcache.backups import taking
from swiftcache.backups.failing import BackupFailer
from swiftcache.backups.failure import explain_backup
from swiftcache.backups.final import WriteHold
from swiftcache.backups.model import Backup, BackupKind, BackupStatus, Content, Rdb
from swiftcache.backups.ports import BackupTarget, Stored
from swiftcache.backups.taking import BackupTaker
from swiftcache.instances.capacity import capacity_in_force
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode
from swiftcache.instances.model import Change, ChangeKind, ChangeStatus, Endpoint, EvictionPolicy, Instance
from swiftcache.instances.ports import FirstError
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    BackupSuperseded,
    BackupTimedOut,
    CopyInterrupted,
    CorruptCopy,
    DependencyUnavailable,
    NotEnoughHeadroom,
    NotRunning,
    StorageUnavailable,
)
from tests.fakes.backups import FakeBackups, FakeCopies
from tests.fakes.final import FakeFinalBackupRecord, FakeWritePause
from tests.fakes.instances import FakeInstances
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.organizations import FakeAccounts
from tests.fakes.redis import FakeCredentials
from tests.rdbs import an_rdb
from tests.samples import AT, NOW, ORGANIZATION, a_backup, an_account, an_entry, an_instance

TARGET = BackupTarget(ORGANIZATION, "bkp_a1", "request-1")
KEY = f"backups/{ORGANIZATION}/bkp_a1.rdb"
ENDPOINT = Endpoint("203.0.113.10", 6379)
SECONDS = 900.0


@dataclass
class Store(FakeObjectStore):
    """`fails` is called with the name of each call before it happens, and may raise."""

    fails: Callable[[str], None] = lambda _: None
    sizes: list[int] = field(default_factory=list)

    def begin(self, key: str) -> str:
        self.fails("begin")
        return super().begin(key)

    def put_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        self.fails("put_part")
        self.sizes.append(len(content))
        return super().put_part(key, upload_id, number, content)

    def complete(self, key: str, upload_id: str, tags: Sequence[str]) -> str:
        self.fails("complete")
        return super().complete(key, upload_id, tags)

    def find(self, key: str, version: str = "") -> Stored | None:
        self.fails("find")
        return super().find(key, version)


@dataclass
class World:
    copies: FakeCopies = field(default_factory=FakeCopies)
    store: Store = field(default_factory=Store)
    at: datetime = NOW

    def __post_init__(self) -> None:
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.accounts = accounts
        self.backups = FakeBackups(accounts)
        self.instances = FakeInstances(accounts)
        self.credentials = FakeCredentials({"inst_a1": ("", "control")})
        self.taker = BackupTaker(
            self.backups, self.instances, self.credentials, self.copies, self.store, self.hold(), lambda: self.at
        )
        self.failer = BackupFailer(self.backups, self.store, lambda: self.at)
        self.backups.create(a_backup(), an_entry())
        self.instance()

    def hold(self) -> WriteHold:
        self.pause = FakeWritePause()
        record = FakeFinalBackupRecord(self.instances, self.backups)
        return WriteHold(self.instances, record, self.credentials, self.pause, lambda: self.at)

    def instance(self, **different: Any) -> None:
        where = {"status": Status.RUNNING, "endpoint": ENDPOINT, "hostname": "a1.redis.example.com"}
        self.instances.stored.pop((ORGANIZATION, "inst_a1"), None)
        self.instances.create(an_instance(**where | different), an_entry())

    def take(self, seconds: float = SECONDS) -> None:
        self.taker.take(TARGET, seconds)

    @property
    def backup(self) -> Backup:
        found = self.backups.get(ORGANIZATION, "bkp_a1")
        assert found
        return found

    @property
    def status(self) -> str:
        return self.backup.status.value

    def delete(self) -> None:
        self.backups.change(self.backup, self.backup.deleting(), None)

    @property
    def nothing_left(self) -> bool:
        return (self.store.objects, self.store.uploads, self.copies.under_way) == ({}, {}, 0)


@pytest.fixture
def world() -> World:
    return World()


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
    assert world.store.sizes[:-1] == [4_000] * (len(world.store.sizes) - 1)
    assert sum(world.store.sizes) == len(world.copies.content)
    assert list(world.store.objects[KEY].values()) == [world.copies.content]


def test_parts_grow_where_there_would_be_too_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "PART_BYTES", 1_000)
    monkeypatch.setattr(taking, "PARTS_OF_A_SIZE", 2)
    world.copies.content = an_rdb(b"y" * 9_000)
    world.take()
    assert sorted(world.store.sizes, reverse=True)[0] == 3_000
    assert world.store.sizes[:4] == [1_000, 2_000, 2_000, 3_000]


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


def chunks_of(*sizes: int) -> Iterator[bytes]:
    return (b"z" * size for size in sizes)


def test_a_part_is_made_of_whole_chunks() -> None:
    parts = list(taking._parts(chunks_of(5 * MIB, 5 * MIB, 1)))
    assert [len(part) for part in parts] == [10 * MIB, 1]
