"""What every store of configurations does: the one in DynamoDB, and the fake that other tests use."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.configuration.ports import ConfigurationStore, DueInstances
from swiftcache.configuration.table import DynamoDBConfigurationStore
from swiftcache.instances.allowed_networks import AllowedNetworks, OwnGroup
from swiftcache.instances.change import Change, ChangeKind, ChangeReason, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.fleet_index import DynamoDBFleet
from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Filter, Instances
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import LimitExceeded, RecordChanged
from swiftcache.platform.items import organization_key
from tests.fakes.configuration import FakeConfigurationStore, FakeDue
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

CHANGE = Change(
    "chg_1", ChangeKind.IN_PLACE, ChangeStatus.IN_PROGRESS, 600 * MIB, EvictionPolicy.NOEVICTION, AT, "request-2"
)
RUNNING: dict[str, Any] = {"status": Status.RUNNING, "endpoint": Endpoint("203.0.113.10", 6379), "applied_revision": 1}
AUDIT = an_entry(Action.INSTANCE_CHANGED)
RUN = "1767323045678-abc"


@dataclass
class Record:
    accounts: Accounts
    instances: Instances
    configuration_store: ConfigurationStore
    due: DueInstances
    used_memory: Callable[[], int]
    """What counts against the organization's limit, in bytes."""

    def holding(self, **different: Any) -> Instance:
        """An instance that is stored like this."""
        instance = an_instance(**RUNNING | different)
        self.instances.create(instance, an_entry())
        return instance

    def found(self) -> Instance:
        found = self.instances.get(ORGANIZATION, "inst_a1")
        assert found is not None
        return found


def in_memory() -> Record:
    accounts = FakeAccounts()
    instances = FakeInstances(accounts)

    def used_memory() -> int:
        return accounts.organizations[ORGANIZATION].used.memory

    return Record(accounts, instances, FakeConfigurationStore(instances), FakeDue(instances), used_memory)


def in_dynamodb() -> Record:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")

    def used_memory() -> int:
        item = client.get_item(TableName="table", Key=organization_key(ORGANIZATION))["Item"]
        return int(item["memoryLimit"]["N"]) - int(item["memoryLeft"]["N"])

    return Record(
        DynamoDBAccounts(client, "table"),
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBConfigurationStore(client, "table"),
        DynamoDBFleet(client, "table"),
        used_memory,
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    return record


def test_all_that_can_change_is_stored(record: Record) -> None:
    before = record.holding(expires_at="2026-02-01T00:00:00.000Z")
    after = replace(
        before,
        name="other",
        deletion_protection=True,
        expires_at=None,
        keys=(*before.keys, InstanceKey("key_2", "second", "cd" * 32, "2026-01-02T03:04:06Z", KeyRole.READ_ONLY)),
        max_memory=600 * MIB,
        eviction_policy=EvictionPolicy.NOEVICTION,
        revision=2,
        change=CHANGE,
        allowed_networks=AllowedNetworks(("10.1.0.0/16",)),
    )
    record.configuration_store.store(before, after, AUDIT)
    assert record.found() == after


@pytest.mark.parametrize(
    ("group", "due"), [(None, True), (OwnGroup("sg-1", 1), True), (OwnGroup("sg-1", 2), False)], ids=str
)
def test_an_instance_is_due_while_its_networks_are_not_in_force(
    record: Record, group: OwnGroup | None, due: bool
) -> None:
    record.holding(allowed_networks=AllowedNetworks(("10.1.0.0/16",), 2), own_group=group)
    assert len(list(record.due.due(AT))) == due


def test_an_instance_without_networks_of_its_own_is_never_due_for_them(record: Record) -> None:
    record.holding()
    assert list(record.due.due(AT)) == []


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"status": Status.DELETING},
        {"name": "other"},
        {"allowed_networks": AllowedNetworks(("10.1.0.0/16",))},
        {"deletion_protection": True},
        {"expires_at": "2026-02-01T00:00:00.000Z"},
        {"keys": ()},
        {"max_memory": 600 * MIB},
        {"eviction_policy": EvictionPolicy.NOEVICTION},
        {"revision": 2},
        {"change": CHANGE},
        {"endpoint": Endpoint("203.0.113.11", 6379)},
    ],
    ids=str,
)
def test_nothing_is_stored_if_it_is_not_as_it_was_read(record: Record, meanwhile: dict[str, Any]) -> None:
    before = an_instance(**RUNNING)
    stored = record.holding(**meanwhile)
    with pytest.raises(RecordChanged):
        record.configuration_store.store(before, replace(before, name="new", revision=7), AUDIT)
    assert record.found() == stored


