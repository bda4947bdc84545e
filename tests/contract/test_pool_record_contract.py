"""What the reconciler of the warm pool reads and writes: in the table, and in the fake that other tests use."""

from dataclasses import replace

import boto3
import pytest

from swiftcache.instances.ports import Instances
from swiftcache.instances.sizes import SIZES
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.items import instance_key
from swiftcache.pool.model import POOL
from swiftcache.pool.planning import new_member
from swiftcache.pool.ports import PoolRecord
from swiftcache.pool.table import DynamoDBPoolRecord
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.pool_record import FakePoolRecord
from tests.samples import DOMAIN, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

World = tuple[Instances, PoolRecord]

MEMBER = new_member(SIZES[0], "image", "request-1", NOW, DOMAIN)


def in_memory() -> World:
    accounts = FakeAccounts()
    an_account(accounts, ORGANIZATION, "sk_live_1")
    instances = FakeInstances(accounts)
    return instances, FakePoolRecord(instances)


def in_dynamodb() -> World:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    an_account(DynamoDBAccounts(client, "table"), ORGANIZATION, "sk_live_1")
    return DynamoDBInstances(client, "table", lambda: NOW), DynamoDBPoolRecord(client, "table")


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.param()
    return made


def test_a_new_pool_has_no_member(world: World) -> None:
    _, record = world
    assert (list(record.members()), record.version()) == ([], 0)


def test_a_member_is_an_instance_of_the_pool_as_it_was_added(world: World) -> None:
    instances, record = world
    instances.create(an_instance(max_memory=1), an_entry())
    assert record.add(MEMBER, 0)
    assert list(record.members()) == [MEMBER]
    assert instances.get(POOL, MEMBER.id) == MEMBER


def test_each_member_raises_the_version(world: World) -> None:
    _, record = world
    for number in range(3):
        assert record.version() == number
        assert record.add(replace(MEMBER, id=f"inst_{number}"), number)
    assert [member.id for member in record.members()] == ["inst_0", "inst_1", "inst_2"]


@pytest.mark.parametrize("version", [0, 2])
def test_nobody_is_added_by_whoever_has_not_seen_the_last_one(world: World, version: int) -> None:
    _, record = world
    assert record.add(MEMBER, 0)
    assert not record.add(replace(MEMBER, id="inst_other"), version)
    assert (list(record.members()), record.version()) == ([MEMBER], 1)


def test_members_of_every_status_are_seen(world: World) -> None:
    instances, record = world
    assert record.add(MEMBER, 0)
    instances.force_deleting(POOL, MEMBER.id, an_entry(organization_id=POOL))
    assert [member.status for member in record.members()] == [Status.DELETING]


def test_a_member_that_goes_leaves_the_version(world: World) -> None:
    instances, record = world
    assert record.add(MEMBER, 0)
    if isinstance(instances, FakeInstances):
        del instances.stored[POOL, MEMBER.id]
    else:
        client = boto3.client("dynamodb", region_name="eu-central-1")
        client.delete_item(TableName="table", Key=instance_key(POOL, MEMBER.id))
    assert (list(record.members()), record.version()) == ([], 1)
