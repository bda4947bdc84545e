"""What every record of backups does: the one in AWS, and the fake that other tests use."""

from dataclasses import replace
from typing import Any, Protocol

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.model import BackupStatus, Verification
from swiftcache.backups.ports import Backups
from swiftcache.backups.table import DynamoDBBackups
from swiftcache.instances.failure import Failure
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import InvalidRequest, LimitExceeded, NotFound, RecordChanged
from swiftcache.platform.items import organization_key
from tests.fakes.backups import FakeBackups
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, a_backup, a_content, an_account, an_entry
from tests.tables import audited, create_table


class Record(Protocol):
    accounts: Accounts
    backups: Backups

    def audited(self) -> list[str]: ...


class InMemory:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.backups = FakeBackups(self.accounts)

    def audited(self) -> list[str]:
        return [entry.action for entry in self.accounts.audit]


class InAws:
    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        self.accounts = DynamoDBAccounts(self.client, "table")
        self.backups = DynamoDBBackups(self.client, "table")

    def audited(self) -> list[str]:
        return audited(self.client, "table", ORGANIZATION)


@pytest.fixture(params=[InMemory, InAws], ids=["memory", "aws"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    for owner in (ORGANIZATION, "org_2"):
        an_account(record.accounts, owner, f"sk_live_{owner}")
    return record


requested = an_entry(Action.BACKUP_REQUESTED, id="audit_1", at="2026-01-02T03:04:06.000Z")
told = an_entry(Action.BACKUP_AVAILABLE, id="audit_2", at="2026-01-02T03:04:07.000Z")
FAILURE = Failure("S3_UNAVAILABLE", "S3 took nothing.", "TakeBackup", "request-1")


def test_a_backup_is_as_it_was_created(record: Record) -> None:
    record.backups.create(a_backup(), requested)
    assert record.backups.get(ORGANIZATION, "bkp_a1") == a_backup()
    assert record.audited()[-1] == Action.BACKUP_REQUESTED


def test_another_organization_has_no_such_backup(record: Record) -> None:
    record.backups.create(a_backup(), requested)
    assert record.backups.get("org_2", "bkp_a1") is None


def test_an_organization_that_is_not_there_gets_no_backup(record: Record) -> None:
    with pytest.raises(NotFound):
        record.backups.create(a_backup(organization_id="org_3"), requested)


def test_a_change_is_kept_with_what_is_told_of_it(record: Record) -> None:
    record.backups.create(a_backup(), requested)
    available = a_backup().available(a_content(), NOW)
    record.backups.change(a_backup(), available, told)
    assert record.backups.get(ORGANIZATION, "bkp_a1") == available
    assert record.audited()[-1] == Action.BACKUP_AVAILABLE


def test_the_same_change_made_again_does_nothing(record: Record) -> None:
    record.backups.create(a_backup(), requested)
    failed = a_backup().failed(FAILURE, NOW)
    record.backups.change(a_backup(), failed, told)
    record.backups.change(a_backup(), failed, replace(told, id="audit_3"))
    assert record.audited().count(Action.BACKUP_AVAILABLE) == 1


def test_of_two_changes_of_the_same_backup_one_is_refused(record: Record) -> None:
    record.backups.create(a_backup(), requested)
    record.backups.change(a_backup(), a_backup().with_upload("upload-1"), None)
    with pytest.raises(RecordChanged):
        record.backups.change(a_backup(), a_backup().failed(FAILURE, NOW), told)


def test_a_verified_backup_knows_how_many_keys_it_has(record: Record) -> None:
    backup = a_backup().available(a_content(keys=None), NOW)
    record.backups.create(backup, requested)
    verified = backup.with_verification(Verification(AT, 42, 3))
    record.backups.change(backup, verified, told)
    found = record.backups.get(ORGANIZATION, "bkp_a1")
    assert found == verified
    assert found.content == a_content(keys=42)


def test_what_is_done_with_a_backup_is_told_and_leaves_it_as_it_is(record: Record) -> None:
    record.backups.create(a_backup(), an_entry())
    record.backups.tell(a_backup(), an_entry(action=Action.BACKUP_DOWNLOADED, at="2026-01-02T03:04:06.000Z"))
    assert record.backups.get(ORGANIZATION, "bkp_a1") == a_backup()
    assert record.audited()[-1] == Action.BACKUP_DOWNLOADED


@pytest.mark.parametrize("backup_id", ["bkp_a1", "bkp_gone"])
def test_nothing_is_told_of_a_backup_that_has_changed_or_is_gone(record: Record, backup_id: str) -> None:
    record.backups.create(a_backup(), an_entry())
    record.backups.change(a_backup(), a_backup().deleting(), None)
    before = record.audited()
    with pytest.raises(RecordChanged):
        record.backups.tell(a_backup(id=backup_id), an_entry())
    assert record.audited() == before


def test_only_a_backup_that_is_deleting_is_removed(record: Record) -> None:
    record.backups.create(a_backup(), requested)
    record.backups.remove(a_backup(), told)
    assert record.backups.get(ORGANIZATION, "bkp_a1") == a_backup()
    record.backups.change(a_backup(), a_backup().deleting(), None)
    record.backups.remove(a_backup().deleting(), told)
    record.backups.remove(a_backup().deleting(), told)
    assert record.backups.get(ORGANIZATION, "bkp_a1") is None


def test_backups_are_listed_the_newest_first_in_pages(record: Record) -> None:
    for number in range(5):
        at = f"2026-01-0{number + 1}T03:04:05.678Z"
        instance_id = "inst_a1" if number % 2 else "inst_b2"
        record.backups.create(a_backup(id=f"bkp_{number}", created_at=at, instance_id=instance_id), requested)
    first = record.backups.of_organization(ORGANIZATION, 3, None)
    assert [backup.id for backup in first.backups] == ["bkp_4", "bkp_3", "bkp_2"]
    second = record.backups.of_organization(ORGANIZATION, 3, first.cursor)
    assert [backup.id for backup in second.backups] == ["bkp_1", "bkp_0"]
    found = record.backups.of_instance(ORGANIZATION, "inst_a1", 10, None)
    assert ([backup.id for backup in found.backups], found.cursor) == (["bkp_3", "bkp_1"], None)


def test_a_foreign_cursor_is_refused(record: Record) -> None:
    with pytest.raises(InvalidRequest):
        record.backups.of_organization(ORGANIZATION, 3, "not-a-cursor")


def test_a_backup_is_due_when_it_expires_or_nobody_can_be_at_work_on_it_any_more(record: Record) -> None:
    record.backups.create(a_backup(), requested)
    available = a_backup(id="bkp_b2").available(a_content(), NOW)
    record.backups.create(available, replace(requested, id="audit_9"))
    assert record.backups.due("2026-01-02T03:44:05.677Z", 10) == []
    assert record.backups.due("2026-01-02T03:44:05.678Z", 10) == [(ORGANIZATION, "bkp_a1")]
    assert record.backups.due("2026-02-02T00:00:00.000Z", 10) == [(ORGANIZATION, "bkp_a1"), (ORGANIZATION, "bkp_b2")]
    assert record.backups.due("2026-02-02T00:00:00.000Z", 1) == [(ORGANIZATION, "bkp_a1")]


def test_an_organization_has_no_more_backups_than_its_limit() -> None:
    record = InAws()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    record.client.update_item(
        TableName="table",
        Key=organization_key(ORGANIZATION),
        UpdateExpression="SET backupLimit = :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    record.backups.create(a_backup(), requested)
    with pytest.raises(LimitExceeded) as refused:
        record.backups.create(a_backup(id="bkp_b2"), replace(requested, id="audit_2"))
    assert ("backups", 1, 1) in [(usage.name, usage.limit, usage.used) for usage in refused.value.figures]
    record.backups.change(a_backup(), a_backup().deleting(), None)
    record.backups.remove(a_backup().deleting(), None)
    record.backups.create(a_backup(id="bkp_b2"), replace(requested, id="audit_2"))


def test_bytes_count_while_they_are_kept() -> None:
    record = InAws()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    record.backups.create(a_backup(), requested)
    available = a_backup().available(a_content(), NOW)
    record.backups.change(a_backup(), available, told)

    def used() -> str:
        item: Any = record.client.get_item(TableName="table", Key=organization_key(ORGANIZATION))["Item"]
        return str(item["backupBytes"]["N"])

    assert used() == "1000000"
    record.backups.change(available, available.deleting(), None)
    record.backups.remove(available.deleting(), None)
    assert used() == "0"


def test_what_became_of_a_status_is_final(record: Record) -> None:
    failed = a_backup().failed(FAILURE, NOW)
    assert (failed.status, failed.content, failed.due_at) == (BackupStatus.FAILED, None, "2026-02-01T03:04:05.678Z")
