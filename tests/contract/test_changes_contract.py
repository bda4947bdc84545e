"""What every record of a resize does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import replace
from typing import Protocol

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.changes.ports import Changes, Replacement
from swiftcache.changes.table import DynamoDBChanges
from swiftcache.configuration.ports import ConfigurationStore
from swiftcache.configuration.table import DynamoDBConfigurationStore
from swiftcache.engines.model import EngineName
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus, Decision
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.settings import DEFAULT_SETTINGS, Settings
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import InstanceSuperseded
from tests.fakes.changes import FakeChanges
from tests.fakes.configuration import FakeConfigurationStore
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import audited, create_table

OLD, NEW = Endpoint("203.0.113.10", 6379), Endpoint("203.0.113.11", 6380)
LATER = "2026-01-02T03:14:05.678Z"
FAILURE = Failure("REDIS_STOPPED", "It stopped.", "DescribeNewTask", "request-2")
RUNNING = an_instance(status=Status.RUNNING, hostname="a1.redis.example.com", port=6379, endpoint=OLD)
LARGER = Change(
    "chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 1024 * MIB, EvictionPolicy.NOEVICTION, AT, "request-2"
)
SMALLER = replace(LARGER, max_memory=128 * MIB, eviction_policy=EvictionPolicy.ALLKEYS_LRU)
THIS = Replacement(ORGANIZATION, "inst_a1", LARGER.id, "request-2")


class Record(Protocol):
    accounts: Accounts
    instances: Instances
    configuration_store: ConfigurationStore
    changes: Changes

    def memory_used(self) -> int: ...

    def actions(self) -> list[str]: ...


class InMemory:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.instances = FakeInstances(self.accounts)
        self.configuration_store = FakeConfigurationStore(self.instances)
        self.changes = FakeChanges(self.instances)

    def memory_used(self) -> int:
        return self.accounts.organizations[ORGANIZATION].used.memory

    def actions(self) -> list[str]:
        return [entry.action for entry in self.accounts.audit]


class InDynamoDB:
    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        self.accounts = DynamoDBAccounts(self.client, "table")
        self.instances = DynamoDBInstances(self.client, "table", lambda: NOW)
        self.configuration_store = DynamoDBConfigurationStore(self.client, "table")
        self.changes = DynamoDBChanges(self.client, "table")

    def memory_used(self) -> int:
        key = {"PK": {"S": f"ORG#{ORGANIZATION}"}, "SK": {"S": "ORG"}}
        item = self.client.get_item(TableName="table", Key=key)["Item"]
        return int(item["memoryLimit"]["N"]) - int(item["memoryLeft"]["N"])

    def actions(self) -> list[str]:
        return audited(self.client, "table", ORGANIZATION)


@pytest.fixture(params=[InMemory, InDynamoDB], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    record.instances.create(RUNNING, an_entry())
    return record


def begin(record: Record, change: Change = LARGER) -> None:
    before = now(record)
    audit = an_entry(Action.INSTANCE_CHANGED, id="audit_2")
    record.configuration_store.store(before, replace(before, change=change), audit)


def now(record: Record) -> Instance:
    found = record.instances.get(ORGANIZATION, "inst_a1")
    assert found
    return found


def to_the_commit(record: Record) -> Instance:
    begin(record)
    record.changes.stand_by(THIS, NEW)
    return record.changes.take_turn(THIS)


def delete(record: Record) -> None:
    record.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry(id="audit_3"))


def test_a_change_begins_after_one_that_ended(record: Record) -> None:
    begin(record)
    record.changes.abandon(THIS, FAILURE)
    record.changes.mark_resize_failed(THIS, 512 * MIB, an_entry(id="audit_4"))
    begin(record)
    assert now(record).change == LARGER
    assert record.memory_used() == 1024 * MIB


def test_an_attempt_is_noted(record: Record) -> None:
    begin(record)
    changed = record.changes.start_attempt(replace(THIS, attempt=3))
    assert changed == now(record) == replace(RUNNING, change=replace(LARGER, attempt=3))


def test_a_standby_is_noted(record: Record) -> None:
    begin(record)
    assert record.changes.stand_by(THIS, NEW) == now(record) == replace(RUNNING, change=LARGER, standby=NEW)


def test_the_commit_exchanges_endpoint_and_standby(record: Record) -> None:
    committed = record.changes.commit(THIS, to_the_commit(record))
    assert committed == now(record)
    assert (committed.endpoint, committed.standby, committed.port) == (NEW, OLD, NEW.port)
    assert committed.change == replace(LARGER, turn=1, decision=Decision.COMMITTED)


def test_only_the_last_turn_commits(record: Record) -> None:
    held = to_the_commit(record)
    record.changes.take_turn(THIS)
    with pytest.raises(InstanceSuperseded):
        record.changes.commit(THIS, held)
    assert now(record).endpoint == OLD


def test_there_is_no_turn_after_the_decision(record: Record) -> None:
    record.changes.commit(THIS, to_the_commit(record))
    with pytest.raises(InstanceSuperseded):
        record.changes.take_turn(THIS)


def test_what_is_abandoned_is_not_committed(record: Record) -> None:
    held = to_the_commit(record)
    abandoned = record.changes.abandon(THIS, FAILURE)
    with pytest.raises(InstanceSuperseded):
        record.changes.commit(THIS, held)
    assert abandoned == now(record)
    assert abandoned.change == replace(LARGER, turn=1, decision=Decision.ABANDONED, failure=FAILURE)


def test_what_is_committed_is_not_abandoned(record: Record) -> None:
    committed = record.changes.commit(THIS, to_the_commit(record))
    assert record.changes.abandon(THIS, FAILURE) == committed == now(record)


def test_the_first_reason_of_an_abandoned_change_stays(record: Record) -> None:
    begin(record)
    record.changes.abandon(THIS, FAILURE)
    changed = record.changes.abandon(THIS, replace(FAILURE, code="OTHER"))
    assert changed.change
    assert changed.change.failure == FAILURE


def test_a_resized_instance_has_its_new_size(record: Record) -> None:
    record.changes.commit(THIS, to_the_commit(record))
    record.changes.mark_resized(THIS, LARGER, 0, an_entry(Action.INSTANCE_RESIZED, id="audit_4", at=LATER))
    found = now(record)
    assert (found.max_memory, found.eviction_policy, found.standby) == (1024 * MIB, EvictionPolicy.NOEVICTION, None)
    assert found.change
    assert (found.change.status, found.change.ended_at) == (ChangeStatus.SUCCEEDED, LATER)
    assert record.memory_used() == 1024 * MIB
    assert "instance.resized" in record.actions()


CHOSEN = DEFAULT_SETTINGS.changed({"timeout": 300})


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (DEFAULT_SETTINGS, CHOSEN, CHOSEN),
        (CHOSEN, DEFAULT_SETTINGS, DEFAULT_SETTINGS),
        (CHOSEN, None, CHOSEN),
    ],
    ids=["chosen", "the defaults again", "not asked for, by the release before"],
)
def test_a_resized_instance_has_the_settings_that_its_change_leads_to(
    record: Record, before: Settings, change: Settings | None, after: Settings
) -> None:
    larger = replace(LARGER, settings=change)
    chosen = replace(now(record), settings=before, name="chosen")
    record.configuration_store.store(now(record), chosen, an_entry(id="audit_1"))
    begin(record, larger)
    record.changes.stand_by(THIS, NEW)
    record.changes.commit(THIS, record.changes.take_turn(THIS))
    record.changes.mark_resized(THIS, larger, 0, an_entry(Action.INSTANCE_RESIZED, id="audit_4", at=LATER))
    assert now(record).settings == after
    # And it can be changed again: what is stored is what a change is decided from.
    record.configuration_store.store(now(record), replace(now(record), name="renamed"), an_entry(id="audit_5"))


def test_an_upgraded_instance_is_of_the_engine_that_its_change_leads_to(record: Record) -> None:
    upgrade = replace(LARGER, engine=EngineName.VALKEY, version="8.1.10")
    begin(record, upgrade)
    record.changes.stand_by(THIS, NEW)
    record.changes.commit(THIS, record.changes.take_turn(THIS))
    assert now(record).engine is EngineName.REDIS
    record.changes.mark_resized(THIS, upgrade, 0, an_entry(Action.INSTANCE_RESIZED, id="audit_4", at=LATER))
    assert now(record).engine is EngineName.VALKEY
    assert now(record).change == replace(
        upgrade, status=ChangeStatus.SUCCEEDED, decision=Decision.COMMITTED, turn=1, ended_at=LATER
    )


def test_a_smaller_instance_gives_memory_back(record: Record) -> None:
    begin(record, SMALLER)
    record.changes.stand_by(THIS, NEW)
    record.changes.commit(THIS, record.changes.take_turn(THIS))
    record.changes.mark_resized(THIS, SMALLER, 384 * MIB, an_entry(Action.INSTANCE_RESIZED, id="audit_4"))
    assert record.memory_used() == 128 * MIB


def test_a_failed_resize_gives_back_what_was_reserved(record: Record) -> None:
    begin(record)
    record.changes.abandon(THIS, FAILURE)
    record.changes.mark_resize_failed(THIS, 512 * MIB, an_entry(Action.INSTANCE_RESIZE_FAILED, id="audit_4"))
    found = now(record)
    assert (found.max_memory, found.endpoint, found.standby) == (512 * MIB, OLD, None)
    assert found.change
    assert (found.change.status, found.change.failure) == (ChangeStatus.FAILED, FAILURE)
    assert record.memory_used() == 512 * MIB
    assert "instance.resize_failed" in record.actions()


def test_the_end_of_a_change_comes_once(record: Record) -> None:
    begin(record)
    record.changes.abandon(THIS, FAILURE)
    record.changes.mark_resize_failed(THIS, 512 * MIB, an_entry(id="audit_4"))
    with pytest.raises(InstanceSuperseded):
        record.changes.mark_resize_failed(THIS, 512 * MIB, an_entry(id="audit_5"))
    assert record.memory_used() == 512 * MIB


def test_the_end_of_a_change_is_that_of_its_decision(record: Record) -> None:
    begin(record)
    record.changes.abandon(THIS, FAILURE)
    with pytest.raises(InstanceSuperseded):
        record.changes.mark_resized(THIS, LARGER, 0, an_entry(id="audit_4"))
    assert now(record).max_memory == 512 * MIB


def test_another_change_is_not_this_one(record: Record) -> None:
    begin(record)
    with pytest.raises(InstanceSuperseded):
        record.changes.start_attempt(replace(THIS, change_id="chg_other"))


def test_a_deletion_ends_a_change_at_every_step(record: Record) -> None:
    held = to_the_commit(record)
    delete(record)
    for step in (
        lambda: record.changes.start_attempt(THIS),
        lambda: record.changes.stand_by(THIS, NEW),
        lambda: record.changes.take_turn(THIS),
        lambda: record.changes.commit(THIS, held),
        lambda: record.changes.abandon(THIS, FAILURE),
        lambda: record.changes.mark_resized(THIS, LARGER, 0, an_entry(id="audit_4")),
    ):
        with pytest.raises(InstanceSuperseded):
            step()


def test_a_deletion_during_a_change_gives_back_the_reserve(record: Record) -> None:
    begin(record)
    delete(record)
    record.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    assert record.memory_used() == 0