def test_nothing_is_stored_if_it_is_gone(record: Record) -> None:
    before = an_instance(**RUNNING)
    with pytest.raises(RecordChanged):
        record.configuration_store.store(before, replace(before, name="new"), AUDIT)
    assert record.instances.get(ORGANIZATION, "inst_a1") is None


def test_runs_at_work_are_no_obstacle(record: Record) -> None:
    before = record.holding()
    record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN)
    record.configuration_store.store(before, replace(before, name="new"), AUDIT)
    assert (record.found().name, record.found().configuration_runs) == ("new", frozenset({RUN}))


@pytest.mark.parametrize("target", [256 * MIB, 600 * MIB])
def test_memory_is_taken_from_the_limit_and_given_back(record: Record, target: int) -> None:
    before = record.holding()
    record.configuration_store.store(before, replace(before, max_memory=target), AUDIT)
    assert record.used_memory() == target


def test_what_a_new_task_will_need_is_taken_at_once(record: Record) -> None:
    before = record.holding()
    change = replace(CHANGE, kind=ChangeKind.REPLACE, max_memory=2048 * MIB)
    record.configuration_store.store(before, replace(before, change=change), AUDIT)
    assert record.used_memory() == 2048 * MIB


def test_an_equal_task_needs_nothing_of_a_limit_that_is_reached(record: Record) -> None:
    before = record.holding(max_memory=10 * 1024 * MIB)
    change = replace(
        CHANGE, kind=ChangeKind.REPLACE, max_memory=before.max_memory, reason=ChangeReason.RETIREMENT, settings=None
    )
    record.configuration_store.store(before, replace(before, change=change), AUDIT)
    assert (record.found(), record.used_memory()) == (replace(before, change=change), before.max_memory)


def test_a_change_beyond_the_limit_stores_nothing(record: Record) -> None:
    before = record.holding()
    with pytest.raises(LimitExceeded):
        record.configuration_store.store(before, replace(before, max_memory=20 * 1024 * MIB), AUDIT)
    assert record.found() == before


def test_a_run_is_noted_until_it_ends(record: Record) -> None:
    record.holding(revision=2)
    begun = record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN)
    assert begun == record.found()
    assert begun is not None
    assert begun.configuration_runs == {RUN}
    assert record.configuration_store.end_run(begun, frozenset({RUN}), AT)
    assert record.found() == replace(begun, configuration_runs=frozenset(), applied_revision=2)


def test_a_run_that_begins_twice_is_one(record: Record) -> None:
    record.holding()
    record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN)
    begun = record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN)
    assert begun is not None
    assert begun.configuration_runs == {RUN}


def test_a_run_ends_those_that_it_found_dead_and_leaves_the_others(record: Record) -> None:
    record.holding(configuration_runs=frozenset({"1-dead", "2-alive"}))
    begun = record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN)
    assert begun is not None
    record.configuration_store.end_run(begun, frozenset({RUN, "1-dead"}), AT)
    assert record.found().configuration_runs == {"2-alive"}


def test_a_run_ends_a_change_in_place_with_it(record: Record) -> None:
    begun = record.holding(change=CHANGE, revision=2)
    assert record.configuration_store.end_run(begun, frozenset({RUN}), "later")
    change = record.found().change
    assert change == replace(CHANGE, status=ChangeStatus.SUCCEEDED, ended_at="later")


def test_a_run_does_not_end_a_replacement(record: Record) -> None:
    change = replace(CHANGE, kind=ChangeKind.REPLACE)
    begun = record.holding(change=change, revision=2)
    assert record.configuration_store.end_run(begun, frozenset({RUN}), AT)
    assert (record.found().change, record.found().applied_revision) == (change, 2)


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"revision": 3},
        {"change": CHANGE},
        {"endpoint": Endpoint("203.0.113.11", 6379)},
        {"status": Status.DELETING},
    ],
    ids=str,
)
def test_a_run_does_not_end_while_something_else_is_wanted(record: Record, meanwhile: dict[str, Any]) -> None:
    begun = an_instance(**RUNNING, revision=2, configuration_runs=frozenset({RUN}))
    stored = record.holding(**{"revision": 2, "configuration_runs": frozenset({RUN})} | meanwhile)
    assert not record.configuration_store.end_run(begun, frozenset({RUN}), AT)
    assert record.found() == stored


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_no_run_begins_unless_it_is_running(record: Record, status: Status) -> None:
    stored = record.holding(status=status)
    assert record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN) is None
    assert record.found() == stored


