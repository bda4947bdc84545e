"""What every record of a recovery does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import replace
from typing import Protocol

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.configuration.ports import ConfigurationStore
from swiftcache.configuration.table import DynamoDBConfigurationStore
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus, StartedEmpty
from swiftcache.instances.restore import Restore
from swiftcache.instances.silence import Silence
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import InstanceSuperseded, RecordChanged
from swiftcache.recovery.ports import Recoveries, Recovering, Silences
from swiftcache.recovery.silence_table import DynamoDBSilences
from swiftcache.recovery.table import DynamoDBRecoveries
from tests.fakes.configuration import FakeConfigurationStore
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.recovery import FakeRecoveries
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import audited, create_table

OLD = Endpoint("203.0.113.10", 6379, "arn:task/old", "data-1")
NEW = Endpoint("203.0.113.11", 6380, "arn:task/new", "data-1")
LATER = "2026-01-02T03:14:05.678Z"
FAILURE = Failure("CRASH_LOOP", "It stopped.", "DescribeRedisTask", "rec_1")
RUNNING = an_instance(
    status=Status.RUNNING, hostname="a1.redis.example.com", port=6379, endpoint=OLD, applied_revision=1
)
LOST = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.OUT_OF_MEMORY, AT, deaths=2)
RESTORE = Restore("bkp_a1", "backups/org_1/bkp_a1.rdb", "v1", "5e" * 32, 1_000_000, 60, 1_000, AT)
THIS = Recovering(ORGANIZATION, "inst_a1", "rec_1")


class Record(Protocol):
    accounts: Accounts
    instances: Instances
    configuration_store: ConfigurationStore
    recoveries: Recoveries
    silences: Silences

    def actions(self) -> list[str]: ...


class InMemory:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.instances = FakeInstances(self.accounts)
        self.configuration_store = FakeConfigurationStore(self.instances)
        self.recoveries = self.silences = FakeRecoveries(self.instances)

    def actions(self) -> list[str]:
        return [entry.action for entry in self.accounts.audit]


class InDynamoDB:
    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        self.accounts = DynamoDBAccounts(self.client, "table")
        self.instances = DynamoDBInstances(self.client, "table", lambda: NOW)
        self.configuration_store = DynamoDBConfigurationStore(self.client, "table")
        self.recoveries = DynamoDBRecoveries(self.client, "table")
        self.silences = DynamoDBSilences(self.client, "table")

    def actions(self) -> list[str]:
        return audited(self.client, "table", ORGANIZATION)


@pytest.fixture(params=[InMemory, InDynamoDB], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    record.instances.create(RUNNING, an_entry())
    return record


def now(record: Record) -> Instance:
    found = record.instances.get(ORGANIZATION, "inst_a1")
    assert found
    return found


def begin(record: Record, task: str = OLD.task, recovery: Recovery = LOST) -> bool:
    entry = an_entry(Action.INSTANCE_RECOVERING, id=f"audit_{recovery.id}")
    return record.recoveries.begin(RUNNING, task, recovery, entry)


def start(
    record: Record, recovering: Recovering, stopped: bool = False, refused: bool = False, not_loaded: bool = False
) -> Instance:
    return record.recoveries.start_attempt(recovering, stopped=stopped, refused=refused, not_loaded=not_loaded)


def recovered(record: Record, recovering: Recovering = THIS, endpoint: Endpoint = NEW) -> None:
    entry = an_entry(Action.INSTANCE_RECOVERED, id="audit_recovered", at=LATER)
    record.recoveries.mark_recovered(recovering, endpoint, entry)


def delete(record: Record) -> None:
    record.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry(id="audit_deleted"))


def test_a_lost_task_is_noted_with_its_audit_entry(record: Record) -> None:
    assert begin(record)
    assert now(record) == replace(RUNNING, recovery=LOST)
    assert now(record).recovering
    assert "instance.recovering" in record.actions()


def test_a_task_that_does_not_serve_is_no_loss(record: Record) -> None:
    assert not begin(record, task="arn:task/other")
    assert now(record) == RUNNING
    assert "instance.recovering" not in record.actions()


def test_one_recovery_begins_at_a_time(record: Record) -> None:
    begin(record)
    assert not begin(record, recovery=replace(LOST, id="rec_2"))
    assert now(record).recovery == LOST


def test_an_instance_that_is_deleted_is_not_recovered(record: Record) -> None:
    delete(record)
    assert not begin(record)
    assert now(record).recovery is None


def test_the_next_begins_after_one_that_ended(record: Record) -> None:
    begin(record)
    recovered(record)
    again = replace(LOST, id="rec_2", deaths=3)
    assert not begin(record, task=OLD.task, recovery=again)
    assert begin(record, task=NEW.task, recovery=again)
    assert now(record).recovery == again


def test_an_attempt_is_noted(record: Record) -> None:
    begin(record)
    found = start(record, replace(THIS, attempt=3))
    assert found == now(record) == replace(RUNNING, recovery=replace(LOST, attempt=3))


def test_a_task_that_stopped_is_one_more_death_however_often_its_attempt_is_noted(record: Record) -> None:
    begin(record)
    for _ in range(2):
        found = start(record, replace(THIS, attempt=1), stopped=True)
    assert found == now(record)
    assert found.recovery == replace(LOST, attempt=1, deaths=3)


def test_an_attempt_that_aws_refused_is_counted_apart(record: Record) -> None:
    begin(record)
    for attempt in (1, 2):
        found = start(record, replace(THIS, attempt=attempt), refused=True)
    assert found.recovery == replace(LOST, attempt=2, refusals=2)


def test_the_first_attempt_is_noted_from_the_beginning(record: Record) -> None:
    begin(record)
    assert start(record, THIS).recovery == LOST


def test_an_attempt_does_not_come_after_a_later_one(record: Record) -> None:
    begin(record)
    start(record, replace(THIS, attempt=2))
    with pytest.raises(InstanceSuperseded):
        start(record, replace(THIS, attempt=1))


@pytest.mark.parametrize("attempt", [0, 1])
def test_another_recovery_is_not_this_one(record: Record, attempt: int) -> None:
    begin(record)
    with pytest.raises(InstanceSuperseded):
        start(record, replace(THIS, recovery_id="rec_2", attempt=attempt))


def test_a_recovered_instance_is_served_by_its_new_task_which_is_to_be_configured(record: Record) -> None:
    begin(record)
    recovered(record)
    succeeded = replace(LOST, status=RecoveryStatus.SUCCEEDED, ended_at=LATER)
    assert now(record) == replace(RUNNING, endpoint=NEW, port=6380, applied_revision=0, recovery=succeeded)
    assert "instance.recovered" in record.actions()


def test_a_recovery_ends_once(record: Record) -> None:
    begin(record)
    recovered(record)
    recovered(record)
    assert record.actions().count("instance.recovered") == 1
    with pytest.raises(InstanceSuperseded):
        recovered(record, endpoint=replace(NEW, task="arn:task/late"))


def test_an_attempt_that_was_given_up_cannot_end_it(record: Record) -> None:
    begin(record)
    start(record, replace(THIS, attempt=1))
    with pytest.raises(InstanceSuperseded):
        recovered(record)
    assert now(record).endpoint == OLD


def test_a_deletion_ends_a_recovery_at_every_step(record: Record) -> None:
    begin(record)
    delete(record)
    with pytest.raises(InstanceSuperseded):
        start(record, THIS)
    with pytest.raises(InstanceSuperseded):
        start(record, replace(THIS, attempt=1), stopped=True)
    with pytest.raises(InstanceSuperseded):
        recovered(record)


def test_a_recovery_that_is_given_up_has_failed_with_the_reason(record: Record) -> None:
    begin(record)
    marked = record.instances.mark_error(ORGANIZATION, "inst_a1", FAILURE, LATER)
    assert marked == now(record)
    assert (marked.status, marked.failure, marked.recovering) == (Status.ERROR, FAILURE, False)
    assert marked.recovery == replace(LOST, status=RecoveryStatus.FAILED, ended_at=LATER)


def test_a_change_that_was_decided_before_the_loss_is_decided_anew(record: Record) -> None:
    before = now(record)
    begin(record)
    with pytest.raises(RecordChanged):
        record.configuration_store.store(before, replace(before, name="other"), an_entry(id="audit_changed"))


def test_what_a_recovery_begins_with_is_noted_and_that_there_is_a_definition_for_it(record: Record) -> None:
    begin(record)
    for _ in range(2):
        record.recoveries.begin_with(THIS, RESTORE, None)
    assert now(record) == replace(RUNNING, recovery=replace(LOST, restore=RESTORE), own_definitions=True)


def test_why_a_recovery_begins_with_nothing_is_noted(record: Record) -> None:
    begin(record)
    for _ in range(2):
        record.recoveries.begin_with(THIS, None, StartedEmpty.NO_BACKUP)
    assert now(record) == replace(RUNNING, recovery=replace(LOST, started_empty=StartedEmpty.NO_BACKUP))


def test_what_a_recovery_begins_with_may_change_from_attempt_to_attempt(record: Record) -> None:
    begin(record)
    record.recoveries.begin_with(THIS, None, StartedEmpty.NO_BACKUP)
    record.recoveries.begin_with(THIS, RESTORE, None)
    assert now(record).recovery == replace(LOST, restore=RESTORE)
    record.recoveries.begin_with(THIS, None, StartedEmpty.BACKUP_NOT_LOADED)
    assert now(record).recovery == replace(LOST, started_empty=StartedEmpty.BACKUP_NOT_LOADED)
    assert now(record).own_definitions, "those of before are there still"


def test_a_backup_that_was_not_loaded_is_counted_once_and_forgotten(record: Record) -> None:
    begin(record)
    record.recoveries.begin_with(THIS, RESTORE, None)
    for _ in range(2):
        found = start(record, replace(THIS, attempt=1), not_loaded=True)
    assert found.recovery == now(record).recovery == replace(LOST, attempt=1, failed_loads=1)


def test_what_an_attempt_began_with_stays_after_a_failure_of_another_kind(record: Record) -> None:
    begin(record)
    record.recoveries.begin_with(THIS, RESTORE, None)
    assert start(record, replace(THIS, attempt=1)).recovery == replace(LOST, attempt=1, restore=RESTORE)


def test_an_attempt_that_is_not_at_work_any_more_decides_nothing(record: Record) -> None:
    begin(record)
    start(record, replace(THIS, attempt=1))
    with pytest.raises(InstanceSuperseded):
        record.recoveries.begin_with(THIS, RESTORE, None)
    delete(record)
    with pytest.raises(InstanceSuperseded):
        record.recoveries.begin_with(replace(THIS, attempt=1), None, StartedEmpty.NO_BACKUP)
    assert not now(record).own_definitions


def test_what_a_recovery_began_with_is_told_when_it_is_over(record: Record) -> None:
    begin(record)
    record.recoveries.begin_with(THIS, RESTORE, None)
    recovered(record)
    succeeded = replace(LOST, status=RecoveryStatus.SUCCEEDED, ended_at=LATER, restore=RESTORE)
    assert now(record).recovery == succeeded


def test_what_a_recovery_begins_with_stays_when_keys_are_changed_meanwhile(record: Record) -> None:
    begin(record)
    before = now(record)
    record.recoveries.begin_with(THIS, RESTORE, None)
    with pytest.raises(RecordChanged):
        record.configuration_store.store(before, replace(before, name="other"), an_entry(id="audit_changed"))
    before = now(record)
    record.configuration_store.store(before, replace(before, recover_from_backup=True), an_entry(id="audit_changed"))
    assert now(record) == replace(before, recover_from_backup=True)


SILENT = Silence(OLD.task, AT)


def test_a_silence_is_noted_told_and_ended(record: Record) -> None:
    assert record.silences.store(now(record), SILENT)
    assert now(record) == replace(RUNNING, silence=SILENT)
    told = replace(SILENT, told=True)
    assert record.silences.store(now(record), told, an_entry(Action.INSTANCE_NOT_ANSWERING))
    assert now(record).silence == told
    assert record.actions().count("instance.not_answering") == 1
    assert record.silences.store(now(record), None)
    assert now(record) == RUNNING


def test_of_two_who_note_a_silence_one_does(record: Record) -> None:
    read = now(record)
    assert record.silences.store(read, SILENT)
    later = replace(SILENT, since=LATER)
    assert not record.silences.store(read, later, an_entry(Action.INSTANCE_NOT_ANSWERING))
    assert now(record).silence == SILENT
    assert "instance.not_answering" not in record.actions()


def test_the_silence_of_a_task_that_serves_no_more_is_not_noted(record: Record) -> None:
    assert not record.silences.store(replace(now(record), endpoint=NEW), SILENT)
    delete(record)
    assert not record.silences.store(RUNNING, SILENT)
    assert now(record).silence is None
