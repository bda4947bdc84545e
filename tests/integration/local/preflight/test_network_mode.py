"""From one network to another, as preflight finds it: which instances would be out of reach."""

import uuid

import pytest

from local.preflight.network import network
from local.preflight.plan import Standing
from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Endpoint
from swiftcache.instances.status import Status
from tests.integration.local.preflight.test_network import IMAGES
from tests.integration.local.preflight.world import World
from tests.samples import an_instance
from tests.tables import create_table

CLIENTS = {"ClientCidrs": "10.20.0.0/16", **IMAGES}
MODES = {
    "public": {"NetworkMode": "public"},
    "public-to-private": {"NetworkMode": "public-to-private", **CLIENTS},
    "private": {"NetworkMode": "private", **CLIENTS},
    "closing": {"Port6380": "closing"},
    "closed": {"Port6380": "closed"},
    "closed on the way": {"NetworkMode": "public-to-private", "Port6380": "closed", **CLIENTS},
}
PUBLIC = Endpoint("203.0.113.1", 6379, "task-1", private_address="10.0.0.1")
PRIVATE = Endpoint("10.0.0.2", 6379, "task-2", private_address="10.0.0.2")
OF_BEFORE = Endpoint("203.0.113.3", 6379, "task-3")


def looked_at(world: World, before: str, after: str, *endpoints: Endpoint | None, **different: object) -> str:
    """A stack in the one mode, with these instances, that is to be updated to the other."""
    client, name = world.aws("dynamodb"), f"table-{uuid.uuid4()}"
    create_table(client, name)
    for number, endpoint in enumerate(endpoints):
        instance = an_instance(id=f"inst_{number}", endpoint=endpoint, **{"status": Status.RUNNING} | different)
        client.put_item(TableName=name, Item=instance_item(instance))
    world.given(**MODES[after])
    world.planned(standing=Standing("UPDATE_COMPLETE", MODES[before], frozenset({name}), {"TableName": name}))
    return world.look(network).splitlines()[0]


def test_the_way_begins_when_all_private_addresses_are_known(world: World) -> None:
    found = looked_at(world, "public", "public-to-private", PUBLIC, None)
    assert found.startswith("OK    network  from public to private")


def test_it_does_not_begin_while_records_lack_them(world: World) -> None:
    found = looked_at(world, "public", "public-to-private", PUBLIC, OF_BEFORE, OF_BEFORE)
    assert found.startswith("FAIL  network  NetworkMode was public and is to be public-to-private: of 2 of 3 instances")


def test_what_is_on_its_way_out_keeps_nobody_from_it(world: World) -> None:
    found = looked_at(world, "public", "public-to-private", OF_BEFORE, status=Status.DELETING)
    assert found.startswith("OK")


def test_it_ends_when_nobody_has_a_public_address(world: World) -> None:
    assert looked_at(world, "public-to-private", "private", PRIVATE, None).startswith("OK    network  private")


@pytest.mark.parametrize("left", [PUBLIC, OF_BEFORE], ids=["public", "of before"])
def test_it_does_not_end_while_somebody_has(world: World, left: Endpoint) -> None:
    found = looked_at(world, "public-to-private", "private", PRIVATE, left)
    assert found.startswith("FAIL  network  NetworkMode was public-to-private and is to be private: 1 of 2 instances")


def test_it_is_given_up_while_all_have_public_addresses(world: World) -> None:
    assert looked_at(world, "public-to-private", "public", PUBLIC).startswith("OK    network  public")


def test_it_is_not_given_up_once_somebody_has_none(world: World) -> None:
    found = looked_at(world, "public-to-private", "public", PUBLIC, PRIVATE)
    assert found.startswith("FAIL  network  NetworkMode was public-to-private and is to be public: 1 of 2 instances")


@pytest.mark.parametrize(
    ("before", "after"), [("public", "private"), ("private", "public"), ("private", "public-to-private")]
)
def test_other_ways_are_for_a_stack_without_instances(world: World, before: str, after: str) -> None:
    assert looked_at(world, before, after).startswith("OK")
    found = looked_at(world, before, after, PRIVATE)
    assert found.startswith(f"FAIL  network  NetworkMode was {before} and is to be {after}: 1 instance would be out")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *(("public", "closing"), ("closing", "closed"), ("closed", "closing"), ("closing", "public")),
        *(
            ("closing", "public-to-private"),
            ("closed", "closed on the way"),
            ("public-to-private", "closed on the way"),
        ),
        *(("closed on the way", "closed"), ("closed on the way", "closing")),
    ],
)
def test_port_6380_is_closed_and_opened_with_instances_over_a_step_between(
    world: World, before: str, after: str
) -> None:
    assert looked_at(world, before, after, PUBLIC, None).startswith("OK    network")


@pytest.mark.parametrize(
    ("before", "after", "last"),
    [
        ("public", "closed", "closed"),
        ("closed", "public", "open"),
        ("public", "closed on the way", "closed"),
        ("closed on the way", "public", "open"),
    ],
)
def test_without_that_step_port_6380_is_closed_and_opened_in_a_stack_without_instances_alone(
    world: World, before: str, after: str, last: str
) -> None:
    assert looked_at(world, before, after).startswith("OK    network")
    found = looked_at(world, before, after, PUBLIC)
    assert found.startswith("FAIL  network  Port6380 was ")
    assert f"and is to be {last}: 1 instance could not be connected to" in found


def test_functions_do_not_come_inside_while_records_lack_private_addresses(world: World) -> None:
    found = looked_at(world, "public", "closing", PUBLIC, OF_BEFORE)
    assert found.startswith("FAIL  network  Port6380 was open and is to be closing: of 1 of 2 instances the record")


def test_another_vpc_fails_for_a_stack_that_stands(world: World) -> None:
    world.given(**MODES["private"], VpcId="vpc-0123")
    world.planned(standing=Standing("UPDATE_COMPLETE", MODES["private"]))
    assert world.look(network).startswith("FAIL  network  VpcId was empty and is to be vpc-0123")
