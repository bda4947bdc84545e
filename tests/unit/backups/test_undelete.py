"""Bringing back a deleted instance: once, as it was, and not as what it ran on."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.model import Backup, BackupKind, BackupStatus
from swiftcache.backups.undelete import UndeleteService
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Target
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.status import Status
from swiftcache.platform.errors import IllegalTransition, NotFound
from tests.fakes.backups import FakeBackups
from tests.fakes.final import FakeFinalBackupRecord
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.provisioning import FakeWorkflows
from tests.samples import AT, NOW, ORGANIZATION, a_backup, a_caller, a_content, an_account, an_entry, an_instance

OWNER = a_caller(request_id="request-9")
KEYS = (
    InstanceKey("key_1", "my-redis-default", "ab" * 32, "2026-01-02T03:04:05Z"),
    InstanceKey("key_2", "second", "cd" * 32, "2026-01-02T03:04:05Z"),
)
DELETED = an_instance(
    status=Status.DELETING,
    keys=KEYS,
    dns_name="a1.redis.example.com",
    hostname="a1.redis.example.com",
    port=6379,
    endpoint=Endpoint("203.0.113.10", 6379, "arn:task-1"),
    eviction_policy=EvictionPolicy.NOEVICTION,
    persistence=True,
    revision=9,
    applied_revision=8,
)


class World:
    def __init__(self) -> None:
        self.time = NOW
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        an_account(self.accounts, "org_2", "sk_live_2")
        self.instances = FakeInstances(self.accounts)
        self.backups = FakeBackups(self.accounts)
        self.workflows = FakeWorkflows()
        record = FakeFinalBackupRecord(self.instances, self.backups)
        self.undeletions = UndeleteService(self.instances, self.backups, record, self.workflows, self.now)

    def now(self) -> datetime:
        return self.time

    def keep(self, **different: Any) -> Backup:
        kept = a_backup(kind=BackupKind.FINAL, source=DELETED).available(a_content(), NOW)
        kept = replace(kept, **different)
        self.backups.create(kept, an_entry())
        return kept

    def undelete(self) -> Instance:
        return self.undeletions.undelete(OWNER, "bkp_a1")


@pytest.fixture
def world() -> World:
    return World()


def test_it_comes_back_as_its_owner_had_it(world: World) -> None:
    world.keep()
    again = world.undelete()
    assert again == world.instances.get(ORGANIZATION, "inst_a1")
    assert (again.id, again.dns_name, again.keys) == ("inst_a1", "a1.redis.example.com", KEYS)
    assert (again.status, again.reason, again.request_id) == (Status.PROVISIONING, "UNDELETED", "request-9")
    assert (again.eviction_policy, again.persistence) == (EvictionPolicy.NOEVICTION, True)
    assert world.accounts.audit[-1].action == Action.INSTANCE_UNDELETED
    assert dict(world.accounts.audit[-1].details) == {"backupId": "bkp_a1"}


@pytest.mark.parametrize("wanted", [False, True])
def test_it_is_recovered_from_its_backup_if_it_was(world: World, wanted: bool) -> None:
    kept = world.keep()
    assert kept.source
    changed = replace(
        kept, source=replace(kept.source, persistence=False, recover_from_backup=wanted), revision=kept.revision + 1
    )
    world.backups.change(kept, changed, None)
    assert world.undelete().recover_from_backup == wanted


def test_nothing_of_what_it_ran_as_comes_back(world: World) -> None:
    world.keep()
    again = world.undelete()
    assert (again.hostname, again.port, again.endpoint, again.deleted_by, again.final_backup) == (None,) * 5
    assert (again.revision, again.applied_revision, again.shared_definition, again.claimed) == (1, 0, False, False)


def test_it_begins_with_the_backup(world: World) -> None:
    backup = world.keep()
    restore = world.undelete().restore
    assert restore
    assert (restore.backup_id, restore.object_key, restore.version) == ("bkp_a1", backup.object_key, "v1")
    assert (restore.keys, restore.sha256) == (1_000, "5e" * 32)


def test_its_executions_are_those_of_another_life(world: World) -> None:
    world.keep()
    generation = int(NOW.timestamp() * 1000)
    assert world.undelete().generation == generation
    assert world.workflows.started == [("provision", Target(ORGANIZATION, "inst_a1", "request-9", generation))]


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.RUNNING, Status.ERROR, Status.DELETING])
def test_one_that_is_there_is_not_undeleted(world: World, status: Status) -> None:
    world.keep()
    world.instances.create(replace(DELETED, status=status), an_entry())
    with pytest.raises(IllegalTransition) as refused:
        world.undelete()
    assert refused.value.current == status
    assert world.workflows.started == []


def test_it_is_undeleted_once(world: World) -> None:
    world.keep()
    world.undelete()
    with pytest.raises(IllegalTransition):
        world.undelete()
    assert len(world.workflows.started) == 1


def test_one_that_could_not_be_made_is_deleted_and_undeleted_again(world: World) -> None:
    world.keep()
    first = world.undelete()
    world.instances.force_deleting(ORGANIZATION, "inst_a1", an_entry())
    world.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    world.time += timedelta(seconds=30)
    second = world.undelete()
    assert first.generation < second.generation


@pytest.mark.parametrize(
    "different",
    [
        {"organization_id": "org_2"},
        {"kind": BackupKind.MANUAL},
        {"status": BackupStatus.CREATING, "content": None},
        {"status": BackupStatus.FAILED, "content": None},
        {"status": BackupStatus.DELETING},
        {"expires_at": AT},
        {"source": replace(DELETED, status=Status.RUNNING)},
        {"source": None, "instance_id": None},
    ],
)
def test_from_other_backups_nothing_comes_back(world: World, different: dict[str, Any]) -> None:
    world.keep(**different)
    with pytest.raises(NotFound):
        world.undelete()
    assert (world.instances.stored, world.workflows.started) == ({}, [])


@pytest.mark.parametrize("backup_id", ["bkp_", "inst_a1", "bkp_unknown", "x" * 2000])
def test_what_is_no_backup_is_not_found(world: World, backup_id: str) -> None:
    with pytest.raises(NotFound):
        world.undeletions.undelete(OWNER, backup_id)


@pytest.mark.parametrize(
    ("expires_at", "kept"),
    [(AT, None), ("2026-06-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z"), (None, None)],
)
def test_it_expires_only_if_that_is_still_to_come(world: World, expires_at: str | None, kept: str | None) -> None:
    world.keep(source=replace(DELETED, expires_at=expires_at))
    assert world.undelete().expires_at == kept


def test_an_undeletion_whose_workflow_cannot_be_started_is_started_by_the_stream(world: World) -> None:
    world.keep()
    world.workflows.available = False
    assert world.undelete().status is Status.PROVISIONING
