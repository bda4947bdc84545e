"""What the reconciler reads and keeps: in the table, and the fakes that other tests use."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest

from swiftcache.access.audit_items import audit_put
from swiftcache.fleet.checkpoint_table import DynamoDBReconcileCheckpoints
from swiftcache.fleet.orphan_scan import DynamoDBOrphanItemScan
from swiftcache.fleet.orphans import CloudResource, OrphanCandidates, ResourceKind
from swiftcache.fleet.ports import ReconcileCheckpoint, ReconcileCheckpoints, RecordIndex
from swiftcache.fleet.record_index_table import DynamoDBRecordIndex
from swiftcache.fleet.summary import FindingCount, PassSummary
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.items import instance_item
from swiftcache.instances.ports import Instances
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.model import Limits
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.items import organization_key
from tests.fakes.fleet import FakeReconcileCheckpoints, FakeRecordIndex
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

World = tuple[Accounts, Instances, RecordIndex, ReconcileCheckpoints]


def in_memory() -> World:
    accounts = FakeAccounts()
    instances = FakeInstances(accounts)
    return accounts, instances, FakeRecordIndex(instances), FakeReconcileCheckpoints()


def in_dynamodb() -> World:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return (
        DynamoDBAccounts(client, "table"),
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBRecordIndex(client, "table", lambda: NOW),
        DynamoDBReconcileCheckpoints(client, "table", lambda: NOW),
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.param()
    return made


@pytest.fixture
def table() -> Any:
    """The table's client, with the organization in it."""
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    an_account(DynamoDBAccounts(client, "table"), ORGANIZATION, "sk_live_1")
    return client


def test_the_index_of_the_record_has_all_organizations_and_all_instances(world: World) -> None:
    accounts, instances, record_index, _ = world
    for number, organization_id in enumerate(["org_1", "org_2"]):
        an_account(accounts, organization_id, f"sk_live_{number}")
        instances.create(an_instance(id=f"inst_{number}", organization_id=organization_id), an_entry())
    assert sorted(record_index.organizations()) == ["org_1", "org_2"]
    assert (record_index.is_in_fleet("inst_1"), record_index.is_in_fleet("inst_2")) == (True, False)
    assert sorted(record_index.fleet()) == [("org_1", "inst_0"), ("org_2", "inst_1")]


