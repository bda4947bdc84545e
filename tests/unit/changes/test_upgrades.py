"""Asking for another engine or version: what is begun, planned, refused, and stored at its end."""

import json
from dataclasses import replace
from typing import Any

import pytest

from swiftcache.changes.request import ChangeRequest, kind_of
from swiftcache.changes.service import ChangeService
from swiftcache.changes.wiring import change_service
from swiftcache.engines.model import EngineName
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.model import Endpoint
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from tests.api_world import INSTANCE, Answer, World
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.metrics import FIGURES, FakeInspector
from tests.fakes.networks import FakeNetworkTrigger
from tests.samples import NOW, OFFERS, an_instance

TASK = "arn:task/1"


@pytest.fixture
def world(world: World) -> World:
    world.injector.given[change_service] = ChangeService(
        world.instances,
        FakeConfigurationStore(world.instances),
        FakeConfigureTrigger(),
        FakeNetworkTrigger(),
        FakeInspector({INSTANCE: replace(FIGURES, used_memory=45 * MIB)}),
        OFFERS,
        lambda: NOW,
    )
    return world


def running(world: World, version: str | None = "7.0.15", engine: EngineName = EngineName.REDIS) -> None:
    endpoint = Endpoint("192.0.2.1", 6379, TASK)
    seen = ObservedTask(TASK, version) if version else None
    world.with_instance(status=Status.RUNNING, endpoint=endpoint, observed=seen, engine=engine)


def patch(world: World, **body: Any) -> Answer:
    return world.send("change_instance", body=json.dumps(body))


def plan(world: World, **body: Any) -> Any:
    return world.send("plan_change", body=json.dumps(body)).body["plan"]


def test_redis_becomes_valkey_by_a_new_task_of_the_same_size(world: World) -> None:
    running(world)
    answer = patch(world, engine="valkey")
    assert answer.status == 200
    instance = answer.body["instance"]
    assert (instance["engine"], instance["version"]) == ("redis", "7.0.15"), "it is that until the new task serves"
    change = instance["change"]
    assert (change["kind"], change["engine"], change["version"]) == ("REPLACE", "valkey", "8.1.10")
    assert change["maxMemory"] == instance["maxMemory"]


def test_a_plan_shows_both_and_how_long_writes_wait(world: World) -> None:
    running(world)
    found = plan(world, engine="valkey", version="8.1")
    assert (found["kind"], found["restart"], found["blockedBy"]) == ("REPLACE", True, [])
    assert (found["engineBefore"], found["versionBefore"]) == ("redis", "7.0.15")
    assert (found["engineAfter"], found["versionAfter"]) == ("valkey", "8.1.10")
    assert found["expectedPauseMilliseconds"] > 0


def test_what_runs_already_is_no_change(world: World) -> None:
    running(world, "7.2.16")
    assert plan(world, engine="redis", version="7.2")["kind"] == "NONE"
    assert patch(world, engine="redis", version="7.2.16").body["instance"]["change"] is None


def test_a_way_that_does_not_exist_is_a_conflict_that_the_plan_shows(world: World) -> None:
    running(world, "8.1.10", EngineName.VALKEY)
    refused = patch(world, engine="redis")
    assert (refused.status, refused.body["code"]) == (409, "UPGRADE_NOT_POSSIBLE")
    assert "no way back" in refused.body["detail"]
    assert [found["code"] for found in plan(world, engine="redis")["blockedBy"]] == ["UPGRADE_NOT_POSSIBLE"]


def test_an_upgrade_waits_until_it_is_known_what_runs(world: World) -> None:
    running(world, None)
    assert patch(world, engine="valkey").body["code"] == "UPGRADE_NOT_POSSIBLE"


@pytest.mark.parametrize("body", [{"engine": "valkey", "version": "7.2"}, {"version": "9.1"}, {"engine": "garnet"}])
def test_what_is_not_offered_is_unprocessable(world: World, body: dict[str, str]) -> None:
    running(world)
    assert patch(world, **body).status == 422


def test_memory_and_engine_change_together(world: World) -> None:
    running(world)
    change = patch(world, engine="valkey", maxMemory=2048 * MIB).body["instance"]["change"]
    assert (change["maxMemory"], change["engine"]) == (2048 * MIB, "valkey")


def test_the_audit_log_tells_from_what_to_what(world: World) -> None:
    running(world)
    patch(world, engine="valkey")
    details = world.accounts.audit[-1].details
    assert {name: value for name, value in details.items() if name != "changeId"} == {
        "engineFrom": "redis",
        "engineTo": "valkey",
        "versionFrom": "7.0.15",
        "versionTo": "8.1.10",
    }


def test_an_upgrade_is_a_replacement_whatever_else_is_asked_for() -> None:
    request = ChangeRequest(target=OFFERS.all[1])
    assert kind_of(an_instance(), request) is ChangeKind.REPLACE


@pytest.mark.parametrize(
    ("body", "status", "engine"),
    [
        ({}, 201, "redis"),
        ({"engine": "valkey"}, 201, "valkey"),
        ({"engine": "valkey", "version": "8.1"}, 201, "valkey"),
        ({"version": "7.2"}, 201, "redis"),
        ({"version": "8.1"}, 422, None),
        ({"engine": "valkey", "version": "7.2"}, 422, None),
        ({"engine": "garnet"}, 422, None),
    ],
)
def test_a_new_instance_has_the_engine_that_it_asks_for(
    world: World, body: dict[str, str], status: int, engine: str | None
) -> None:
    wanted = {"organizationId": "org_123", "name": "new", "maxMemory": 100 * MIB, "region": "eu-central", **body}
    answer = world.send("create_instance", body=json.dumps(wanted))
    assert answer.status == status
    if engine:
        assert answer.body["instance"]["engine"] == engine