def test_a_run_begins_before_it_is_running_if_it_was_claimed(record: Record) -> None:
    record.holding(status=Status.PROVISIONING, claimed=True)
    begun = record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN)
    assert begun == record.found()
    assert begun is not None
    assert begun.configuration_runs == {RUN}


CLAIMED: dict[str, Any] = {"status": Status.PROVISIONING, "claimed": True, "applied_revision": 0}


def test_the_end_of_a_claim_makes_it_running(record: Record) -> None:
    record.holding(**CLAIMED)
    begun = record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN)
    assert begun is not None
    assert record.configuration_store.end_claim(begun, "a1.redis.example.com", frozenset({RUN}), "later")
    assert record.found() == replace(
        begun,
        status=Status.RUNNING,
        hostname="a1.redis.example.com",
        port=6379,
        changed_at="later",
        reason="VERIFIED",
        configuration_runs=frozenset(),
        applied_revision=1,
    )


def test_the_end_of_a_claim_is_found_by_its_status(record: Record) -> None:
    record.holding(**CLAIMED)
    begun = record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN)
    assert begun is not None
    record.configuration_store.end_claim(begun, "a1.redis.example.com", frozenset({RUN}), "later")
    for status, found in ((Status.RUNNING, ["inst_a1"]), (Status.PROVISIONING, [])):
        page = record.instances.page(ORGANIZATION, 10, None, Filter(status=status))
        assert [instance.id for instance in page.instances] == found


@pytest.mark.parametrize(
    "meanwhile",
    [{"endpoint": None}, {"status": Status.DELETING}, {"status": Status.RUNNING}, {"revision": 2}],
    ids=str,
)
def test_a_claim_does_not_end_if_something_else_is_wanted(record: Record, meanwhile: dict[str, Any]) -> None:
    begun = an_instance(**RUNNING | CLAIMED, configuration_runs=frozenset({RUN}))
    stored = record.holding(**{**CLAIMED, "configuration_runs": frozenset({RUN})} | meanwhile)
    assert not record.configuration_store.end_claim(begun, "a1.redis.example.com", frozenset({RUN}), "later")
    assert record.found() == stored


@pytest.mark.parametrize("status", [Status.DELETING, Status.ERROR])
def test_no_run_begins_for_a_claimed_one_that_is_not_wanted(record: Record, status: Status) -> None:
    stored = record.holding(status=status, claimed=True)
    assert record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN) is None
    assert record.found() == stored


def test_no_run_begins_for_what_is_not_there(record: Record) -> None:
    assert record.configuration_store.begin_run(ORGANIZATION, "inst_a1", RUN) is None
    assert record.instances.get(ORGANIZATION, "inst_a1") is None


@pytest.mark.parametrize(
    "different",
    [
        {"expires_at": "2026-01-02T03:00:00.000Z"},
        {"expires_at": AT},
        {"expires_at": AT, "status": Status.PROVISIONING},
        {"expires_at": AT, "status": Status.ERROR},
        {"revision": 2},
        {"configuration_runs": frozenset({RUN})},
        {"key_rules": 1},
    ],
    ids=str,
)
def test_what_expires_or_is_not_configured_is_due(record: Record, different: dict[str, Any]) -> None:
    stored = record.holding(**different)
    assert list(record.due.due(AT)) == [stored]


@pytest.mark.parametrize(
    "different",
    [
        {},
        {"expires_at": "2026-01-02T03:04:05.679Z"},
        {"expires_at": AT, "status": Status.DELETING},
        {"revision": 2, "status": Status.PROVISIONING},
        {"key_rules": 1, "status": Status.ERROR},
        {"configuration_runs": frozenset({RUN}), "status": Status.DELETING},
    ],
    ids=str,
)
def test_what_neither_expires_yet_nor_lacks_configuration_is_not_due(record: Record, different: dict[str, Any]) -> None:
    record.holding(**different)
    assert list(record.due.due(AT)) == []


def test_an_expired_instance_is_marked_with_its_entry(record: Record) -> None:
    record.holding(expires_at=AT)
    record.instances.mark_expired(ORGANIZATION, "inst_a1", AT, an_entry(request_id="sweep-1"))
    found = record.found()
    assert (found.status, found.request_id) == (Status.DELETING, "sweep-1")


@pytest.mark.parametrize("different", [{"expires_at": None}, {"expires_at": "later"}, {"status": Status.DELETING}])
def test_an_instance_that_does_not_expire_then_is_not_marked(record: Record, different: dict[str, Any]) -> None:
    stored = record.holding(**{"expires_at": AT} | different)
    with pytest.raises(RecordChanged):
        record.instances.mark_expired(ORGANIZATION, "inst_a1", AT, AUDIT)
    assert record.found() == stored
