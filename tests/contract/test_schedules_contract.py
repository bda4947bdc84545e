"""What every record of schedules does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.ports import BackupCounts, Backups, BackupUse, Schedules
from swiftcache.backups.schedules_table import DynamoDBSchedules
from swiftcache.backups.table import DynamoDBBackups
from swiftcache.backups.usage_table import DynamoDBBackupCounts
from swiftcache.configuration.ports import ConfigurationStore
from swiftcache.configuration.table import DynamoDBConfigurationStore
from swiftcache.instances.backup_schedule import BackupSchedule, Interval
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.model import Limits, OrganizationStatus
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import Conflict, LimitExceeded, LimitUsage, RecordChanged
from swiftcache.platform.items import organization_key
from tests.fakes.backups import FakeBackupCounts, FakeBackups, FakeSchedules
from tests.fakes.configuration import FakeConfigurationStore
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, a_backup, a_content, an_account, an_entry, an_instance
from tests.tables import create_table

LATER = "2026-01-02T04:04:05.678Z"
DAILY = BackupSchedule(Interval.ONE_DAY, keep=7, at="03:00")
BEGUN, SKIPPED = (an_entry(action, id=f"audit_{action}") for action in (Action.BACKUP_REQUESTED, Action.BACKUP_SKIPPED))
RECOVERY = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.REDIS_STOPPED, AT)
FAILURE = Failure("REDIS_STOPPED", "It stopped.", "DescribeNewTask", "request-1")


@dataclass
class Record:
    accounts: Accounts
    instances: Instances
    backups: Backups
    schedules: Schedules
    counts: BackupCounts
    configuration_store: ConfigurationStore

    def holding(self, **different: Any) -> Instance:
        due = {"status": Status.RUNNING, "backup_schedule": DAILY, "next_backup_at": AT}
        instance = an_instance(**due | different)
        self.instances.create(instance, an_entry(id=f"audit_{instance.id}"))
        return instance

    def found(self) -> Instance:
        found = self.instances.get(ORGANIZATION, "inst_a1")
        assert found is not None
        return found

    def limited_to(self, **limits: int) -> None:
        before = self.accounts.membership(ORGANIZATION)
        assert before is not None
        changed = replace(before.organization, limits=replace(before.organization.limits, **limits))
        self.accounts.save(before, replace(before, organization=changed), an_entry(Action.ORGANIZATION_CHANGED))


def in_memory() -> Record:
    accounts = FakeAccounts()
    instances, backups = FakeInstances(accounts), FakeBackups(accounts)
    return Record(
        accounts,
        instances,
        backups,
        FakeSchedules(backups, instances),
        FakeBackupCounts(accounts),
        FakeConfigurationStore(instances),
    )


def in_dynamodb() -> Record:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return Record(
        DynamoDBAccounts(client, "table"),
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBBackups(client, "table"),
        DynamoDBSchedules(client, "table"),
        DynamoDBBackupCounts(client, "table"),
        DynamoDBConfigurationStore(client, "table"),
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    return record


def test_an_instance_is_due_from_its_time_on(record: Record) -> None:
    assert record.holding() == record.found()
    record.holding(id="inst_b2", backup_schedule=None, next_backup_at=None)
    assert record.schedules.due("2026-01-02T03:04:05.677Z", 10) == []
    assert record.schedules.due(AT, 10) == [(ORGANIZATION, "inst_a1")]


def test_those_that_have_waited_longest_come_first(record: Record) -> None:
    for number in range(3):
        record.holding(id=f"inst_{number}", next_backup_at=f"2026-01-02T03:04:0{5 - number}.000Z")
    assert record.schedules.due(AT, 2) == [(ORGANIZATION, "inst_2"), (ORGANIZATION, "inst_1")]


def test_a_beginning_is_a_backup_and_the_next_time_together(record: Record) -> None:
    instance = record.holding()
    record.schedules.begin(instance, a_backup(), LATER, BEGUN)
    assert record.backups.get(ORGANIZATION, "bkp_a1") == a_backup()
    assert record.found() == replace(instance, next_backup_at=LATER, backup_id="bkp_a1")
    assert (record.schedules.due(AT, 10), record.schedules.due(LATER, 10)) == ([], [(ORGANIZATION, "inst_a1")])
    assert record.counts.read(ORGANIZATION) == replace(record.counts.read(ORGANIZATION) or BackupUse(0, 0), backups=1)


def test_of_two_beginnings_of_the_same_backup_one_is_refused(record: Record) -> None:
    instance = record.holding()
    record.schedules.begin(instance, a_backup(), LATER, BEGUN)
    with pytest.raises(RecordChanged):
        record.schedules.begin(instance, a_backup(id="bkp_b2"), LATER, replace(BEGUN, id="audit_2"))
    assert record.backups.get(ORGANIZATION, "bkp_b2") is None


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.DELETING, Status.ERROR])
def test_only_of_a_running_instance_a_backup_is_begun(record: Record, status: Status) -> None:
    instance = record.holding(status=status)
    with pytest.raises(RecordChanged):
        record.schedules.begin(instance, a_backup(), LATER, BEGUN)
    assert record.backups.get(ORGANIZATION, "bkp_a1") is None


def test_a_beginning_beyond_the_limit_is_refused_with_figures_and_nothing_moves(record: Record) -> None:
    instance = record.holding()
    record.limited_to(backups=0)
    with pytest.raises(LimitExceeded) as refused:
        record.schedules.begin(instance, a_backup(), LATER, BEGUN)
    assert refused.value.figures[0] == LimitUsage("backups", 0, 0, 1)
    assert record.found() == instance


def test_a_beginning_beyond_the_bytes_is_refused(record: Record) -> None:
    instance = record.holding()
    record.limited_to(backup_bytes=1_000_000)
    record.backups.create(a_backup(id="bkp_b2").available(a_content(), NOW), replace(BEGUN, id="audit_2"))
    with pytest.raises(LimitExceeded):
        record.schedules.begin(instance, a_backup(), LATER, BEGUN)


def test_in_an_organization_that_is_not_active_none_is_begun(record: Record) -> None:
    instance = record.holding()
    before = record.accounts.membership(ORGANIZATION)
    assert before is not None
    record.accounts.save(before, before.with_status(OrganizationStatus.SUSPENDED), an_entry(id="audit_3"))
    with pytest.raises(Conflict):
        record.schedules.begin(instance, a_backup(), LATER, BEGUN)


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.RUNNING])
def test_one_is_put_off(record: Record, status: Status) -> None:
    instance = record.holding(status=status)
    record.schedules.put_off(instance, LATER, SKIPPED)
    assert record.found() == replace(instance, next_backup_at=LATER)
    with pytest.raises(RecordChanged):
        record.schedules.put_off(instance, LATER, None)


def test_a_deleted_instance_is_not_due_any_more(record: Record) -> None:
    record.holding()
    record.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry(Action.INSTANCE_DELETION_REQUESTED, id="audit_4"))
    assert record.found().next_backup_at is None
    assert record.found().backup_schedule == DAILY
    assert record.schedules.due(LATER, 10) == []


def test_an_expired_instance_is_not_due_any_more(record: Record) -> None:
    record.holding(expires_at=AT)
    record.instances.mark_expired(ORGANIZATION, "inst_a1", AT, an_entry(id="audit_4"))
    assert (record.found().next_backup_at, record.schedules.due(LATER, 10)) == (None, [])


@pytest.mark.parametrize("different", [{"status": Status.PROVISIONING}, {"recovery": RECOVERY}], ids=["new", "lost"])
def test_a_failed_instance_is_not_due_any_more(record: Record, different: dict[str, Any]) -> None:
    record.holding(**different)
    record.instances.mark_error(ORGANIZATION, "inst_a1", FAILURE, AT)
    assert (record.found().next_backup_at, record.schedules.due(LATER, 10)) == (None, [])


def test_an_instance_that_comes_to_run_is_due_at_its_time(record: Record) -> None:
    record.holding(status=Status.PROVISIONING)
    record.instances.mark_running(ORGANIZATION, "inst_a1", "a.example.com", Endpoint("203.0.113.10", 6379), AT)
    assert (record.found().next_backup_at, record.schedules.due(AT, 10)) == (AT, [(ORGANIZATION, "inst_a1")])


def test_a_schedule_is_set_changed_and_ended_with_the_index(record: Record) -> None:
    before = record.holding(backup_schedule=None, next_backup_at=None)
    assert record.schedules.due(LATER, 10) == []
    scheduled = replace(before, backup_schedule=DAILY, next_backup_at=AT)
    record.configuration_store.store(before, scheduled, an_entry(id="audit_5"))
    assert (record.found(), record.schedules.due(AT, 10)) == (scheduled, [(ORGANIZATION, "inst_a1")])
    moved = replace(scheduled, backup_schedule=replace(DAILY, at=None), next_backup_at=LATER)
    record.configuration_store.store(scheduled, moved, an_entry(id="audit_6"))
    assert (record.found(), record.schedules.due(AT, 10)) == (moved, [])
    record.configuration_store.store(moved, before, an_entry(id="audit_7"))
    assert (record.found(), record.schedules.due(LATER, 10)) == (before, [])


def test_a_change_that_was_decided_before_a_backup_was_begun_is_refused(record: Record) -> None:
    before = record.holding()
    record.schedules.begin(before, a_backup(), LATER, BEGUN)
    ended = replace(before, backup_schedule=None, next_backup_at=None)
    with pytest.raises(RecordChanged):
        record.configuration_store.store(before, ended, an_entry(id="audit_8"))


def test_all_backups_of_an_organization_are_read_in_the_order_of_their_ids(record: Record) -> None:
    an_account(record.accounts, "org_2", "sk_live_2")
    for name in ("b", "a", "c"):
        record.backups.create(a_backup(id=f"bkp_{name}"), replace(BEGUN, id=f"audit_{name}"))
    record.backups.create(a_backup(id="bkp_d", organization_id="org_2"), replace(BEGUN, id="audit_d"))
    assert [backup.id for backup in record.backups.all(ORGANIZATION)] == ["bkp_a", "bkp_b", "bkp_c"]


def test_an_organizations_use_of_backups_is_shown_with_its_limits(record: Record) -> None:
    record.limited_to(backups=5, backup_bytes=2_000_000)
    record.backups.create(a_backup().available(a_content(), NOW), BEGUN)
    found = record.accounts.organization(ORGANIZATION)
    assert found is not None
    assert found.used == Limits(0, 0, 1, 1_000_000)
    assert (found.left.backups, found.left.backup_bytes) == (4, 1_000_000)


def test_a_wrong_count_of_backups_is_corrected_unless_it_has_changed(record: Record) -> None:
    record.backups.create(a_backup().available(a_content(), NOW), BEGUN)
    seen = record.counts.read(ORGANIZATION)
    assert seen is not None
    record.backups.create(a_backup(id="bkp_b2"), replace(BEGUN, id="audit_2"))
    assert not record.counts.correct(ORGANIZATION, seen, 7, 7)
    again = record.counts.read(ORGANIZATION)
    assert again is not None
    assert record.counts.correct(ORGANIZATION, again, 7, 7)
    corrected = record.counts.read(ORGANIZATION)
    assert corrected is not None
    assert (corrected.backups, corrected.size_bytes) == (7, 7)


def test_an_organization_that_is_gone_counts_nothing(record: Record) -> None:
    assert record.counts.read("org_gone") is None


def test_an_organization_from_before_there_were_backups_has_the_default_limits() -> None:
    record = in_dynamodb()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    client = boto3.client("dynamodb", region_name="eu-central-1")
    client.update_item(
        TableName="table",
        Key=organization_key(ORGANIZATION),
        UpdateExpression="REMOVE backupLimit, backupBytesLimit, backupCount, backupBytes",
    )
    record.backups.create(a_backup().available(a_content(), NOW), BEGUN)
    found = record.accounts.organization(ORGANIZATION)
    assert found is not None
    assert (found.used.backups, found.limits.backups, found.limits.backup_bytes) == (1, 1000, 1024**4)
    assert record.counts.correct(ORGANIZATION, record.counts.read(ORGANIZATION) or BackupUse(0, 0), 1, 1_000_000)


def test_two_changes_of_a_count_that_balance_are_noticed() -> None:
    record = in_dynamodb()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    seen = record.counts.read(ORGANIZATION)
    assert seen is not None
    record.backups.create(a_backup(), BEGUN)
    record.backups.change(a_backup(), a_backup().deleting(), None)
    record.backups.remove(a_backup().deleting(), None)
    after = record.counts.read(ORGANIZATION)
    assert after is not None
    assert (after.backups, after.size_bytes) == (seen.backups, seen.size_bytes)
    assert not record.counts.correct(ORGANIZATION, seen, 3, 3)
