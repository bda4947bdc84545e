"""An instance with a public address is replaced where new tasks have none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from swiftcache.access.audit import Action
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.maintenance_window import MaintenanceWindow
from swiftcache.instances.model import Endpoint
from swiftcache.maintenance.watch import FleetPass
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL
from tests.samples import NOW
from tests.unit.maintenance.maintenance_world import TASK
from tests.unit.maintenance.watching import Watching

PUBLIC = Endpoint("203.0.113.10", 6379, TASK, private_address="10.0.0.1")
PRIVATE = Endpoint("10.0.0.1", 6379, TASK, private_address="10.0.0.1")


@pytest.fixture
def world() -> Watching:
    world = Watching()
    world.makes_private_tasks = True
    world.running(endpoint=PUBLIC)
    return world


def test_it_is_replaced_within_two_weeks_and_not_before_a_day_is_over(world: Watching) -> None:
    world.becomes(maintenance_window=MaintenanceWindow("00:00", 24))
    assert world.watch().moving == ["inst_a1"]
    [one] = world.found().maintenance
    assert (one.reason, one.deadline) == (ChangeReason.NETWORK, timestamp(NOW + timedelta(days=14)))
    assert one.starts_at >= timestamp(NOW + timedelta(days=1))
    [told] = world.told(Action.INSTANCE_MAINTENANCE_SCHEDULED)
    assert told["reason"] == "NETWORK"


def test_what_is_required_already_is_not_required_again(world: Watching) -> None:
    world.watch()
    assert world.watch() == FleetPass()
    assert len(world.told(Action.INSTANCE_MAINTENANCE_SCHEDULED)) == 1


def test_one_without_a_public_address_stays(world: Watching) -> None:
    world.becomes(endpoint=PRIVATE)
    assert world.watch() == FleetPass()


def test_of_a_record_of_before_nothing_is_known(world: Watching) -> None:
    world.becomes(endpoint=replace(PUBLIC, private_address=""))
    assert world.watch() == FleetPass()


def test_in_a_public_network_all_stay(world: Watching) -> None:
    world.makes_private_tasks = False
    assert world.watch() == FleetPass()
    assert world.found().maintenance == ()


def test_members_of_the_pool_are_the_pool_s(world: Watching) -> None:
    member = replace(world.found(), id="inst_b2", organization_id=POOL)
    world.instances.stored[POOL, member.id] = member
    assert world.watch().moving == ["inst_a1"]


def test_it_is_taken_back_when_the_stack_is_public_again(world: Watching) -> None:
    world.watch()
    world.makes_private_tasks = False
    assert world.watch() == FleetPass()
    assert world.found().maintenance == ()
    [told] = world.told(Action.INSTANCE_MAINTENANCE_WITHDRAWN)
    assert told["reason"] == "NETWORK"
