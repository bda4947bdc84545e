"""The steps that empty a suspended or deleted organization."""

from collections import Counter

import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.model import BackupStatus
from swiftcache.fleet.emptying import BACKUPS_AT_ONCE, MOST_AT_ONCE, OrganizationEmptier, repair_emptying
from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.instances.status import Status
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.errors import OrganizationSuperseded
from tests.fakes.backups import FakeBackups
from tests.fakes.emptying import FakeContents, FakeEmptying
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, a_backup, a_content, an_account, an_entry, an_instance, an_organization

TARGET = EmptyingTarget(ORGANIZATION, 2, "request-9")


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.contents = FakeContents(self.instances)
        self.backups = FakeBackups(self.accounts)
        self.organization_emptier = OrganizationEmptier(
            self.accounts, self.contents, self.instances, self.backups, lambda: NOW
        )

    def become(self, status: OrganizationStatus) -> None:
        before = self.accounts.membership(ORGANIZATION)
        assert before is not None
        self.accounts.save(before, before.with_status(status), an_entry())

    def with_instances(self, number: int, status: Status, **different: object) -> None:
        for index in range(number):
            one = an_instance(id=f"inst_{status.lower()}{index:03}", status=status, **different)
            self.instances.stored[ORGANIZATION, one.id] = one

    def statuses(self) -> Counter[Status]:
        return Counter(instance.status for instance in self.instances.stored.values())


@pytest.fixture
def world() -> World:
    world = World()
    world.accounts.organizations[ORGANIZATION] = an_organization()
    return world


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.RUNNING, Status.ERROR])
def test_instances_in_every_status_are_deleted(world: World, status: Status) -> None:
    world.with_instances(3, status)
    world.become(OrganizationStatus.SUSPENDED)
    assert world.organization_emptier.delete_instances(TARGET) == 3
    assert world.statuses() == {Status.DELETING: 3}


def test_a_protected_instance_is_deleted_too(world: World) -> None:
    world.with_instances(1, Status.RUNNING, deletion_protection=True)
    world.become(OrganizationStatus.SUSPENDED)
    world.organization_emptier.delete_instances(TARGET)
    assert world.statuses() == {Status.DELETING: 1}


def test_never_more_than_some_are_deleting_at_once(world: World) -> None:
    world.with_instances(30, Status.RUNNING)
    world.with_instances(30, Status.ERROR)
    world.with_instances(5, Status.DELETING)
    world.become(OrganizationStatus.SUSPENDED)
    for _ in range(3):
        assert world.organization_emptier.delete_instances(TARGET) == MOST_AT_ONCE
        assert world.statuses()[Status.DELETING] == MOST_AT_ONCE


def test_the_log_says_that_the_service_did_it_and_why(world: World) -> None:
    world.with_instances(1, Status.RUNNING)
    world.become(OrganizationStatus.SUSPENDED)
    world.organization_emptier.delete_instances(TARGET)
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.actor_role, entry.request_id, entry.actor_key_id) == (
        Action.INSTANCE_DELETION_REQUESTED,
        "suspension",
        "request-9",
        None,
    )


@pytest.mark.parametrize("after", [OrganizationStatus.ACTIVE, OrganizationStatus.DELETING])
def test_work_for_a_status_that_has_passed_is_superseded(world: World, after: OrganizationStatus) -> None:
    world.with_instances(1, Status.RUNNING)
    world.become(OrganizationStatus.SUSPENDED)
    world.become(after)
    with pytest.raises(OrganizationSuperseded):
        world.organization_emptier.delete_instances(TARGET)
    with pytest.raises(OrganizationSuperseded):
        world.organization_emptier.remove(TARGET)
    assert world.statuses() == {Status.RUNNING: 1}


def test_a_suspended_organization_stays(world: World) -> None:
    world.become(OrganizationStatus.SUSPENDED)
    assert world.organization_emptier.delete_instances(TARGET) == 0
    world.organization_emptier.remove(TARGET)
    assert world.accounts.organization(ORGANIZATION) is not None


def test_a_deleted_organization_goes_once(world: World) -> None:
    world.become(OrganizationStatus.DELETING)
    world.organization_emptier.remove(TARGET)
    assert world.accounts.organization(ORGANIZATION) is None
    with pytest.raises(OrganizationSuperseded, match="gone"):
        world.organization_emptier.remove(TARGET)


def test_an_attempt_that_ended_badly_is_followed_by_the_next(world: World) -> None:
    world.become(OrganizationStatus.SUSPENDED)
    emptying = FakeEmptying()
    repair_emptying(world.accounts, emptying, TARGET, 3)
    assert emptying.started == [(TARGET, 4)]


def test_a_resumed_organization_needs_no_repair(world: World) -> None:
    world.become(OrganizationStatus.SUSPENDED)
    world.become(OrganizationStatus.ACTIVE)
    emptying = FakeEmptying()
    repair_emptying(world.accounts, emptying, TARGET, 0)
    assert emptying.started == []


def test_the_backups_of_a_deleted_organization_are_deleted_some_at_a_time(world: World) -> None:
    for number in range(BACKUPS_AT_ONCE + 3):
        backup = a_backup(id=f"bkp_{number:03}", created_at=f"2026-01-02T03:04:05.{number:03}Z")
        world.backups.create(backup if number % 2 else backup.available(a_content(), NOW), an_entry())
    world.become(OrganizationStatus.DELETING)
    for left in (BACKUPS_AT_ONCE, 3, 0):
        assert world.organization_emptier.delete_backups(TARGET) == left
        for backup in list(world.backups.stored.values()):
            world.backups.remove(backup, None)
    assert world.backups.stored == {}
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.actor_role, entry.request_id) == (
        Action.BACKUP_DELETION_REQUESTED,
        "suspension",
        "request-9",
    )


def test_a_second_look_at_backups_that_are_being_removed_says_nothing_twice(world: World) -> None:
    world.backups.create(a_backup(), an_entry())
    world.become(OrganizationStatus.DELETING)
    assert world.organization_emptier.delete_backups(TARGET) == 1
    told = len(world.accounts.audit)
    assert world.organization_emptier.delete_backups(TARGET) == 1
    assert len(world.accounts.audit) == told


def test_a_suspended_organization_keeps_its_backups(world: World) -> None:
    world.backups.create(a_backup().available(a_content(), NOW), an_entry())
    world.become(OrganizationStatus.SUSPENDED)
    assert world.organization_emptier.delete_backups(TARGET) == 0
    [backup] = world.backups.stored.values()
    assert backup.status is BackupStatus.AVAILABLE


def test_the_backups_of_an_organization_that_was_resumed_stay(world: World) -> None:
    world.backups.create(a_backup(), an_entry())
    with pytest.raises(OrganizationSuperseded):
        world.organization_emptier.delete_backups(TARGET)


def test_backups_come_after_the_last_instance(world: World) -> None:
    world.with_instances(1, Status.RUNNING)
    world.backups.create(a_backup(), an_entry())
    world.become(OrganizationStatus.DELETING)
    assert world.organization_emptier.delete_some(TARGET) == 1
    [backup] = world.backups.stored.values()
    assert backup.status is BackupStatus.CREATING
    world.instances.stored.clear()
    assert world.organization_emptier.delete_some(TARGET) == 1
    [backup] = world.backups.stored.values()
    assert backup.status is BackupStatus.DELETING
