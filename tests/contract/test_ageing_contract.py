"""Whose control password is old: the table's index, and the fake that other tests use."""

from typing import Any

import boto3
import pytest

from swiftcache.configuration.ports import AgeingPasswords
from swiftcache.instances.fleet_index import DynamoDBFleet
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from tests.fakes.configuration import FakeAgeing
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

World = tuple[Accounts, Instances, AgeingPasswords]

BEFORE, AT, AFTER = "2026-02-02T03:04:05.000Z", "2026-02-02T03:04:05.001Z", "2026-02-02T03:04:06.000Z"


def in_memory() -> World:
    accounts = FakeAccounts()
    instances = FakeInstances(accounts)
    return accounts, instances, FakeAgeing(instances)


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
    an_account(made[0], ORGANIZATION, "sk_live_1")
    return made


@pytest.mark.parametrize(
    ("different", "old"),
    [
        ({}, True),
        ({"control_password_at": BEFORE}, True),
        ({"control_password_at": AT}, False),
        ({"created_at": "2026-02-02T03:04:06Z"}, False),
        ({"control_password_at": AFTER}, False),
        ({"status": Status.PROVISIONING}, False),
        ({"status": Status.DELETING}, False),
    ],
    ids=str,
)
def test_a_password_is_old_if_it_was_made_before_that_time(world: World, different: dict[str, Any], old: bool) -> None:
    _, instances, ageing = world
    stored = an_instance(**{"status": Status.RUNNING} | different)
    instances.create(stored, an_entry())
    assert list(ageing.older_than(AT)) == ([stored] if old else [])


def test_a_renewed_password_is_not_old_any_more(world: World) -> None:
    _, instances, ageing = world
    instances.create(an_instance(status=Status.RUNNING), an_entry())
    ageing.note_renewal(ORGANIZATION, "inst_a1", AFTER)
    found = instances.get(ORGANIZATION, "inst_a1")
    assert found
    assert found.control_password_at == AFTER
    assert list(ageing.older_than(AT)) == []


def test_noting_a_renewal_of_what_is_gone_does_not_bring_it_back(world: World) -> None:
    _, instances, ageing = world
    ageing.note_renewal(ORGANIZATION, "inst_a1", AFTER)
    assert instances.get(ORGANIZATION, "inst_a1") is None
