"""What an organization does with its backups."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action, AuditEntry
from swiftcache.backups.model import Backup, BackupKind, BackupStatus
from swiftcache.backups.service import BackupService, NewBackup
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    BackupInProgress,
    DependencyUnavailable,
    IllegalTransition,
    NotFound,
    RecordChanged,
)
from tests.fakes.backups import FakeBackups, FakeBackupStarter, FakeBackupTurns
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, a_backup, a_caller, a_content, an_account, an_entry, an_instance

STRANGER = a_caller(organization_id="org_2")
ANOTHER_REQUEST = a_caller(request_id="request-2")


@dataclass
class World:
    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    starter: FakeBackupStarter = field(default_factory=FakeBackupStarter)

    def __post_init__(self) -> None:
        for owner in (ORGANIZATION, "org_2"):
            an_account(self.accounts, owner, f"sk_live_{owner}")
        self.instances = FakeInstances(self.accounts)
        self.backups = FakeBackups(self.accounts)
        self.turns = FakeBackupTurns(self.backups, self.instances)
        self.service = BackupService(self.backups, self.instances, self.turns, self.starter, lambda: NOW)

    def with_instance(self, **different: Any) -> None:
        self.instances.create(an_instance(**{"status": Status.RUNNING} | different), an_entry())

    def create(self, **asked: Any) -> Backup:
        return self.service.create(ANOTHER_REQUEST, "inst_a1", NewBackup(**asked))

    def add(self, **different: Any) -> Backup:
        backup = a_backup(**different)
        self.backups.create(backup, an_entry())
        return backup

    @property
    def last(self) -> AuditEntry:
        return self.accounts.audit[-1]


@pytest.fixture
def world() -> World:
    return World()


def test_a_backup_is_stored_started_and_told(world: World) -> None:
    world.with_instance()
    backup = world.create(name="before the release", retention_days=7)
    assert world.service.get(a_caller(), backup.id) == backup
    assert world.starter.started == [backup]
    assert (backup.kind, backup.status, backup.name) == (BackupKind.MANUAL, BackupStatus.CREATING, "before the release")
    assert (backup.instance_id, backup.instance_name, backup.retention_days) == ("inst_a1", "my-redis", 7)
    assert (backup.created_at, backup.request_id) == (AT, "request-2")
    assert backup.source
    assert replace(backup.source, backup_id=backup.id) == world.instances.get(ORGANIZATION, "inst_a1")
    assert (world.last.action, world.last.target_id) == (Action.BACKUP_REQUESTED, backup.id)
    assert world.last.details == {"kind": "MANUAL", "instanceId": "inst_a1"}


def test_one_without_a_name_is_called_after_the_instance_and_the_moment(world: World) -> None:
    world.with_instance()
    assert world.create().name == "my-redis-20260102T030405Z"


def test_one_that_cannot_be_started_at_once_is_there_nevertheless(world: World) -> None:
    world.with_instance()
    world.starter.available = False
    assert world.service.get(a_caller(), world.create().id).status is BackupStatus.CREATING


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.RUNNING])
def test_what_does_not_run_is_not_backed_up(world: World, status: Status) -> None:
    world.with_instance(status=status)
    with pytest.raises(IllegalTransition, match=f"inst_a1 is {status}") as raised:
        world.create()
    assert raised.value.code == "STATUS_CONFLICT"
    assert world.backups.stored == {}


def test_one_at_a_time(world: World) -> None:
    world.with_instance()
    first = world.create()
    with pytest.raises(BackupInProgress, match=first.id):
        world.create()
    world.backups.change(first, first.available(a_content(), NOW), None)
    assert world.create().id != first.id


def test_of_two_at_the_same_moment_one_is_told_of_the_other(world: World) -> None:
    world.with_instance()
    first: list[Backup] = []
    world.turns.meanwhile = lambda: first.append(world.create())
    with pytest.raises(BackupInProgress) as refused:
        world.create()
    assert first[0].id in str(refused.value)
    assert list(world.backups.stored.values()) == first == world.starter.started


def test_one_that_comes_and_is_over_at_the_same_moment_is_in_nobody_s_way(world: World) -> None:
    def passes() -> None:
        first = world.create()
        world.backups.change(first, first.available(a_content(), NOW), None)

    world.with_instance()
    world.turns.meanwhile = passes
    assert world.create().status is BackupStatus.CREATING
    assert len(world.backups.stored) == 2


@pytest.mark.parametrize("end", [BackupStatus.FAILED, BackupStatus.DELETING, None])
def test_whatever_becomes_of_one_the_next_can_be_taken(world: World, end: BackupStatus | None) -> None:
    world.with_instance()
    first = world.create()
    world.backups.stored.clear()
    if end:
        world.backups.stored[ORGANIZATION, first.id] = replace(first, status=end)
    assert world.create().status is BackupStatus.CREATING


def test_one_of_an_instance_that_is_deleted_at_the_same_moment_is_refused(world: World) -> None:
    world.with_instance()
    key = (ORGANIZATION, "inst_a1")

    def deleted() -> None:
        world.instances.stored[key] = replace(world.instances.stored[key], status=Status.DELETING)

    world.turns.meanwhile = deleted
    with pytest.raises(IllegalTransition):
        world.create()
    assert world.backups.stored == {}


def test_another_instance_is_backed_up_at_the_same_time(world: World) -> None:
    world.with_instance()
    world.add(instance_id="inst_b2")
    assert world.create().status is BackupStatus.CREATING


def test_what_is_anothers_is_not_there(world: World) -> None:
    world.with_instance()
    backup = world.create()
    with pytest.raises(NotFound):
        world.service.create(STRANGER, "inst_a1", NewBackup())
    with pytest.raises(NotFound):
        world.service.get(STRANGER, backup.id)
    with pytest.raises(NotFound):
        world.service.delete(STRANGER, backup.id)
    with pytest.raises(NotFound):
        world.service.of_instance(STRANGER, "inst_a1", 10, None)
    with pytest.raises(NotFound):
        world.service.of_organization(STRANGER, ORGANIZATION, 10, None)


@pytest.mark.parametrize("backup_id", ["bkp_none", "bkp_A!", ""])
def test_what_is_not_there_is_not_found(world: World, backup_id: str) -> None:
    with pytest.raises(NotFound):
        world.service.get(a_caller(), backup_id)
    with pytest.raises(NotFound):
        world.service.delete(a_caller(), backup_id)


def test_lists_have_the_newest_first(world: World) -> None:
    later = [(NOW + timedelta(minutes=number)).isoformat() for number in range(3)]
    for number, at in enumerate(later):
        world.add(id=f"bkp_{number}", created_at=at, instance_id="inst_a1" if number else "inst_b2")
    page = world.service.of_organization(a_caller(), ORGANIZATION, 2, None)
    assert [backup.id for backup in page.backups] == ["bkp_2", "bkp_1"]
    rest = world.service.of_organization(a_caller(), ORGANIZATION, 2, page.cursor)
    assert [backup.id for backup in rest.backups] == ["bkp_0"]
    assert [backup.id for backup in world.service.of_instance(a_caller(), "inst_a1", 10, None).backups] == [
        "bkp_2",
        "bkp_1",
    ]


def test_those_of_a_deleted_instance_stay_to_be_seen(world: World) -> None:
    backup = world.add()
    assert world.instances.get(ORGANIZATION, "inst_a1") is None
    assert world.service.of_instance(a_caller(), "inst_a1", 10, None).backups == [backup]
    assert world.service.get(a_caller(), backup.id) == backup


def test_an_instance_without_backups_has_none_and_one_that_is_not_there_is_not_found(world: World) -> None:
    world.with_instance()
    assert world.service.of_instance(a_caller(), "inst_a1", 10, None).backups == []
    for instance_id in ("inst_none", "no id"):
        with pytest.raises(NotFound):
            world.service.of_instance(a_caller(), instance_id, 10, None)


@pytest.mark.parametrize("status", list(BackupStatus))
def test_it_is_deleted_at_any_moment_and_again(world: World, status: BackupStatus) -> None:
    backup = world.add(status=status)
    for _ in range(2):
        world.service.delete(ANOTHER_REQUEST, backup.id)
        assert world.service.get(a_caller(), backup.id).status is BackupStatus.DELETING
    told = [entry for entry in world.accounts.audit if entry.action is Action.BACKUP_DELETION_REQUESTED]
    assert len(told) == (0 if status is BackupStatus.DELETING else 1)


def test_a_change_that_comes_between_is_no_obstacle(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = world.add()
    change, tries = world.backups.change, 0

    def late(before: Backup, after: Backup, audit: AuditEntry | None) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            change(backup, backup.available(a_content(), NOW), None)
            raise RecordChanged("too late")
        change(before, after, audit)

    monkeypatch.setattr(world.backups, "change", late)
    world.service.delete(a_caller(), backup.id)
    deleted = world.service.get(a_caller(), backup.id)
    assert (deleted.status, deleted.content) == (BackupStatus.DELETING, a_content())


def test_a_record_that_cannot_be_written_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = world.add()

    def busy(*_: object) -> None:
        raise DependencyUnavailable("busy")

    monkeypatch.setattr(world.backups, "change", busy)
    with pytest.raises(DependencyUnavailable):
        world.service.delete(a_caller(), backup.id)
    assert world.service.get(a_caller(), backup.id) == replace(backup)
