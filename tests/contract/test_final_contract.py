"""What every record of final backups does: the one in AWS, and the fake that other tests use."""

from dataclasses import replace
from typing import Any, Protocol

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.access.identity import Actor
from swiftcache.backups.final_ports import FinalBackupRecord
from swiftcache.backups.final_table import DynamoDBFinalBackupRecord
from swiftcache.backups.model import Backup, BackupKind
from swiftcache.backups.ports import Backups
from swiftcache.backups.table import DynamoDBBackups
from swiftcache.instances.failure import Failure
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode
from swiftcache.instances.fleet_index import DynamoDBFleet
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Instances, Receipts
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.receipts_table import DynamoDBReceipts
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import IllegalTransition, LimitExceeded, NotFound, RecordChanged
from tests.fakes.backups import FakeBackups
from tests.fakes.final import FakeFinalBackupRecord
from tests.fakes.instances import FakeInstances, FakeReceipts
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, a_backup, a_content, an_account, an_entry, an_instance
from tests.tables import audited, create_table

FINAL = FinalBackup(
    FinalBackupMode.REQUIRED, AT, "request-2", Actor("admin", "key_1", "mem_1"), "bkp_a1", "arn:task", AT
)
FAILED = replace(FINAL, failure=Failure("S3_UNAVAILABLE", "S3 took nothing.", "TakeBackup", "request-2"))


class Record(Protocol):
    accounts: Accounts
    instances: Instances
    backups: Backups
    receipts: Receipts
    final: FinalBackupRecord

    def audited(self) -> list[str]: ...


class InMemory:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.instances = FakeInstances(self.accounts)
        self.backups = FakeBackups(self.accounts)
        self.receipts = FakeReceipts(self.instances)
        self.final = FakeFinalBackupRecord(self.instances, self.backups)

    def audited(self) -> list[str]:
        return [entry.action for entry in self.accounts.audit]


class InAws:
    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        self.accounts = DynamoDBAccounts(self.client, "table")
        self.instances = DynamoDBInstances(self.client, "table", lambda: NOW)
        self.backups = DynamoDBBackups(self.client, "table")
        self.receipts = DynamoDBReceipts(self.client, "table")
        self.final = DynamoDBFinalBackupRecord(self.client, "table")

    def audited(self) -> list[str]:
        return audited(self.client, "table", ORGANIZATION)


