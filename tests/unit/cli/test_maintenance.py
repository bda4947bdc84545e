"""What is pending for an instance: seen, done now, put off."""

from datetime import timedelta

import pytest

from swiftcache.changes.replacement import ReplacementService
from swiftcache.changes.wiring import replacement_service
from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.instances.model import Endpoint
from swiftcache.instances.status import Status
from swiftcache.maintenance.service import MaintenanceService
from swiftcache.maintenance.wiring import maintenance_service
from tests.api_world import INSTANCE, ORGANIZATION, World
from tests.fakes.configuration import FakeConfigurationStore
from tests.fakes.maintenance import FakeMaintenance
from tests.samples import NOW
from tests.unit.cli.terminal import Terminal

DEADLINE = NOW + timedelta(days=20)


@pytest.fixture(autouse=True)
def pending(world: World) -> None:
    """A retirement."""
    replacement = ReplacementService(world.instances, FakeConfigurationStore(world.instances), lambda: NOW)
    service = MaintenanceService(world.instances, FakeMaintenance(world.instances), replacement, lambda: NOW)
    world.injector.given |= {maintenance_service: service, replacement_service: replacement}
    where = {"hostname": "abc123xyz.redis.example.com", "port": 6379}
    world.with_instance(status=Status.RUNNING, endpoint=Endpoint("203.0.113.10", 6379, "arn:task/1"), **where)
    service.require(ORGANIZATION, INSTANCE, ChangeReason.RETIREMENT, DEADLINE, "health-1")


def is_replaced(world: World) -> bool:
    change = world.instances.stored[ORGANIZATION, INSTANCE].change
    return change is not None and change.status is ChangeStatus.IN_PROGRESS


def test_what_is_pending_is_listed_with_its_times(terminal: Terminal) -> None:
    heading, row = terminal.ok("maintenance", "list", "my-redis").out.splitlines()
    assert heading.split()[0] == "REASON"
    assert (row.split()[0], "2026-01-22 03:04:05" in row) == ("retirement", True)
    [one] = terminal.ok("maintenance", "list", "my-redis", "--json").json()["pendingMaintenance"]
    assert one["reason"] == "RETIREMENT"


def test_it_is_put_off_to_the_next_window(terminal: Terminal) -> None:
    before = terminal.ok("maintenance", "list", "my-redis", "--json").json()["pendingMaintenance"][0]["startsAt"]
    done = terminal.ok("maintenance", "defer", "my-redis", "retirement")
    assert done.out.startswith("It begins 2026-01-")
    assert before[:19].replace("T", " ") not in done.out


def test_it_is_done_now_when_somebody_has_agreed(terminal: Terminal, world: World) -> None:
    assert terminal.run("maintenance", "now", "my-redis", "retirement").code == 2
    assert not is_replaced(world)
    assert "IN_PROGRESS" in terminal.ok("maintenance", "now", "my-redis", "retirement", "--yes").out
    assert is_replaced(world)


def test_a_task_is_replaced_when_somebody_has_agreed(terminal: Terminal, world: World) -> None:
    assert terminal.run("instances", "replace", "my-redis").code == 2
    assert not is_replaced(world)
    assert "IN_PROGRESS" in terminal.ok("instances", "replace", "my-redis", "--yes").out
    assert is_replaced(world)


def test_what_is_not_pending_is_a_3(terminal: Terminal) -> None:
    assert terminal.run("maintenance", "now", "my-redis", "certificate", "--yes").code == 3
