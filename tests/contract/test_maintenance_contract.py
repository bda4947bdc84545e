"""What every record of maintenance does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from swiftcache.access.audit import Action, AuditEntry
from swiftcache.configuration.ports import ConfigurationStore
from swiftcache.configuration.table import DynamoDBConfigurationStore
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.maintenance_window import Day, MaintenanceWindow
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.pending_maintenance import PendingMaintenance
from swiftcache.instances.ports import Instances
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.maintenance.ports import DueMaintenance, MaintenanceRecord
from swiftcache.maintenance.table import DynamoDBMaintenance
from swiftcache.organizations.audit_table import DynamoDBAuditLog
from swiftcache.organizations.ports import Accounts, AuditLog
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import RecordChanged
from tests.fakes.configuration import FakeConfigurationStore
from tests.fakes.instances import FakeInstances
from tests.fakes.maintenance import FakeMaintenance
from tests.fakes.organizations import FakeAccounts, FakeAuditLog
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

SERVING = Endpoint("203.0.113.10", 6379, "arn:task/1")
LATER, LAST = "2026-01-09T03:00:00.000Z", "2026-01-20T03:00:00.000Z"
RETIREMENT = PendingMaintenance(ChangeReason.RETIREMENT, AT, LAST, LATER, "arn:task/1", tried="chg_0")
IMAGE = replace(RETIREMENT, reason=ChangeReason.IMAGE, starts_at=AT, at_once=True, tried=None)
TOLD = an_entry(Action.INSTANCE_MAINTENANCE_SCHEDULED, id="audit_told")


@dataclass
class Record:
    accounts: Accounts
    instances: Instances
    configuration_store: ConfigurationStore
    maintenance: MaintenanceRecord
    log: AuditLog

    def running(self, **different: Any) -> Instance:
        instance = an_instance(**{"status": Status.RUNNING, "endpoint": SERVING} | different)
        self.instances.create(instance, an_entry(id=f"audit_{instance.id}"))
        return instance

    def pending(self, before: Instance, *pending: PendingMaintenance) -> Instance:
        after = replace(before, pending_maintenance=pending)
        self.maintenance.store(before, after, None)
        return after

    def has_told(self, audit: AuditEntry) -> bool:
        return audit in self.log.page(ORGANIZATION, 10, None).entries

    def found(self) -> Instance | None:
        return self.instances.get(ORGANIZATION, "inst_a1")


def in_memory() -> Record:
    accounts = FakeAccounts()
    instances = FakeInstances(accounts)
    return Record(
        accounts, instances, FakeConfigurationStore(instances), FakeMaintenance(instances), FakeAuditLog(accounts)
    )


def in_dynamodb() -> Record:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return Record(
        DynamoDBAccounts(client, "table"),
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBConfigurationStore(client, "table"),
        DynamoDBMaintenance(client, "table"),
        DynamoDBAuditLog(client, "table"),
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    return record


def due(at: str, instance_id: str = "inst_a1") -> DueMaintenance:
    return DueMaintenance(ORGANIZATION, instance_id, at)


def test_what_is_pending_is_found_as_it_was_stored(record: Record) -> None:
    after = record.pending(record.running(), RETIREMENT, IMAGE)
    assert record.found() == after


def test_an_instance_is_due_when_the_first_of_what_is_pending_begins(record: Record) -> None:
    instance = record.pending(record.running(), RETIREMENT)
    assert (record.maintenance.due(AT, 10), record.maintenance.due(LATER, 10)) == ([], [due(LATER)])
    record.pending(instance, RETIREMENT, IMAGE)
    assert record.maintenance.due(AT, 10) == [due(AT)]


def test_those_that_have_waited_longest_come_first(record: Record) -> None:
    for number in range(3):
        instance = record.running(id=f"inst_{number}")
        record.pending(instance, replace(IMAGE, starts_at=f"2026-01-02T03:04:0{5 - number}.000Z"))
    assert [found.instance_id for found in record.maintenance.due(AT, 2)] == ["inst_2", "inst_1"]


def test_an_instance_with_nothing_pending_is_not_due(record: Record) -> None:
    record.pending(record.pending(record.running(), IMAGE))
    assert record.maintenance.due(LAST, 10) == []


def test_a_window_that_is_changed_moves_the_start_with_it(record: Record) -> None:
    before = record.pending(record.running(), IMAGE)
    moved = replace(IMAGE, starts_at=LATER)
    after = replace(before, maintenance_window=MaintenanceWindow("03:00", 4, Day.FRIDAY), pending_maintenance=(moved,))
    record.configuration_store.store(before, after, an_entry(Action.INSTANCE_CHANGED, id="audit_changed"))
    assert record.found() == after
    assert (record.maintenance.due(AT, 10), record.maintenance.due(LATER, 10)) == ([], [due(LATER)])


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"pending_maintenance": (RETIREMENT,)},
        {"maintenance_window": MaintenanceWindow("03:00", 4)},
        {"endpoint": replace(SERVING, task="arn:task/2")},
        {"status": Status.ERROR},
    ],
    ids=["pending", "window", "task", "status"],
)
def test_a_decision_from_what_is_no_longer_so_changes_nothing(record: Record, meanwhile: dict[str, Any]) -> None:
    found = record.running(**meanwhile)
    before = an_instance(status=Status.RUNNING, endpoint=SERVING)
    with pytest.raises(RecordChanged):
        record.maintenance.store(before, replace(before, pending_maintenance=(IMAGE,)), TOLD)
    assert record.found() == found
    assert record.maintenance.due(AT, 10) == []


def test_what_is_due_of_an_instance_that_is_gone_is_forgotten(record: Record) -> None:
    record.pending(record.running(), IMAGE)
    record.instances.force_deleting(ORGANIZATION, "inst_a1", an_entry(id="audit_deleting"))
    record.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    [found] = record.maintenance.due(AT, 10)
    record.maintenance.forget(found)
    assert record.maintenance.due(LAST, 10) == []


def test_what_is_due_at_another_time_by_now_is_not_forgotten(record: Record) -> None:
    instance = record.pending(record.running(), IMAGE)
    record.pending(instance, RETIREMENT)
    record.maintenance.forget(due(AT))
    assert record.maintenance.due(LATER, 10) == [due(LATER)]


ENDS = an_entry(Action.INSTANCE_END_OF_LIFE_ANNOUNCED, id="audit_ends")


def test_that_the_end_of_a_line_was_told_is_noted_with_the_entry_that_tells(record: Record) -> None:
    before = record.running()
    record.maintenance.announce(before, "redis 7.2", ENDS)
    assert record.found() == replace(before, end_of_life_told="redis 7.2")
    assert record.has_told(ENDS)


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"end_of_life_told": "redis 7.2"},
        {"end_of_life_told": "valkey 8.0"},
        {"endpoint": replace(SERVING, task="arn:task/2")},
        {"status": Status.ERROR},
    ],
    ids=["told", "told of another", "task", "status"],
)
def test_the_end_of_a_line_is_not_told_by_whoever_has_read_what_is_no_longer_so(
    record: Record, meanwhile: dict[str, Any]
) -> None:
    found = record.running(**meanwhile)
    before = replace(found, status=Status.RUNNING, endpoint=SERVING, end_of_life_told=None)
    with pytest.raises(RecordChanged):
        record.maintenance.announce(before, "redis 7.2", ENDS)
    assert record.found() == found
    assert not record.has_told(ENDS)


def test_nothing_is_told_of_an_instance_that_is_gone(record: Record) -> None:
    with pytest.raises(RecordChanged):
        record.maintenance.announce(an_instance(status=Status.RUNNING, endpoint=SERVING), "redis 7.2", ENDS)
