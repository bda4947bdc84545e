"""The keeper of backups: what is due is begun once, and nothing is removed that is to stay."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action, System
from swiftcache.backups.keeping import BEGUN_AT_ONCE, BackupKeeper, superfluous
from swiftcache.backups.model import Backup, BackupKind, BackupStatus
from swiftcache.backups.ports import KeepTargets
from swiftcache.instances.backup_schedule import BackupSchedule, Interval
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Instance
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.timestamps import timestamp
from tests.fakes.backups import FakeBackups, FakeBackupStarter, FakeProofs, FakeSchedules
from tests.fakes.instances import FakeInstances
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, a_backup, a_content, an_account, an_entry, an_instance

HOURLY = BackupSchedule(Interval.ONE_HOUR, keep=3)
WEEKLY = BackupSchedule(Interval.SEVEN_DAYS, keep=100)
FAILURE = Failure("REDIS_STOPPED", "It stopped.", "TakeBackup", "request-1")
CHANGE = Change("chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 1, EvictionPolicy.NOEVICTION, AT, "r")
RECOVERY = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.TASK_LOST, AT, 0, 1)


class World:
    def __init__(self) -> None:
        self.time = NOW
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.backups = FakeBackups(self.accounts)
        self.schedules = FakeSchedules(self.backups, self.instances)
        self.objects = FakeObjectStore(now=lambda: self.time)
        self.proofs = FakeProofs()
        self.proof_starter = FakeBackupStarter()
        self.keeper = BackupKeeper(
            self.backups,
            self.schedules,
            self.instances,
            self.objects,
            self.proofs,
            self.proof_starter,
            lambda: self.time,
        )

    def holding(self, name: str = "inst_a1", schedule: BackupSchedule | None = HOURLY, **different: Any) -> Instance:
        due = {"status": Status.RUNNING, "backup_schedule": schedule, "next_backup_at": AT}
        instance = an_instance(id=name, max_memory=1, **due | different)
        self.instances.stored[ORGANIZATION, name] = instance
        return instance

    def having(self, id_: str, status: BackupStatus, age: timedelta = timedelta(), **different: Any) -> Backup:
        """A backup with its object, if it has one."""
        begun = self.time - age
        backup = a_backup(id=id_, created_at=timestamp(begun), kind=BackupKind.SCHEDULED, **different)
        if status in (BackupStatus.AVAILABLE, BackupStatus.DELETING):
            upload = self.objects.begin(backup.object_key)
            version = self.objects.complete(
                backup.object_key, upload, [self.objects.put_part(backup.object_key, upload, 1, b"REDIS")]
            )
            backup = backup.available(a_content(version=version), begun)
        if status is BackupStatus.FAILED:
            backup = backup.failed(FAILURE, begun)
        if status is BackupStatus.DELETING:
            backup = backup.deleting()
        self.backups.create(backup, an_entry(Action.BACKUP_REQUESTED))
        return backup

    def run(self) -> set[tuple[str, str, bool]]:
        """One pass: whose turn it was, for what, and whether it worked."""
        end = self.time + timedelta(seconds=50)
        return {(turn.id, turn.work.value, turn.error is None) for turn in self.keeper.run("keep-1", end)}

    def found(self, name: str = "inst_a1") -> Instance:
        found = self.instances.get(ORGANIZATION, name)
        assert found is not None
        return found

    def next_at(self) -> datetime:
        return datetime.fromisoformat(self.found().next_backup_at or "")

    def ids(self, status: BackupStatus) -> list[str]:
        return sorted(backup.id for backup in self.backups.stored.values() if backup.status is status)


@pytest.fixture
def world() -> World:
    return World()


def test_a_backup_that_is_due_is_begun_and_the_next_has_its_time(world: World) -> None:
    instance = world.holding()
    assert world.run() == {("inst_a1", "begun", True)}
    [backup] = world.backups.stored.values()
    assert (backup.kind, backup.status, backup.instance_id) == (BackupKind.SCHEDULED, BackupStatus.CREATING, "inst_a1")
    assert (backup.source, backup.request_id, backup.retention_days) == (instance, "keep-1", 30)
    assert NOW < world.next_at() <= NOW + timedelta(hours=1)
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.actor_role, entry.target_id) == (
        Action.BACKUP_REQUESTED,
        System.BACKUPS.value,
        backup.id,
    )
    assert entry.details == {"kind": "SCHEDULED", "instanceId": "inst_a1"}


def test_a_second_pass_begins_no_second(world: World) -> None:
    world.holding()
    world.run()
    assert world.run() == set()
    assert len(world.backups.stored) == 1


def test_a_pass_that_another_was_faster_than_says_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before, begin = world.holding(), world.schedules.begin

    def faster(*given: Any) -> None:
        world.instances.stored[ORGANIZATION, "inst_a1"] = replace(before, next_backup_at="2026-01-02T04:00:00.000Z")
        begin(*given)

    monkeypatch.setattr(world.schedules, "begin", faster)
    assert world.run() == set()
    assert world.backups.stored == {}


def test_what_is_due_later_is_left_alone(world: World) -> None:
    world.holding(next_backup_at="2026-01-02T03:04:05.679Z")
    assert world.run() == set()


@pytest.mark.parametrize(
    "different",
    [{"status": Status.PROVISIONING}, {"change": CHANGE}, {"recovery": RECOVERY}],
    ids=["provisioning", "changing", "recovering"],
)
def test_an_instance_that_cannot_be_backed_up_now_is_looked_at_again_and_then_skipped(
    world: World, different: dict[str, Any]
) -> None:
    instance = world.holding(**different)
    due = NOW
    for _ in range(20):
        turns = world.run()
        if turns == {("inst_a1", "skipped", True)}:
            break
        assert turns == {("inst_a1", "put off", True)}
        assert world.next_at() == world.time + timedelta(minutes=5)
        world.time = world.next_at()
    assert timedelta(minutes=0) <= world.time - due <= timedelta(hours=1)
    assert world.backups.stored == {}
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.target_id, entry.details["nextBackupAt"]) == (
        Action.BACKUP_SKIPPED,
        instance.id,
        world.found().next_backup_at,
    )
    assert str(entry.details["reason"]).startswith("the instance ")


def test_one_that_was_put_off_is_taken_as_soon_as_it_can_be(world: World) -> None:
    world.holding(schedule=WEEKLY, change=CHANGE)
    world.run()
    world.holding(schedule=WEEKLY, next_backup_at=world.found().next_backup_at)
    world.time = world.next_at()
    assert world.run() == {("inst_a1", "begun", True)}
    assert world.next_at() > NOW + timedelta(days=6)


def test_while_another_backup_of_the_instance_is_under_way_none_is_begun(world: World) -> None:
    world.holding()
    world.having("bkp_other", BackupStatus.CREATING)
    assert world.run() == {("inst_a1", "put off", True)}


def test_a_backup_beyond_the_limit_is_skipped_and_said_so(world: World) -> None:
    world.holding()
    organization = world.accounts.organizations[ORGANIZATION]
    world.accounts.organizations[ORGANIZATION] = replace(organization, limits=replace(organization.limits, backups=0))
    assert world.run() == {("inst_a1", "skipped", True)}
    assert "as many backups as it may" in str(world.accounts.audit[-1].details["reason"])
    assert world.next_at() > NOW


def test_in_a_suspended_organization_none_is_begun(world: World) -> None:
    world.holding()
    organization = world.accounts.organizations[ORGANIZATION]
    world.accounts.organizations[ORGANIZATION] = replace(organization, status=OrganizationStatus.SUSPENDED)
    assert world.run() == {("inst_a1", "skipped", True)}


def test_a_pass_begins_no_more_than_so_many_those_first_that_have_waited_longest(world: World) -> None:
    for number in range(BEGUN_AT_ONCE + 5):
        at = timestamp(NOW - timedelta(seconds=number))
        world.holding(f"inst_{number:03}", next_backup_at=at)
    assert len(world.run()) == BEGUN_AT_ONCE
    waiting = [one.id for one in world.instances.stored.values() if (one.next_backup_at or "") <= AT]
    assert waiting == [f"inst_{number:03}" for number in range(5)]
    assert world.keeper.lateness() == timedelta(seconds=4)


def test_nothing_is_late_where_nothing_is_due(world: World) -> None:
    assert world.keeper.lateness() == timedelta()


def test_one_instances_trouble_keeps_no_other_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.holding("inst_a1")
    world.holding("inst_b2")
    read = world.instances.get

    def get(organization_id: str, instance_id: str) -> Instance | None:
        if instance_id == "inst_a1":
            raise DependencyUnavailable("the record is busy")
        return read(organization_id, instance_id)

    monkeypatch.setattr(world.instances, "get", get)
    assert world.run() == {("inst_a1", "begun", False), ("inst_b2", "begun", True)}


def test_of_a_schedules_backups_the_newest_stay(world: World) -> None:
    world.holding(next_backup_at="2026-01-02T04:00:00.000Z")
    for number in range(5):
        world.having(f"bkp_{number}", BackupStatus.AVAILABLE, timedelta(hours=number))
    turns = world.keeper.run_for(KeepTargets(instances=[(ORGANIZATION, "inst_a1")]), world.time)
    assert [(turn.id, turn.work.value) for turn in turns] == [("bkp_4", "removed"), ("bkp_3", "removed")]
    assert world.ids(BackupStatus.AVAILABLE) == ["bkp_0", "bkp_1", "bkp_2"]
    assert sorted(world.objects.objects) == [f"backups/{ORGANIZATION}/bkp_{number}.rdb" for number in range(3)]
    assert [entry.action for entry in world.accounts.audit[-2:]] == [Action.BACKUP_DELETED] * 2
    assert world.accounts.organizations[ORGANIZATION].used.backups == 3


def test_a_beginning_removes_what_the_last_one_has_left_over(world: World) -> None:
    world.holding()
    for number in range(4):
        world.having(f"bkp_{number}", BackupStatus.AVAILABLE, timedelta(hours=number + 1))
    assert world.run() == {("inst_a1", "begun", True), ("bkp_3", "removed", True)}


def test_one_that_failed_never_takes_the_place_of_one_that_can_be_restored() -> None:
    own = [
        a_backup(id=f"bkp_{number}", kind=BackupKind.SCHEDULED, created_at=f"2026-01-0{9 - number}T00:00:00.000Z")
        for number in range(5)
    ]
    failed = [backup.failed(FAILURE, NOW) for backup in own[:4]]
    good = own[4].available(a_content(), NOW)
    assert superfluous([*failed, good], keep=1) == list(reversed(failed[1:]))


@pytest.mark.parametrize("kind", [BackupKind.MANUAL, BackupKind.FINAL, BackupKind.IMPORTED])
def test_a_schedule_removes_no_backup_but_its_own(kind: BackupKind) -> None:
    own = [a_backup(id=f"bkp_{number}", kind=kind).available(a_content(), NOW) for number in range(3)]
    assert superfluous(own, keep=1) == []


def test_without_a_schedule_what_is_there_stays_until_its_time_is_over(world: World) -> None:
    world.holding(schedule=None, next_backup_at=None)
    for number in range(5):
        world.having(f"bkp_{number}", BackupStatus.AVAILABLE, timedelta(hours=number))
    assert [*world.keeper.run_for(KeepTargets(instances=[(ORGANIZATION, "inst_a1")]), world.time)] == []
    world.time += timedelta(days=30) - timedelta(hours=1, minutes=30)
    assert world.run() == {("bkp_2", "removed", True), ("bkp_3", "removed", True), ("bkp_4", "removed", True)}


def test_a_weekly_schedules_backups_last_as_long_as_it_keeps_them(world: World) -> None:
    world.holding(schedule=WEEKLY)
    world.run()
    [backup] = world.backups.stored.values()
    assert backup.retention_days == 7 * 101


def test_a_deleted_backup_is_removed_with_all_that_it_has(world: World) -> None:
    backup = world.having("bkp_a1", BackupStatus.DELETING)
    world.objects.begin(backup.object_key)
    assert world.run() == {("bkp_a1", "removed", True)}
    assert (world.backups.stored, world.objects.objects, world.objects.uploads) == ({}, {}, {})
    assert world.proofs.stopped == ["bkp_a1"]
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.details["sizeBytes"]) == (Action.BACKUP_DELETED, 1_000_000)


def test_of_an_old_backup_no_proof_is_looked_for(world: World) -> None:
    world.having("bkp_a1", BackupStatus.DELETING, timedelta(hours=2))
    assert world.run() == {("bkp_a1", "removed", True)}
    assert world.proofs.stopped == []


def test_what_cannot_be_erased_keeps_its_record_and_is_tried_again(world: World) -> None:
    world.having("bkp_a1", BackupStatus.DELETING)
    world.proofs.available = False
    assert world.run() == {("bkp_a1", "removed", False)}
    assert world.ids(BackupStatus.DELETING) == ["bkp_a1"]
    world.proofs.available = True
    assert world.run() == {("bkp_a1", "removed", True)}


def test_what_nobody_can_be_at_work_on_any_more_has_failed_and_left_nothing(world: World) -> None:
    backup = world.having("bkp_a1", BackupStatus.CREATING, timedelta(minutes=40))
    world.objects.begin(backup.object_key)
    assert world.run() == {("bkp_a1", "failed", True)}
    found = world.backups.stored[ORGANIZATION, "bkp_a1"]
    assert found.failure is not None
    assert (found.status, found.failure.code, found.content) == (BackupStatus.FAILED, "BACKUP_TIMED_OUT", None)
    assert (world.objects.uploads, world.objects.objects, world.proofs.stopped[0]) == ({}, {}, "bkp_a1")
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.details["failure"]) == (Action.BACKUP_FAILED, "BACKUP_TIMED_OUT")
    world.time += timedelta(days=30)
    assert world.run() == {("bkp_a1", "removed", True)}


@pytest.mark.parametrize(("uploaded", "code"), [(None, "NOT_UPLOADED"), ("v1", "BACKUP_TIMED_OUT")])
def test_an_import_that_comes_to_no_end_has_failed_and_left_nothing(
    world: World, uploaded: str | None, code: str
) -> None:
    asked_for = timestamp(world.time - timedelta(minutes=71))
    world.backups.create(a_backup(kind=BackupKind.IMPORTED, created_at=asked_for, uploaded=uploaded), an_entry())
    file = f"uploads/{ORGANIZATION}/bkp_a1.rdb"
    world.objects.objects[file] = {"v1": b"a file"}
    world.run()
    failed = world.backups.get(ORGANIZATION, "bkp_a1")
    assert failed is not None
    assert failed.failure is not None
    assert (failed.status, failed.failure.code) == (BackupStatus.FAILED, code)
    assert file not in world.objects.objects


def test_one_that_becomes_whole_at_the_last_moment_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = world.having("bkp_a1", BackupStatus.CREATING, timedelta(minutes=40))
    whole = backup.available(a_content(), world.time)

    def stop(_: str) -> None:
        world.backups.change(backup, whole, None)

    monkeypatch.setattr(world.proofs, "stop", stop)
    assert world.run() == set()
    assert world.backups.stored[ORGANIZATION, "bkp_a1"] == whole


def test_backups_that_the_stream_names_are_removed_at_once(world: World) -> None:
    world.having("bkp_a1", BackupStatus.DELETING)
    world.having("bkp_b2", BackupStatus.DELETING)
    targets = KeepTargets(backups=[(ORGANIZATION, "bkp_a1"), (ORGANIZATION, "bkp_gone")])
    turns = list(world.keeper.run_for(targets, world.time))
    assert [turn.id for turn in turns] == ["bkp_a1"]
    assert world.ids(BackupStatus.DELETING) == ["bkp_b2"]


def test_a_pass_begins_nothing_after_its_end(world: World) -> None:
    world.holding()
    world.having("bkp_a1", BackupStatus.DELETING)
    assert list(world.keeper.run("keep-1", world.time - timedelta(seconds=1))) == []


def test_one_that_could_not_be_proved_is_tried_again_and_later_each_time(world: World) -> None:
    before = world.having("bkp_a1", BackupStatus.AVAILABLE)
    waiting = before.unproved(world.time)
    world.backups.change(before, waiting, None)
    assert world.run() == set()
    world.time = datetime.fromisoformat(waiting.prove_at or "")
    assert world.run() == {("bkp_a1", "proved anew", True)}
    [promised] = world.proof_starter.proved
    assert (promised.proof_tries, world.backups.stored[ORGANIZATION, "bkp_a1"]) == (2, promised)
    assert datetime.fromisoformat(promised.prove_at or "") > world.time
    assert world.run() == set()


def test_one_that_expires_is_removed_and_not_proved(world: World) -> None:
    before = world.having("bkp_a1", BackupStatus.AVAILABLE)
    world.backups.change(before, before.unproved(world.time), None)
    world.time += timedelta(days=31)
    assert world.run() == {("bkp_a1", "removed", True)}
    assert world.proof_starter.proved == []