@pytest.fixture(params=[InMemory, InAws], ids=["memory", "aws"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    return record


RUNNING = an_instance(
    status=Status.RUNNING,
    applied_revision=1,
    hostname="a1.redis.example.com",
    port=6379,
    endpoint=Endpoint("203.0.113.10", 6379, "arn:task"),
)
BACKUP = a_backup(kind=BackupKind.FINAL)
requested = an_entry(Action.BACKUP_REQUESTED, id="audit_1", at="2026-01-02T03:04:06.000Z")
asked = an_entry(Action.INSTANCE_DELETION_REQUESTED, id="audit_2", at="2026-01-02T03:04:07.000Z")
told = an_entry(Action.INSTANCE_DELETION_FAILED, id="audit_3", at="2026-01-02T03:04:08.000Z")
undeleted = an_entry(Action.INSTANCE_UNDELETED, id="audit_4", at="2026-01-02T03:04:09.000Z")


def found(record: Record) -> Instance:
    instance = record.instances.get(ORGANIZATION, "inst_a1")
    assert instance
    return instance


def begun(record: Record) -> Instance:
    record.instances.create(RUNNING, an_entry(id="audit_0"))
    record.final.begin(RUNNING, replace(RUNNING, final_backup=FINAL), BACKUP, requested, asked)
    return found(record)


def test_an_instance_waits_for_its_backup_from_the_moment_that_there_is_one(record: Record) -> None:
    assert begun(record) == replace(RUNNING, final_backup=FINAL)
    assert record.backups.get(ORGANIZATION, "bkp_a1") == BACKUP
    assert record.audited()[-2:] == [Action.BACKUP_REQUESTED, Action.INSTANCE_DELETION_REQUESTED]


@pytest.mark.parametrize(
    "different",
    [
        {"status": Status.ERROR},
        {"deletion_protection": True},
        {"revision": 2},
        {"endpoint": Endpoint("203.0.113.11", 6379, "arn:other")},
        {"final_backup": FAILED},
    ],
)
def test_what_was_decided_from_another_reading_is_not_written(record: Record, different: dict[str, Any]) -> None:
    record.instances.create(RUNNING, an_entry(id="audit_0"))
    read = replace(RUNNING, **different)
    with pytest.raises(RecordChanged):
        record.final.begin(read, replace(read, final_backup=FINAL), BACKUP, requested, asked)
    with pytest.raises(RecordChanged):
        record.final.change(read, replace(read, final_backup=FINAL), told)
    assert (found(record), record.backups.get(ORGANIZATION, "bkp_a1")) == (RUNNING, None)


def test_an_instance_that_is_gone_waits_for_nothing(record: Record) -> None:
    with pytest.raises(RecordChanged):
        record.final.begin(RUNNING, replace(RUNNING, final_backup=FINAL), BACKUP, requested, asked)
    with pytest.raises(RecordChanged):
        record.final.change(RUNNING, replace(RUNNING, final_backup=FINAL))


def test_a_limit_keeps_both_from_being_written(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swiftcache.organizations.model.MAX_BACKUPS", 1, raising=False)
    record.instances.create(RUNNING, an_entry(id="audit_0"))
    with pytest.raises(NotFound):
        record.final.begin(
            RUNNING,
            replace(RUNNING, final_backup=FINAL),
            replace(BACKUP, organization_id="org_gone"),
            requested,
            asked,
        )
    assert found(record) == RUNNING


def test_the_deletion_and_what_the_backup_knows_of_it_are_one(record: Record) -> None:
    waiting = begun(record)
    available = BACKUP.available(a_content(), NOW)
    record.backups.change(BACKUP, available, None)
    deleting = replace(waiting, status=Status.DELETING, reason="DELETE_REQUESTED", request_id="request-2")
    sealed = replace(available, source=deleting, revision=available.revision + 1)
    record.final.change(waiting, deleting, sealed=(available, sealed))
    assert (found(record), record.backups.get(ORGANIZATION, "bkp_a1")) == (deleting, sealed)
    with pytest.raises(RecordChanged):
        record.final.change(waiting, deleting, sealed=(available, sealed))


def test_a_backup_that_was_changed_meanwhile_keeps_the_instance(record: Record) -> None:
    waiting = begun(record)
    deleting = replace(waiting, status=Status.DELETING)
    stale = replace(BACKUP, revision=7)
    with pytest.raises(RecordChanged):
        record.final.change(waiting, deleting, sealed=(stale, replace(stale, source=deleting, revision=8)))
    assert (found(record), record.backups.get(ORGANIZATION, "bkp_a1")) == (waiting, BACKUP)


def test_what_failed_is_told_with_the_reason(record: Record) -> None:
    waiting = begun(record)
    staying = replace(waiting, final_backup=FAILED, revision=2)
    record.final.change(waiting, staying, told)
    assert found(record) == staying
    assert record.audited()[-1] == Action.INSTANCE_DELETION_FAILED


def test_a_plain_deletion_waits_for_nothing(record: Record) -> None:
    begun(record)
    record.instances.mark_deleting(ORGANIZATION, "inst_a1", told)
    assert (found(record).status, found(record).final_backup) == (Status.DELETING, None)


def gone(record: Record) -> Backup:
    """The backup of an instance that is no more."""
    waiting = begun(record)
    deleting = replace(waiting, status=Status.DELETING)
    sealed = replace(BACKUP.available(a_content(), NOW), source=deleting)
    record.backups.change(BACKUP, sealed, None)
    record.final.change(waiting, deleting)
    record.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    return sealed


def test_an_undeleted_instance_is_there_and_counted_and_has_no_receipt(record: Record) -> None:
    backup = gone(record)
    assert record.receipts.get(ORGANIZATION, "inst_a1", NOW)
    again = an_instance(generation=7)
    record.final.undelete(again, backup, replace(backup, revision=backup.revision + 1), undeleted)
    assert found(record) == again
    assert record.receipts.get(ORGANIZATION, "inst_a1", NOW) is None
    organization = record.accounts.organization(ORGANIZATION)
    assert organization
    assert (organization.used.instances, organization.used.memory) == (1, again.max_memory)
    assert record.audited()[-1] == Action.INSTANCE_UNDELETED


def test_of_two_undeletions_one_is_refused(record: Record) -> None:
    backup = gone(record)
    after = replace(backup, revision=backup.revision + 1)
    record.final.undelete(an_instance(generation=7), backup, after, undeleted)
    with pytest.raises((IllegalTransition, RecordChanged)):
        record.final.undelete(an_instance(generation=8), backup, after, replace(undeleted, id="audit_5"))
    assert found(record).generation == 7
    organization = record.accounts.organization(ORGANIZATION)
    assert organization
    assert organization.used.instances == 1


def test_an_instance_that_is_there_is_not_undeleted(record: Record) -> None:
    backup = gone(record)
    record.instances.create(RUNNING, an_entry(id="audit_9"))
    with pytest.raises(IllegalTransition) as refused:
        record.final.undelete(an_instance(generation=7), backup, replace(backup, revision=9), undeleted)
    assert refused.value.current == Status.RUNNING


def test_a_backup_that_is_being_removed_is_not_undeleted(record: Record) -> None:
    backup = gone(record)
    record.backups.change(backup, backup.deleting(), None)
    with pytest.raises(RecordChanged):
        record.final.undelete(an_instance(generation=7), backup, replace(backup, revision=9), undeleted)
    assert record.instances.get(ORGANIZATION, "inst_a1") is None


def test_an_undeletion_takes_of_the_limits(record: Record) -> None:
    backup = gone(record)
    with pytest.raises(LimitExceeded):
        record.final.undelete(
            an_instance(generation=7, max_memory=2**50), backup, replace(backup, revision=9), undeleted
        )
    assert record.instances.get(ORGANIZATION, "inst_a1") is None


def test_a_deletion_that_waits_in_vain_is_found() -> None:
    record: Any = InAws()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    waiting = begun(record)
    fleet = DynamoDBFleet(record.client, "table")
    assert list(fleet.due("2026-01-02T03:49:05.000Z")) == []
    assert [instance.id for instance in fleet.due("2026-01-02T03:49:06.000Z")] == ["inst_a1"]
    record.final.change(waiting, replace(waiting, final_backup=FAILED))
    assert list(fleet.due("2026-01-03T00:00:00.000Z")) == []
