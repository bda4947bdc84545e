"""One backup of an instance at a time: as DynamoDB sees to it, and the fake that other tests use."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.ports import Backups, BackupTurns, Schedules
from swiftcache.backups.schedules_table import DynamoDBSchedules
from swiftcache.backups.service import BackupService, NewBackup
from swiftcache.backups.table import DynamoDBBackups
from swiftcache.backups.turns_table import DynamoDBBackupTurns
from swiftcache.instances.backup_schedule import BackupSchedule, Interval
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import BackupInProgress, LimitExceeded, RecordChanged
from tests.fakes.backups import FakeBackups, FakeBackupStarter, FakeBackupTurns, FakeSchedules
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, a_backup, a_caller, a_content, an_account, an_entry, an_instance
from tests.tables import create_table

T = TypeVar("T")

CROWD = 6
BEGUN = an_entry(Action.BACKUP_REQUESTED, id="audit_begun")
DAILY = BackupSchedule(Interval.ONE_DAY, keep=7, at="03:00")


@dataclass
class Record:
    accounts: Accounts
    instances: Instances
    backups: Backups
    turns: BackupTurns
    schedules: Schedules

    def running(self, **different: Any) -> Instance:
        instance = an_instance(**{"status": Status.RUNNING} | different)
        self.instances.create(instance, an_entry(id="audit_instance"))
        return instance

    def all(self) -> list[Backup]:
        return list(self.backups.all(ORGANIZATION))


def in_memory() -> Record:
    accounts = FakeAccounts()
    instances, backups = FakeInstances(accounts), FakeBackups(accounts)
    turns = FakeBackupTurns(backups, instances)
    return Record(accounts, instances, backups, turns, FakeSchedules(backups, instances))


def in_dynamodb() -> Record:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return Record(
        DynamoDBAccounts(client, "table"),
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBBackups(client, "table"),
        DynamoDBBackupTurns(client, "table"),
        DynamoDBSchedules(client, "table"),
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    make: Callable[[], Record] = request.param
    record = make()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    return record


def test_a_backup_that_is_begun_is_there_and_its_instance_names_it(record: Record) -> None:
    instance = record.running()
    record.turns.begin(instance, a_backup(), BEGUN)
    assert record.backups.get(ORGANIZATION, "bkp_a1") == a_backup()
    assert record.instances.get(ORGANIZATION, "inst_a1") == replace(instance, backup_id="bkp_a1")


def test_another_after_it_begins_from_what_it_has_left(record: Record) -> None:
    record.turns.begin(record.running(), a_backup(), BEGUN)
    found = record.instances.get(ORGANIZATION, "inst_a1")
    assert found is not None
    record.turns.begin(found, a_backup(id="bkp_b2"), replace(BEGUN, id="audit_2"))
    assert len(record.all()) == 2


@pytest.mark.parametrize("changed", [{"backup_id": "bkp_other"}, {"status": Status.DELETING}])
def test_whoever_has_read_something_else_begins_none(record: Record, changed: dict[str, Any]) -> None:
    instance = record.running(**changed)
    with pytest.raises(RecordChanged):
        record.turns.begin(replace(instance, status=Status.RUNNING, backup_id=None), a_backup(), BEGUN)
    assert record.all() == []
    assert record.instances.get(ORGANIZATION, "inst_a1") == instance


def test_beyond_the_limit_nothing_changes(record: Record) -> None:
    instance = record.running()
    before = record.accounts.membership(ORGANIZATION)
    assert before is not None
    organization = replace(before.organization, limits=replace(before.organization.limits, backups=0))
    record.accounts.save(before, replace(before, organization=organization), an_entry(Action.ORGANIZATION_CHANGED))
    with pytest.raises(LimitExceeded):
        record.turns.begin(instance, a_backup(), BEGUN)
    assert record.instances.get(ORGANIZATION, "inst_a1") == instance


def test_of_a_schedule_s_and_its_owner_s_one_begins(record: Record) -> None:
    instance = record.running(backup_schedule=DAILY, next_backup_at=AT)
    record.turns.begin(instance, a_backup(), BEGUN)
    with pytest.raises(RecordChanged):
        record.schedules.begin(instance, a_backup(id="bkp_b2"), "2026-01-03T03:00:00.000Z", BEGUN)
    assert [backup.id for backup in record.all()] == ["bkp_a1"]


def test_of_its_owner_s_and_a_schedule_s_one_begins(record: Record) -> None:
    instance = record.running(backup_schedule=DAILY, next_backup_at=AT)
    record.schedules.begin(instance, a_backup(), "2026-01-03T03:00:00.000Z", BEGUN)
    with pytest.raises(RecordChanged):
        record.turns.begin(instance, a_backup(id="bkp_b2"), replace(BEGUN, id="audit_2"))
    assert [backup.id for backup in record.all()] == ["bkp_a1"]


def together(look: Callable[..., T]) -> Callable[..., T]:
    """Looking, when all have looked before any of them writes: each thread waits for the others the first time."""
    here, all_have = threading.local(), threading.Barrier(CROWD)

    def look_together(*asked: Any) -> T:
        found = look(*asked)
        if not hasattr(here, "looked"):
            here.looked = True
            all_have.wait(10)
        return found

    return look_together


def test_of_those_who_ask_at_the_same_moment_one_gets_a_backup_and_the_others_are_told(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.running()
    starter = FakeBackupStarter()
    service = BackupService(record.backups, record.instances, record.turns, starter, lambda: NOW)

    def ask(number: int) -> str:
        try:
            return service.create(a_caller(request_id=f"request-{number}"), "inst_a1", NewBackup()).status.value
        except BackupInProgress as error:
            return error.code

    with ThreadPoolExecutor(CROWD) as threads, monkeypatch.context() as patch:
        patch.setattr(record.backups, "of_instance", together(record.backups.of_instance))
        answers = sorted(threads.map(ask, range(CROWD)))
    assert answers == sorted(["CREATING", *[BackupInProgress.code] * (CROWD - 1)])
    [begun] = record.all()
    assert starter.started == [begun]
    record.backups.change(begun, begun.available(a_content(), NOW), None)
    again = service.create(a_caller(), "inst_a1", NewBackup())
    assert again.status is BackupStatus.CREATING
