"""A rollout over a fleet on virtual time: how it goes when all is well, and when it stops by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from swiftcache.instances.model import Instance
from swiftcache.instances.silence import Silence
from swiftcache.instances.status import Status
from swiftcache.maintenance.keeping import AT_ONCE
from swiftcache.platform.timestamps import timestamp
from swiftcache.rollouts.model import CANARY, WAVES, Rollout, RolloutStatus, TroubleKind, WhyCode
from swiftcache.rollouts.progress import abandoned, begun, resumed
from swiftcache.rollouts.waves import ready_at
from tests.samples import NOW, an_instance
from tests.unit.rollouts.rollout_fleet import (
    NEW,
    NEWER,
    OLD,
    TOOK,
    Fleet,
    failed,
    offering,
    recovered,
    replaced,
    running,
)


def of(number: int, **given: object) -> Fleet:
    return Fleet.of((running(f"inst_{one:04}") for one in range(number)), **given)


def ended(rollout: Rollout) -> bool:
    return rollout.status is not RolloutStatus.IN_PROGRESS


def recovering(instance: Instance, at: datetime) -> Instance:
    return recovered(replaced(instance, at), at + 2 * TOOK)


def in_wave(wave: int, fleet: Fleet) -> Fleet:
    """When its members have been asked for, and are done."""
    fleet.run(lambda rollout: rollout.wave == wave)
    return fleet


def test_all_are_replaced_in_growing_waves_with_a_pause_after_each() -> None:
    fleet = of(100)
    rollout = fleet.run(ended)
    assert (rollout.status, rollout.total, rollout.replaced, rollout.waiting) == (RolloutStatus.SUCCEEDED, 100, 100, 0)
    assert {instance.version for instance in fleet.all} == {NEW}
    sizes = [(one.wave, one.replaced) for one in fleet.seen if one.wave_ended_at == one.changed_at]
    assert sizes == [(0, 1), (2, 5), (3, 20), (4, 100)]
    began = {one.wave: one.wave_began_at for one in reversed(fleet.seen)}
    gaps = [datetime.fromisoformat(began[2]) - datetime.fromisoformat(fleet.seen[0].started_at)]
    assert gaps[0] >= WAVES[CANARY].pause


def test_a_rollout_over_30_stops_after_a_canary_that_is_worse_and_touches_nobody_else() -> None:
    fleet = of(30, outcome=recovering)
    rollout = fleet.run(ended)
    assert (rollout.status, rollout.worse, rollout.replaced) == (RolloutStatus.STOPPED, 1, 1)
    assert rollout.why is not None
    assert rollout.why.code is WhyCode.CANARY_IN_TROUBLE
    assert rollout.canary is not None
    assert rollout.canary in rollout.why.message
    for _ in range(100):
        fleet.step()
    assert sum(instance.version == NEW or bool(instance.maintenance) for instance in fleet.all) == 1


def test_a_canary_whose_replacement_fails_stops_it() -> None:
    rollout = of(30, outcome=failed).run(ended)
    assert (rollout.status, rollout.failed, rollout.replaced) == (RolloutStatus.STOPPED, 1, 0)
    [trouble] = rollout.troubles
    assert (trouble.kind, trouble.cause) == (TroubleKind.FAILED, "REDIS_STOPPED")


@pytest.mark.parametrize("code", ["DATA_DOES_NOT_FIT", "STANDBY_BEHIND", "NO_CAPACITY"])
def test_a_canary_that_cannot_be_replaced_now_makes_room_for_another(code: str) -> None:
    fleet = of(3)
    fleet.outcome = lambda instance, at: (
        failed(instance, at, code) if instance.id == fleet.seen[0].canary else replaced(instance, at)
    )
    rollout = fleet.run(lambda rollout: rollout.wave > CANARY)
    assert rollout.troubles == ()
    assert rollout.canary != fleet.seen[0].canary


def test_a_canary_that_ended_as_an_error_after_its_replacement_is_worse() -> None:
    fleet = of(3)
    fleet.outcome = lambda instance, at: replace(
        replaced(instance, at), status=Status.ERROR, changed_at=timestamp(at + 2 * TOOK)
    )
    rollout = fleet.run(ended)
    assert [one.cause for one in rollout.troubles] == ["ERROR"]


def test_a_canary_that_is_gone_makes_room_for_another() -> None:
    fleet = of(3)
    first = fleet.step()
    assert first.canary is not None
    del fleet.instances[first.canary]
    second = fleet.step()
    assert second.canary in fleet.instances
    assert second.wave == CANARY


def test_in_a_large_fleet_a_single_trouble_does_not_stop_it_and_two_do() -> None:
    fleet, soon = in_wave(3, of(100)), timedelta(minutes=5)
    rollout = fleet.step(soon)
    first, second = [one for one in fleet.all if one.version == NEW][-2:]
    fleet.put(recovered(first, fleet.now))
    rollout = fleet.step(soon)
    assert (rollout.status, rollout.worse) == (RolloutStatus.IN_PROGRESS, 1)
    fleet.put(recovered(second, fleet.now))
    rollout = fleet.step(soon)
    assert (rollout.status, rollout.worse) == (RolloutStatus.STOPPED, 2)
    assert rollout.why is not None
    assert rollout.why.code is WhyCode.TOO_MANY_TROUBLES


def test_a_trouble_is_remembered_when_its_instance_is_well_again() -> None:
    fleet = in_wave(3, of(100))
    one = next(instance for instance in fleet.all if instance.version == NEW)
    silent = Silence(one.endpoint.task if one.endpoint else "", timestamp(fleet.now - timedelta(minutes=2)))
    fleet.put(replace(one, silence=silent))
    fleet.step()
    fleet.put(one)
    assert [trouble.cause for trouble in fleet.step().troubles] == ["NOT_ANSWERING"]


def test_a_single_look_without_an_answer_is_no_trouble() -> None:
    fleet = in_wave(3, of(100))
    one = next(instance for instance in fleet.all if instance.version == NEW)
    silent = Silence(one.endpoint.task if one.endpoint else "", timestamp(fleet.now - timedelta(seconds=30)))
    fleet.put(replace(one, silence=silent))
    assert fleet.step().troubles == ()


def test_a_canary_whose_new_task_dies_before_its_replacement_has_ended_is_worse() -> None:
    fleet = of(3)
    fleet.outcome = lambda instance, at: recovered(replaced(instance, at), at + TOOK / 2)
    rollout = fleet.run(ended)
    assert (rollout.status, rollout.worse, rollout.replaced) == (RolloutStatus.STOPPED, 1, 1)


def test_what_befalls_an_instance_before_its_replacement_or_a_day_after_is_not_laid_to_the_image() -> None:
    fleet = of(1)
    fleet.outcome = lambda instance, at: recovered(replaced(instance, at), at - timedelta(minutes=1))
    assert fleet.run(ended).status is RolloutStatus.SUCCEEDED
    fleet = of(1)
    fleet.outcome = lambda instance, at: recovered(replaced(instance, at), at + timedelta(hours=25))
    assert fleet.run(ended).status is RolloutStatus.SUCCEEDED


def test_one_that_was_resumed_goes_on_and_does_not_stop_for_what_was_known() -> None:
    fleet = of(30, outcome=recovering)
    fleet.rollout = resumed(fleet.run(ended), fleet.now)
    assert fleet.rollout.why is None
    fleet.outcome = replaced
    rollout = fleet.run(ended)
    assert (rollout.status, rollout.worse, rollout.replaced) == (RolloutStatus.SUCCEEDED, 1, 30)


def test_after_a_resumption_new_troubles_stop_it_again() -> None:
    fleet = of(30, outcome=failed)
    fleet.rollout = resumed(fleet.run(ended), fleet.now)
    rollout = fleet.run(ended)
    assert (rollout.status, rollout.failed) == (RolloutStatus.STOPPED, 2)


def test_one_that_was_given_up_asks_for_nobody_any_more() -> None:
    fleet = in_wave(2, of(100))
    assert fleet.rollout is not None
    fleet.rollout = abandoned(fleet.rollout, fleet.now)
    done = sum(instance.version == NEW for instance in fleet.all)
    for _ in range(20):
        assert fleet.step().status is RolloutStatus.ABANDONED
    assert sum(instance.version == NEW for instance in fleet.all) <= max(done, 5)


@pytest.mark.parametrize("version", [OLD, NEWER, None])
def test_another_image_on_offer_ends_it_whether_it_goes_on_or_is_stopped(version: str | None) -> None:
    for outcome in (replaced, recovering):
        fleet = of(30, outcome=outcome)
        fleet.step()
        fleet.step()
        fleet.offers = offering(version)
        rollout = fleet.step()
        assert rollout.status is RolloutStatus.ABANDONED
        assert rollout.why is not None
        assert rollout.why.code is WhyCode.SUPERSEDED


def test_no_rollout_begins_where_nobody_needs_it() -> None:
    fleet = [running(version=NEW), running("inst_b2", version="7.0.15"), running("inst_c3", version=None)]
    assert begun(offering().default, fleet, NOW) is None
    assert begun(offering(None).default, [running()], NOW) is None


def test_a_fleet_of_one_is_a_canary_and_nothing_else() -> None:
    fleet = of(1)
    rollout = fleet.run(ended)
    assert (rollout.status, rollout.replaced) == (RolloutStatus.SUCCEEDED, 1)


def test_ten_thousand_instances_are_done_within_a_week_of_windows() -> None:
    """With the default windows, from the figures: who is ready when, and how many the keeper begins at a time."""
    fleet = [an_instance(id=f"inst_{number}") for number in range(10_000)]
    now, left, busiest = NOW, list(fleet), 0
    for wave in WAVES:
        left.sort(key=lambda instance: ready_at(instance, now))
        count = wave.size(len(fleet)) - (len(fleet) - len(left))
        begins = [ready_at(instance, now) for instance in left[:count]]
        ended = max([*begins, now]) + TOOK
        hours = [begin.replace(minute=0, second=0) for begin in begins]
        busiest = max(busiest, *(hours.count(hour) for hour in set(hours)))
        left, now = left[count:], ended + wave.pause
    assert left == []
    assert now - NOW < timedelta(days=8)
    assert busiest < AT_ONCE * (timedelta(hours=1) / TOOK)
