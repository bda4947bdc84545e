"""What every view of the fleet does: the table's index, and the fake that other tests use."""

from typing import Protocol

import boto3
import pytest

from swiftcache.instances.fleet_index import DynamoDBFleet
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.metrics.ports import Fleet
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.recovery.ports import InstanceFinder
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeFleet
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, an_account, an_entry, an_instance
from tests.tables import create_table


class Finding(Fleet, InstanceFinder, Protocol):
    """What the index is asked for."""


World = tuple[Accounts, Instances, Finding]


def in_memory() -> World:
    accounts = FakeAccounts()
    instances = FakeInstances(accounts)
    return accounts, instances, FakeFleet(instances)


def in_dynamodb() -> World:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return (
        DynamoDBAccounts(client, "table"),
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBFleet(client, "table"),
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.param()
    return made


def test_the_fleet_has_the_running_instances_of_all_organizations(world: World) -> None:
    accounts, instances, fleet = world
    for number, organization_id in enumerate(["org_1", "org_2"]):
        an_account(accounts, organization_id, f"sk_live_{number}")
        for status in Status:
            name = f"inst_{number}{status.lower()}"
            instances.create(an_instance(id=name, organization_id=organization_id, status=status), an_entry())
    assert sorted(instance.id for instance in fleet.running()) == ["inst_0running", "inst_1running"]


def test_an_empty_fleet_has_nobody(world: World) -> None:
    assert list(world[2].running()) == []


def test_an_instance_is_found_by_its_id_alone(world: World) -> None:
    accounts, instances, fleet = world
    for number in range(3):
        an_account(accounts, f"org_{number}", f"sk_live_{number}")
        instances.create(an_instance(id=f"inst_{number}", organization_id=f"org_{number}"), an_entry())
    found = fleet.find("inst_1")
    assert found is not None
    assert (found.id, found.organization_id) == ("inst_1", "org_1")
    assert fleet.find("inst_") is None
