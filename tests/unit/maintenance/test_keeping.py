"""The keeper begins what is due, and never loses what has failed."""

from datetime import timedelta

import pytest

from swiftcache.access.audit import Action
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.maintenance_window import MaintenanceWindow
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.silence import Silence
from swiftcache.instances.status import Status
from swiftcache.maintenance.keeping import AT_ONCE
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.timestamps import timestamp
from tests.samples import AT, NOW, ORGANIZATION, a_caller
from tests.unit.maintenance.maintenance_world import AGAIN, DEADLINE, OPENS, OTHER_TASK, World

OPEN = MaintenanceWindow("00:00", 24)


@pytest.fixture
def world() -> World:
    world = World()
    world.running()
    return world


def starts(world: World) -> list[str]:
    return [one.starts_at for one in world.found().maintenance]


def test_nothing_begins_before_the_window_opens(world: World) -> None:
    world.require()
    world.at("2026-01-04T02:59:00Z")
    assert world.run().begun == []
    world.at(OPENS)
    assert world.run().begun == ["inst_a1"]
    assert (world.change().reason, world.change().request_id) == (ChangeReason.IMAGE, "keep-2")


def test_what_is_under_way_is_begun_once(world: World) -> None:
    world.require()
    world.at(OPENS)
    world.run()
    first = world.change()
    assert world.run().begun == []
    assert world.change() == first


def test_what_is_done_is_pending_no_more(world: World) -> None:
    world.require()
    world.at(OPENS)
    world.run()
    world.replaced()
    assert world.found().maintenance == ()
    world.run()
    assert world.found().pending_maintenance == ()
    assert world.record.due(AGAIN, 10) == []


def test_one_replacement_is_enough_for_all_that_is_pending(world: World) -> None:
    world.require()
    world.require(reason=ChangeReason.RETIREMENT, deadline=NOW + timedelta(days=10))
    world.at(OPENS)
    assert world.run().begun == ["inst_a1"]
    assert world.change().reason is ChangeReason.RETIREMENT
    world.replaced()
    world.run()
    assert world.found().pending_maintenance == ()


def test_it_begins_a_day_before_its_deadline_whatever_the_window(world: World) -> None:
    world.require(deadline=NOW + timedelta(hours=30))
    world.time = NOW + timedelta(hours=6)
    assert world.run().begun == ["inst_a1"]


def test_what_fails_is_tried_again_in_the_next_window_and_its_owner_told(world: World) -> None:
    world.require()
    world.at(OPENS)
    world.run()
    world.not_replaced()
    result = world.run()
    assert (result.failed, result.begun, starts(world)) == (["inst_a1"], [], [AGAIN])
    assert world.told(Action.INSTANCE_MAINTENANCE_SCHEDULED)[1:] == [
        {"reason": "IMAGE", "startsAt": AGAIN, "deadline": timestamp(DEADLINE), "failure": "REPLACE_FAILED"}
    ]
    assert world.run().failed == []
    world.at(AGAIN)
    assert world.run().begun == ["inst_a1"]


def test_what_fails_near_its_deadline_is_tried_again_after_an_hour(world: World) -> None:
    world.require(deadline=NOW + timedelta(hours=20))
    world.run()
    world.not_replaced()
    world.run()
    assert starts(world) == [timestamp(NOW + timedelta(hours=1))]


def test_what_has_no_end_is_tried_each_hour_beyond_its_deadline_and_counts_as_overdue(world: World) -> None:
    world.require(deadline=NOW + timedelta(hours=2))
    overdue = []
    for _ in range(50):
        result = world.run()
        if result.begun:
            overdue.append(result.overdue)
            world.not_replaced()
        world.time += timedelta(minutes=6)
    assert overdue == [0, 0, 1, 1, 1]


def test_a_failure_of_before_is_none_of_this_maintenance(world: World) -> None:
    world.require()
    world.service.begin_now(a_caller(), "inst_a1", ChangeReason.IMAGE)
    world.not_replaced()
    world.becomes(endpoint=Endpoint("203.0.113.11", 6379, OTHER_TASK))
    world.require()
    world.at(OPENS)
    assert world.run().begun == ["inst_a1"]


def test_a_task_that_was_replaced_for_another_reason_is_left_alone(world: World) -> None:
    world.require()
    world.becomes(endpoint=Endpoint("203.0.113.11", 6379, OTHER_TASK))
    world.at(OPENS)
    assert world.run().begun == []
    assert world.found().change is None


