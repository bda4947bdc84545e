"""What creations take of an organization's limits, in DynamoDB, whatever becomes of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from swiftcache.fleet.ports import OrganizationSnapshot
from swiftcache.fleet.record_index_table import DynamoDBRecordIndex
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.instances.usage_table import PENDING, Reservations
from swiftcache.organizations.model import Limits
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import DependencyUnavailable, LimitExceeded, NotFound
from swiftcache.platform.transactions import write_alone
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

INSTANCE = an_instance(max_memory=7)
ONE = Limits(1, 7)
NOTHING = Limits(0, 0)


class World:
    """A table with one organization in it. `now` goes by hand."""

    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        self.now = NOW
        self.instances = DynamoDBInstances(self.client, "table", self.time)
        self.reservations = Reservations(self.client, "table", self.time)
        self.record_index = DynamoDBRecordIndex(self.client, "table", self.time)
        an_account(DynamoDBAccounts(self.client, "table"), ORGANIZATION, "sk_live_1")

    def time(self) -> datetime:
        return self.now

    def snapshot(self) -> OrganizationSnapshot:
        found = self.record_index.snapshot(ORGANIZATION)
        assert found
        return found

    def used(self) -> Limits:
        return self.snapshot().organization.used

    def reserved(self) -> list[str]:
        key = {"PK": {"S": f"ORG#{ORGANIZATION}"}, "SK": {"S": "ORG"}}
        item = self.client.get_item(TableName="table", Key=key)["Item"]
        return [name for name in item if name.startswith("reserved#")]

    def remove(self) -> None:
        self.instances.mark_deleting(ORGANIZATION, INSTANCE.id, an_entry())
        self.instances.remove(ORGANIZATION, INSTANCE.id, RemovedResources(), AT)


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        yield World()


def test_a_creation_leaves_no_reservation(world: World) -> None:
    world.instances.create(INSTANCE, an_entry())
    assert (world.used(), world.reserved()) == (ONE, [])


def test_what_is_reserved_is_used_before_its_instance_is_written(world: World) -> None:
    world.reservations.reserve(INSTANCE)
    snapshot = world.snapshot()
    assert snapshot.organization.used == snapshot.uses == ONE


def test_a_reservation_and_its_instance_count_once(world: World) -> None:
    world.reservations.reserve(INSTANCE)
    snapshot = world.snapshot()
    world.instances.create(INSTANCE, an_entry())
    assert world.used() == world.snapshot().uses == snapshot.uses == ONE


def test_the_second_try_of_a_request_reserves_nothing_more(world: World) -> None:
    world.reservations.reserve(INSTANCE)
    world.now += PENDING
    world.reservations.reserve(INSTANCE)
    snapshot = world.snapshot()
    assert (snapshot.organization.used, snapshot.reserved, len(world.reserved())) == (ONE, ONE, 1)


def test_what_a_request_has_reserved_that_died_is_given_back_after_a_minute(world: World) -> None:
    world.reservations.reserve(INSTANCE)
    world.now += PENDING - timedelta(seconds=1)
    assert world.snapshot().uses == ONE
    world.now += timedelta(seconds=1)
    snapshot = world.snapshot()
    assert snapshot.uses == NOTHING
    assert world.record_index.correct(snapshot)
    assert (world.used(), world.reserved()) == (NOTHING, [])


def test_what_was_never_settled_is_counted_with_its_instance(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reservations, "settle", lambda *_: None)
    world.instances.create(INSTANCE, an_entry())
    world.now += PENDING
    assert world.reserved()
    assert world.snapshot().uses == world.used() == ONE


def test_what_was_never_settled_is_given_back_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reservations, "settle", lambda *_: None)
    world.instances.create(INSTANCE, an_entry())
    world.remove()
    world.now += PENDING
    assert (world.used(), world.snapshot().uses, world.reserved()) == (NOTHING, NOTHING, [])


def test_what_is_reserved_while_a_count_is_corrected_stays_taken(world: World) -> None:
    snapshot = world.snapshot()
    world.reservations.reserve(INSTANCE)
    assert not world.record_index.correct(snapshot)
    assert world.used() == ONE


def test_nothing_is_reserved_beyond_a_limit_and_nothing_written(world: World) -> None:
    large = an_instance(max_memory=world.snapshot().organization.limits.memory + 1)
    with pytest.raises(LimitExceeded):
        world.instances.create(large, an_entry())
    assert (world.used(), world.reserved()) == (NOTHING, [])
    assert world.instances.get(ORGANIZATION, large.id) is None


def test_nobody_can_reserve_for_an_organization_that_is_not_there(world: World) -> None:
    with pytest.raises(NotFound, match="org_none"):
        world.reservations.reserve(an_instance(organization_id="org_none"))


def test_an_instance_whose_reservation_cannot_be_settled_is_created(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = world.client.update_item

    def busy(**update: Any) -> Any:
        if update["UpdateExpression"].startswith("REMOVE"):
            raise conflict()
        return calls(**update)

    monkeypatch.setattr(world.client, "update_item", busy)
    world.instances.create(INSTANCE, an_entry())
    created = world.instances.get(ORGANIZATION, INSTANCE.id)
    assert created
    assert created.status is Status.PROVISIONING


def test_a_creation_is_answered_although_its_organization_is_gone_at_the_end_and_makes_none_anew(world: World) -> None:
    key = {"PK": {"S": f"ORG#{ORGANIZATION}"}, "SK": {"S": "ORG"}}

    def gone(**_: Any) -> None:
        world.client.delete_item(TableName="table", Key=key)

    world.client.meta.events.register("after-call.dynamodb.TransactWriteItems", gone)
    world.instances.create(INSTANCE, an_entry())
    assert world.instances.get(ORGANIZATION, INSTANCE.id)
    assert "Item" not in world.client.get_item(TableName="table", Key=key)


class Meeting:
    """A client whose writes meet a transaction so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.calls = 0

    def update_item(self, **_: Any) -> None:
        self.calls += 1
        if self.calls <= self.times:
            raise conflict()


def conflict() -> ClientError:
    return ClientError({"Error": {"Code": "TransactionConflictException", "Message": "ongoing"}}, "UpdateItem")


def test_a_write_that_meets_a_transaction_is_made_after_it() -> None:
    client: Any = Meeting(3)
    write_alone(client)
    assert client.calls == 4


def test_a_write_that_meets_transactions_again_and_again_says_that_the_record_is_busy() -> None:
    client: Any = Meeting(100)
    with pytest.raises(DependencyUnavailable, match="the record is busy"):
        write_alone(client)
