"""The window and what is pending, in the API."""

import json
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.changes.replacement import ReplacementService
from swiftcache.changes.service import ChangeService
from swiftcache.changes.wiring import change_service
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.maintenance_window import Day, MaintenanceWindow, default_window
from swiftcache.instances.model import Endpoint
from swiftcache.instances.status import Status
from swiftcache.maintenance.service import MaintenanceService
from swiftcache.maintenance.wiring import maintenance_service
from tests.api_world import INSTANCE, ORGANIZATION, Answer, World, valid
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.maintenance import FakeMaintenance
from tests.fakes.metrics import FIGURES, FakeInspector
from tests.fakes.networks import FakeNetworkTrigger
from tests.samples import NOW, OFFERS

SUNDAYS = {"day": "sunday", "at": "03:00", "hours": 4}
OPENS, AGAIN = "2026-01-04T03:00:00.000Z", "2026-01-11T03:00:00.000Z"
DEADLINE = NOW + timedelta(days=20)


@pytest.fixture(autouse=True)
def pending(world: World) -> None:
    """The retirement that the samples speak of."""
    store = FakeConfigurationStore(world.instances)
    world.injector.given[change_service] = ChangeService(
        world.instances,
        store,
        FakeConfigureTrigger(),
        FakeNetworkTrigger(),
        FakeInspector({INSTANCE: FIGURES}),
        OFFERS,
        lambda: NOW,
    )
    service = MaintenanceService(
        world.instances,
        FakeMaintenance(world.instances),
        ReplacementService(world.instances, store, lambda: NOW),
        lambda: NOW,
    )
    world.injector.given[maintenance_service] = service
    where = {"hostname": "abc123xyz.redis.example.com", "port": 6379}
    world.with_instance(status=Status.RUNNING, endpoint=Endpoint("203.0.113.10", 6379, "arn:task/1"), **where)
    service.require(ORGANIZATION, INSTANCE, ChangeReason.RETIREMENT, DEADLINE, "health-1")


def patch(world: World, window: object) -> Answer:
    return world.send("change_instance", body=json.dumps({"maintenanceWindow": window}))


def shown(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.send("get_instance").body["instance"]
    return found


def test_an_instance_shows_its_default_window_and_what_is_pending(world: World) -> None:
    window = default_window("eu-central", INSTANCE)
    assert shown(world)["maintenanceWindow"] == {"day": window.day, "at": window.at, "hours": window.hours}
    [one] = shown(world)["pendingMaintenance"]
    assert one.keys() == {"reason", "notBefore", "deadline", "startsAt"}
    assert (one["reason"], one["deadline"]) == ("RETIREMENT", "2026-01-22T03:04:05.678Z")


def test_a_window_is_changed_and_what_is_pending_moves_into_it(world: World) -> None:
    instance = patch(world, SUNDAYS).body["instance"]
    assert instance["maintenanceWindow"] == SUNDAYS
    assert [one["startsAt"] for one in instance["pendingMaintenance"]] == [OPENS]
    [changed] = [entry for entry in world.accounts.audit if entry.action is Action.INSTANCE_CHANGED]
    assert changed.details == {"maintenanceWindowFrom": None, "maintenanceWindowTo": "sunday at 03:00 for 4 h"}


def test_a_window_without_a_day_is_of_every_day(world: World) -> None:
    instance = patch(world, {"at": "23:30", "hours": 24}).body["instance"]
    assert instance["maintenanceWindow"] == {"day": None, "at": "23:30", "hours": 24}
    assert instance["pendingMaintenance"][0]["startsAt"] == "2026-01-02T03:04:05.678Z"


def test_null_gives_the_default_window_back(world: World) -> None:
    before = shown(world)
    patch(world, SUNDAYS)
    after = patch(world, None).body["instance"]
    assert after["maintenanceWindow"] == before["maintenanceWindow"]
    assert after["pendingMaintenance"] == before["pendingMaintenance"]


def test_a_creation_takes_a_window_as_a_change_does(world: World) -> None:
    created = world.post({**valid(), "maintenanceWindow": SUNDAYS}).body["instance"]
    assert created["maintenanceWindow"] == SUNDAYS
    stored = world.instances.stored[ORGANIZATION, created["id"]]
    assert stored.maintenance_window == MaintenanceWindow("03:00", 4, Day.SUNDAY)


@pytest.mark.parametrize("given", [{}, {"maintenanceWindow": None}], ids=["none", "null"])
def test_a_creation_without_a_window_has_the_default_one(world: World, given: dict[str, Any]) -> None:
    created = world.post({**valid(), **given}).body["instance"]
    window = default_window("eu-central", created["id"])
    assert created["maintenanceWindow"] == {"day": window.day, "at": window.at, "hours": window.hours}
    assert world.instances.stored[ORGANIZATION, created["id"]].maintenance_window is None


WRONG = pytest.mark.parametrize(
    ("different", "pointer"),
    [
        ({"day": "someday"}, "/maintenanceWindow/day"),
        ({"at": "24:00"}, "/maintenanceWindow/at"),
        ({"hours": 0}, "/maintenanceWindow/hours"),
        ({"hours": 25}, "/maintenanceWindow/hours"),
        ({"zone": "Berlin"}, "/maintenanceWindow/zone"),
    ],
)


@WRONG
def test_a_window_that_cannot_be_is_refused(world: World, different: dict[str, Any], pointer: str) -> None:
    answer = patch(world, SUNDAYS | different)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


@WRONG
def test_a_creation_with_a_window_that_cannot_be_makes_nothing(
    world: World, different: dict[str, Any], pointer: str
) -> None:
    before = len(world.instances.stored)
    answer = world.post({**valid(), "maintenanceWindow": SUNDAYS | different})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)
    assert len(world.instances.stored) == before


def test_it_is_done_now(world: World) -> None:
    answer = world.send("start_maintenance")
    assert (answer.status, answer.headers["location"]) == (202, f"/api/v1/instances/{INSTANCE}")
    change = answer.body["instance"]["change"]
    assert (change["kind"], change["reason"], change["status"]) == ("REPLACE", "RETIREMENT", "IN_PROGRESS")


def test_it_is_put_off(world: World) -> None:
    patch(world, SUNDAYS)
    answer = world.send("defer_maintenance")
    assert answer.status == 200
    [one] = answer.body["instance"]["pendingMaintenance"]
    assert (one["notBefore"], one["startsAt"]) == (AGAIN, AGAIN)


def test_it_is_put_off_until_no_window_is_left(world: World) -> None:
    patch(world, SUNDAYS)
    answers = [world.send("defer_maintenance") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 409]
    assert answers[-1].body["code"] == "MAINTENANCE_NOT_DEFERRABLE"


@pytest.mark.parametrize("reason", ["image", "owner", "RETIREMENT", "tea"])
@pytest.mark.parametrize("sample", ["start_maintenance", "defer_maintenance"])
def test_what_is_not_pending_is_not_there(world: World, sample: str, reason: str) -> None:
    tail = "now" if sample == "start_maintenance" else "defer"
    answer = world.send(sample, path=f"/api/v1/instances/{INSTANCE}/maintenance/{reason}/{tail}")
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