def test_an_instance_that_is_busy_is_tried_again_some_minutes_later(world: World) -> None:
    world.require()
    world.at(OPENS)
    recovery = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.REDIS_STOPPED, AT)
    world.becomes(recovery=recovery)
    assert world.run().busy == ["inst_a1"]
    assert starts(world) == ["2026-01-04T03:05:00.000Z"]
    world.becomes(recovery=None)
    world.at("2026-01-04T03:05:00Z")
    assert world.run().begun == ["inst_a1"]


def test_so_is_one_whose_redis_is_silent_until_it_answers_or_is_recovered(world: World) -> None:
    world.require()
    world.at(OPENS)
    endpoint = world.instances.stored[ORGANIZATION, "inst_a1"].endpoint
    assert endpoint is not None
    world.becomes(silence=Silence(endpoint.task, AT))
    result = world.run()
    assert (result.busy, result.errors) == (["inst_a1"], {})
    assert starts(world) == ["2026-01-04T03:05:00.000Z"]


def test_what_has_no_turn_before_its_window_closes_waits_for_the_next(world: World) -> None:
    world.require()
    world.at("2026-01-04T07:00:00Z")
    assert world.run().begun == []
    assert starts(world) == [AGAIN]


def crowd(world: World, number: int) -> list[Instance]:
    found = []
    for at in range(number):
        instance_id = f"inst_{at:03}"
        world.running(id=instance_id, maintenance_window=OPEN)
        found.append(world.require(instance_id, deadline=DEADLINE - timedelta(hours=at)))
    return found


def test_no_more_are_replaced_at_a_time_than_the_budget_and_the_most_urgent_first(world: World) -> None:
    crowd(world, AT_ONCE + 10)
    first = world.run().begun
    assert first == [f"inst_{number:03}" for number in range(AT_ONCE + 9, 9, -1)]
    assert world.run().begun == []
    for instance_id in first[:3]:
        world.replaced(instance_id)
    assert world.run().begun == ["inst_009", "inst_008", "inst_007"]


def test_what_an_owner_has_asked_for_does_not_wait_for_the_budget(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(world, AT_ONCE + 1)
    world.run()
    with monkeypatch.context() as patch:
        patch.setattr(type(world.replacements), "begin", fails)
        world.service.begin_now(a_caller(), "inst_000", ChangeReason.IMAGE)
    assert world.run().begun == ["inst_000"]


def test_a_pass_begins_nothing_after_its_time(world: World) -> None:
    crowd(world, 3)
    assert world.keeper.run("keep-1", world.time - timedelta(seconds=1)).begun == []


def test_the_trouble_of_one_keeps_no_other_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(world, 3)
    begin = world.replacements.begin

    def begins(_: object, organization_id: str, instance_id: str, reason: ChangeReason, request_id: str) -> Instance:
        if instance_id == "inst_001":
            raise DependencyUnavailable("busy")
        return begin(organization_id, instance_id, reason, request_id)

    monkeypatch.setattr(type(world.replacements), "begin", begins)
    result = world.run()
    assert result.begun == ["inst_002", "inst_000"]
    assert [str(error) for error in result.errors.values()] == ["busy"]


@pytest.mark.parametrize("status", [Status.DELETING, Status.ERROR])
def test_what_does_not_run_any_more_is_forgotten(world: World, status: Status) -> None:
    world.require()
    world.becomes(status=status)
    world.at(OPENS)
    assert world.run().begun == []
    assert world.record.due(AGAIN, 10) == []


def test_what_is_gone_is_forgotten(world: World) -> None:
    world.require()
    del world.instances.stored[ORGANIZATION, "inst_a1"]
    world.at(OPENS)
    assert world.run().errors == {}
    assert world.record.due(AGAIN, 10) == []


def fails(*_: object) -> None:
    raise DependencyUnavailable("busy")


def test_ten_thousand_instances_have_their_turn_in_a_week_of_nights() -> None:
    """On paper: by the budget, a minute and a half each, in the hours in which default windows open."""
    a_replacement, night = timedelta(minutes=1, seconds=30), timedelta(hours=6)
    assert 7 * (night // a_replacement) * AT_ONCE >= 10_000