def test_a_snapshot_is_an_organization_with_its_instances(world: World) -> None:
    accounts, instances, record_index, _ = world
    an_account(accounts, ORGANIZATION, "sk_live_1")
    change = Change("chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 50, EvictionPolicy.NOEVICTION, AT, "r")
    for instance in (an_instance(id="inst_1", max_memory=7), an_instance(id="inst_2", max_memory=20, change=change)):
        instances.create(instance, an_entry())
    snapshot = record_index.snapshot(ORGANIZATION)
    assert snapshot
    assert (snapshot.organization.id, [instance.id for instance in snapshot.instances]) == (
        ORGANIZATION,
        ["inst_1", "inst_2"],
    )
    assert snapshot.uses == Limits(2, 57)


def test_an_unknown_organization_has_no_snapshot(world: World) -> None:
    assert world[2].snapshot("org_unknown") is None


def test_a_removal_without_an_organization_succeeds(table: Any) -> None:
    instances = DynamoDBInstances(table, "table", lambda: NOW)
    instances.create(an_instance(status=Status.DELETING, max_memory=7), an_entry())
    table.delete_item(TableName="table", Key=organization_key(ORGANIZATION))
    instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    assert instances.get(ORGANIZATION, "inst_a1") is None
    # No receipt either: it would belong to nobody.
    items = table.scan(TableName="table")["Items"]
    assert [item for item in items if item["SK"]["S"].startswith("RECEIPT")] == []


@pytest.fixture
def miscounted(table: Any) -> Any:
    """The table with an instance that the organization does not count."""
    table.put_item(TableName="table", Item=instance_item(an_instance(max_memory=7)))
    return table


def test_a_count_becomes_what_the_instances_take(miscounted: Any) -> None:
    record_index = DynamoDBRecordIndex(miscounted, "table", lambda: NOW)
    snapshot = record_index.snapshot(ORGANIZATION)
    assert snapshot
    assert snapshot.organization.used == Limits(0, 0)
    assert record_index.correct(snapshot)
    corrected = record_index.snapshot(ORGANIZATION)
    assert corrected
    assert corrected.organization.used == corrected.uses == Limits(1, 7)


def test_a_count_is_not_corrected_by_what_has_changed_meanwhile_though_the_figures_have_not(miscounted: Any) -> None:
    """A deletion and a creation that balance: the read may have seen both instances, or neither."""
    record_index, instances = (
        DynamoDBRecordIndex(miscounted, "table", lambda: NOW),
        DynamoDBInstances(miscounted, "table", lambda: NOW),
    )
    snapshot = record_index.snapshot(ORGANIZATION)
    assert snapshot
    instances.create(an_instance(id="inst_b1", status=Status.DELETING, max_memory=7), an_entry())
    instances.remove(ORGANIZATION, "inst_b1", RemovedResources(), AT)
    assert not record_index.correct(snapshot)
    assert not record_index.correct(snapshot)


def test_a_count_is_corrected_once(miscounted: Any) -> None:
    record_index = DynamoDBRecordIndex(miscounted, "table", lambda: NOW)
    snapshot = record_index.snapshot(ORGANIZATION)
    assert snapshot
    assert (record_index.correct(snapshot), record_index.correct(snapshot)) == (True, False)


CANDIDATES = OrphanCandidates(
    (CloudResource(ResourceKind.TASK, "arn:1", "inst_1"), CloudResource(ResourceKind.ITEM, "ORG#x/KEY#1", "x")),
    {"inst_1": AT, "x": AT},
)


SUMMARY = PassSummary(AT, 2, 20, {"RUNNING": 3, "ERROR": 1}, 1, 0, 1, (FindingCount("work", "resume", 2, 1),))


def test_a_checkpoint_is_read_back_as_it_was_stored(world: World) -> None:
    checkpoints = world[3]
    assert checkpoints.load() == ReconcileCheckpoint()
    one = ReconcileCheckpoint(
        stage=2,
        stages=5,
        token="a/b",
        scan_token="ORG#x/KEY#1",
        found=CANDIDATES,
        before=replace(CANDIDATES, first={}),
        summary=SUMMARY,
    )
    assert checkpoints.store(one) == checkpoints.load() == replace(one, version=1)


def test_a_checkpoint_from_before_there_were_summaries_has_none(table: Any) -> None:
    checkpoints = DynamoDBReconcileCheckpoints(table, "table", lambda: NOW)
    checkpoints.store(ReconcileCheckpoint(summary=SUMMARY))
    key = {"PK": {"S": "RECONCILER"}, "SK": {"S": "PASS"}}
    item = table.get_item(TableName="table", Key=key)["Item"]
    earlier = json.loads(item["pass"]["S"])
    del earlier["summary"]
    table.put_item(TableName="table", Item=item | {"pass": {"S": json.dumps(earlier)}})
    assert checkpoints.load() == ReconcileCheckpoint(version=1)


def test_of_two_passes_one_stores_its_checkpoint(world: World) -> None:
    checkpoints = world[3]
    first = checkpoints.store(checkpoints.load())
    assert checkpoints.store(first).version == 2
    with pytest.raises(RecordChanged):
        checkpoints.store(first)


def test_the_largest_checkpoint_fits_into_an_item(world: World) -> None:
    """500 resources, each with the longest name there is: that of a task."""
    arn = "arn:aws:ecs:eu-central-1:123456789012:task/" + "a" * 60 + "/" + "b" * 32
    many = OrphanCandidates().with_resources(
        (CloudResource(ResourceKind.TASK, f"{arn}{number}", f"inst_{number:032}") for number in range(999)), NOW
    )
    stored = world[3].store(ReconcileCheckpoint(found=many, before=many))
    assert len(stored.found.resources) == 500
    assert world[3].load() == stored


def test_the_scan_finds_what_belongs_to_organizations(table: Any) -> None:
    item_scan = DynamoDBOrphanItemScan(table, "table")
    DynamoDBInstances(table, "table", lambda: NOW).create(an_instance(max_memory=7), an_entry())
    resources, token = item_scan.page(None)
    assert token is None
    assert {
        (resource.name.partition("#")[0], resource.name.rpartition("/")[2], resource.owner) for resource in resources
    } == {
        ("ORG", "MEMBER#mem_owner", ORGANIZATION),
        ("ORG", "KEY#key_owner", ORGANIZATION),
        ("ACCOUNTKEY", "ACCOUNTKEY", ORGANIZATION),
    }


def test_the_scan_goes_on_behind_an_item(table: Any) -> None:
    item_scan = DynamoDBOrphanItemScan(table, "table")
    names = [resource.name for resource in item_scan.page(None)[0]]
    behind = [resource.name for resource in item_scan.page(f"ORG#{ORGANIZATION}/KEY#key_owner")[0]]
    assert len(behind) < len(names)
    assert f"ORG#{ORGANIZATION}/KEY#key_owner" not in behind


def test_what_goes_by_itself_is_left_to_its_time(table: Any) -> None:
    put: Any = audit_put("table", an_entry())["Put"]
    table.put_item(TableName="table", Item={**put["Item"], "PK": {"S": "ORG#org_gone"}})
    assert [
        resource for resource in DynamoDBOrphanItemScan(table, "table").page(None)[0] if resource.owner == "org_gone"
    ] == []


def test_an_item_belongs_to_its_organization_or_is_gone(table: Any) -> None:
    item_scan = DynamoDBOrphanItemScan(table, "table")
    orphan = CloudResource(ResourceKind.ITEM, "ORG#org_gone/MEMBER#mem_1", "org_gone")
    assert item_scan.belongs(orphan)
    table.put_item(TableName="table", Item={"PK": {"S": "ORG#org_gone"}, "SK": {"S": "MEMBER#mem_1"}})
    assert not item_scan.belongs(orphan)
    assert item_scan.belongs(CloudResource(ResourceKind.ITEM, f"ORG#{ORGANIZATION}/MEMBER#mem_owner", ORGANIZATION))
    item_scan.remove(orphan)
    assert item_scan.belongs(orphan)
