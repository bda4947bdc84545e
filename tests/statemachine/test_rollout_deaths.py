"""A rollout in whose replacements tasks are killed: it stops, says why, goes on, and comes to all with all data."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from swiftcache.instances.recovery_state import Cause, RecoveryStatus
from swiftcache.platform.aws import clock
from swiftcache.rollouts.model import RolloutStatus, Trouble, TroubleKind, WhyCode
from swiftcache.rollouts.wiring import rollout_record, rollout_service
from tests.statemachine.cloud import Answer, Cloud, Fault, wait_for
from tests.statemachine.recoveries import kill
from tests.statemachine.resizes import Resized, delete
from tests.statemachine.rolled_out import NEW, OLD, Fleet, task_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PASSES = 8
"""More than the two waves that are left need, with their pauses."""


@pytest.fixture
def fleet(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    fleet = Fleet(cloud, monkeypatch, 3)
    yield fleet
    fleet.deaths.close()


class Clock:
    """That of the functions: ahead of the real one by what has been passed over."""

    def __init__(self, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = timedelta()
        monkeypatch.setitem(fleet.cloud.injector.given, clock, lambda: datetime.now(UTC) + self._ahead)

    def passes(self, time: timedelta) -> None:
        self._ahead += time


def kills_the_serving_task(resized: Resized) -> Fault:
    def fault(answer: Answer) -> object:
        kill(resized.cloud, task_of(resized))
        wait_for(lambda: resized.instance.recovering)
        return answer()

    return fault


def kills_the_new_task(resized: Resized) -> Fault:
    def fault(answer: Answer) -> object:
        [new] = set(resized.cloud.left(resized.id)["tasks"]) - {task_of(resized)}
        kill(resized.cloud, new)
        return answer()

    return fault


def canary(fleet: Fleet) -> Resized:
    """Asked for by a pass."""
    fleet.keep("KeepRolloutsFunction", 2)
    [found] = [one for one in fleet.all if one.id == fleet.rollout.canary]
    return found


def stopped_and_resumed(fleet: Fleet, trouble: Resized) -> Trouble:
    """What it has stopped for. Its operator lets it go on."""
    fleet.keep("KeepRolloutsFunction", 2, "before")
    rollout, change = fleet.rollout, trouble.instance.change
    assert change is not None
    assert rollout.why is not None
    assert (rollout.status, rollout.why.code) == (RolloutStatus.STOPPED, WhyCode.CANARY_IN_TROUBLE)
    assert trouble.id in rollout.why.message
    assert [one.id for one in fleet.all if one.instance.changing or one.instance.recovering] == []
    rollout_service(fleet.cloud.injector).resume(fleet.cloud.caller, rollout.id)
    last = rollout.troubles[-1]
    assert (last.instance_id, last.change_id) == (trouble.id, change.id)
    return last


def recovered(fleet: Fleet, resized: Resized, image: str) -> None:
    """By itself, with the image of its own definition."""
    wait_for(lambda: resized.instance.recovery is not None and not resized.instance.recovering, seconds=40)
    fleet.cloud.quiet(60)
    recovery = resized.instance.recovery
    assert recovery is not None
    assert (recovery.status, recovery.cause) == (RecoveryStatus.SUCCEEDED, Cause.REDIS_STOPPED)
    fleet.looked_at(resized, image)
    resized.assert_whole(resized.instance.max_memory)


def goes_on(fleet: Fleet) -> None:
    """A pass of each keeper, and what they begin."""
    for name in ("KeepRolloutsFunction", "KeepMaintenanceFunction"):
        fleet.cloud.invoke(fleet.cloud.stack.functions[name].name, {})
    wait_for(lambda: not any(one.instance.changing for one in fleet.all), seconds=60)
    fleet.cloud.quiet(60)


@pytest.mark.timeout(300)
def test_tasks_that_are_killed_in_a_rollout_stop_it_and_are_recovered_and_it_comes_to_all_with_all_data(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Clock(fleet, monkeypatch)
    fleet.deploy(NEW)

    first = canary(fleet)
    fleet.replaced(first, "CheckReplication", kills_the_new_task(first))
    assert first.instance.recovery is None
    first.assert_whole(first.instance.max_memory)
    assert stopped_and_resumed(fleet, first).kind is TroubleKind.FAILED

    second = canary(fleet)
    fleet.replaced(second, "CheckReplication", kills_the_serving_task(second))
    recovered(fleet, second, OLD)
    assert fleet.versions == [OLD] * 3
    assert stopped_and_resumed(fleet, second).kind is TroubleKind.FAILED

    third = canary(fleet)
    fleet.replaced(third, "UpsertServingAddress", kills_the_serving_task(third))
    recovered(fleet, third, NEW)
    assert fleet.versions == [OLD, OLD, NEW]
    assert stopped_and_resumed(fleet, third).kind is TroubleKind.WORSE
    assert len({first.id, second.id, third.id}) == 3

    time.passes(DAY)
    for _ in range(PASSES):
        if fleet.rollout.status is RolloutStatus.IN_PROGRESS:
            goes_on(fleet)
            time.passes(HOUR)
    assert (fleet.rollout.status, fleet.versions) == (RolloutStatus.SUCCEEDED, [NEW] * 3)
    assert rollout_record(fleet.cloud.injector).current() is None
    for one in fleet.all:
        change = one.instance.change
        assert change is not None
        one.assert_succeeded(change)
        delete(one)
