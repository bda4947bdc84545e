"""AWS's notice that it stops tasks becomes maintenance with a deadline."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.model import Endpoint
from swiftcache.instances.status import Status
from swiftcache.maintenance.health_event import Retirement, retirement_of
from swiftcache.maintenance.retirement import RetirementWatch
from swiftcache.platform.errors import NotFound
from swiftcache.pool.model import POOL
from tests.fakes.maintenance import FakeRunning
from tests.samples import an_instance
from tests.unit.maintenance.maintenance_world import OTHER_TASK, TASK, World

SAMPLE = json.loads((Path(__file__).parents[3] / "events" / "tasks_retired.json").read_text())
NAMED = SAMPLE["detail"]["affectedEntities"][0]["entityValue"]
STOPS = datetime(2026, 1, 9, 3, 4, 5, tzinfo=UTC)
NOTICE = Retirement(frozenset({TASK}), STOPS, "health-1")


def event(**detail: Any) -> dict[str, Any]:
    return {**SAMPLE, "detail": SAMPLE["detail"] | detail}


@pytest.fixture
def world() -> World:
    world = World()
    world.running()
    return world


def watch(world: World) -> RetirementWatch:
    return RetirementWatch(FakeRunning(world.instances), world.instances, world.service, lambda: world.time)


def test_the_event_names_tasks_and_when_aws_begins_to_stop_them() -> None:
    expected = Retirement(frozenset({NAMED}), datetime(2024, 3, 22, 10, 30, tzinfo=UTC), SAMPLE["id"])
    assert retirement_of(SAMPLE) == expected


@pytest.mark.parametrize(
    "detail",
    [
        {"affectedEntities": [{"entityValue": "cluster|service"}]},
        {"affectedEntities": [{"entityValue": NAMED, "status": "RESOLVED"}]},
        {"affectedEntities": []},
        {"statusCode": "closed"},
    ],
    ids=["services", "resolved", "none", "closed"],
)
def test_what_names_no_task_that_is_to_be_stopped_means_nothing(detail: dict[str, Any]) -> None:
    assert retirement_of(event(**detail)) is None


def test_the_instance_of_a_named_task_has_to_be_replaced_an_hour_before(world: World) -> None:
    world.running(id="inst_b2", endpoint=Endpoint("203.0.113.11", 6379, OTHER_TASK))
    assert list(watch(world).notice(NOTICE)) == ["inst_a1"]
    [one] = world.found().maintenance
    assert (one.reason, one.deadline) == (ChangeReason.RETIREMENT, "2026-01-09T02:04:05.000Z")
    assert world.found("inst_b2").maintenance == ()
    [told] = [entry for entry in world.accounts.audit if entry.action is Action.INSTANCE_MAINTENANCE_SCHEDULED]
    assert (told.actor_role, told.request_id) == ("maintenance", "health-1")


def test_a_notice_that_comes_again_changes_nothing(world: World) -> None:
    list(watch(world).notice(NOTICE))
    before = world.found()
    list(watch(world).notice(NOTICE))
    assert world.found() == before


def member(world: World, status: Status = Status.RUNNING) -> None:
    one = an_instance(
        id="inst_warm", organization_id=POOL, status=status, endpoint=Endpoint("203.0.113.12", 6379, OTHER_TASK)
    )
    world.instances.stored[POOL, one.id] = one


def test_a_member_of_the_warm_pool_makes_room_for_another(world: World) -> None:
    member(world)
    list(watch(world).notice(replace(NOTICE, tasks=frozenset({OTHER_TASK}))))
    assert world.instances.stored[POOL, "inst_warm"].status is Status.DELETING
    assert world.found().maintenance == ()


def test_a_member_that_is_taken_over_meanwhile_is_looked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    member(world)
    found = list(FakeRunning(world.instances).running())
    del world.instances.stored[POOL, "inst_warm"]
    monkeypatch.setattr(FakeRunning, "running", lambda _: iter(found))
    with pytest.raises(NotFound):
        list(watch(world).notice(replace(NOTICE, tasks=frozenset({OTHER_TASK}))))


def test_a_member_that_is_going_already_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    member(world)
    found = list(FakeRunning(world.instances).running())
    member(world, Status.DELETING)
    monkeypatch.setattr(FakeRunning, "running", lambda _: iter(found))
    list(watch(world).notice(replace(NOTICE, tasks=frozenset({OTHER_TASK}))))
    assert world.instances.stored[POOL, "inst_warm"].status is Status.DELETING
