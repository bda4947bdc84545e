"""Who needs a rollout, who goes first, and when a wave is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.engines.model import EngineName
from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.instances.maintenance_window import Day, MaintenanceWindow
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.maintenance.model import required
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL
from swiftcache.rollouts.model import LAST
from swiftcache.rollouts.waves import LAST_PATIENCE, PATIENCE, is_over, is_taken, needs, next_wave, to_take, untaken
from tests.samples import AT, NOW, a_rollout
from tests.unit.rollouts.rollout_fleet import NEW, changed, failed, replaced, running

FRIDAYS = MaintenanceWindow("12:00", 2, Day.FRIDAY)
"""It opens nine hours from NOW."""

SUNDAYS = MaintenanceWindow("12:00", 2, Day.SUNDAY)


def asked(instance: Instance) -> Instance:
    return required(instance, ChangeReason.IMAGE, NOW, NOW + timedelta(days=14), NOW)


def fleet_of(done: int, pending: int, free: int, window: MaintenanceWindow = FRIDAYS) -> list[Instance]:
    names = iter(range(1000))
    return [
        *(replaced(running(f"inst_{next(names)}"), NOW) for _ in range(done)),
        *(asked(running(f"inst_{next(names)}", maintenance_window=window)) for _ in range(pending)),
        *(running(f"inst_{next(names)}", maintenance_window=window) for _ in range(free)),
    ]


@pytest.mark.parametrize(
    "different",
    [
        {"version": NEW},
        {"version": "7.2.17"},
        {"version": "7.0.15"},
        {"version": None},
        {"organization_id": POOL},
        {"engine": EngineName.VALKEY},
        {"status": Status.ERROR},
    ],
    ids=lambda different: str(next(iter(different.items()))),
)
def test_only_a_running_instance_of_an_owner_with_an_older_version_of_the_line_needs_it(
    different: dict[str, Any],
) -> None:
    assert needs(EngineName.REDIS, NEW, running())
    assert not needs(EngineName.REDIS, NEW, running(**different))


def test_versions_are_compared_as_numbers() -> None:
    assert needs(EngineName.REDIS, "7.2.16", running(version="7.2.9"))


def test_those_whose_window_opens_next_are_taken_first() -> None:
    fleet = [
        running("inst_sunday", maintenance_window=SUNDAYS),
        running("inst_closing", maintenance_window=MaintenanceWindow("02:30", 1, Day.FRIDAY)),
        running("inst_friday", maintenance_window=FRIDAYS),
        running("inst_always"),
    ]
    assert [one.id for one in untaken(a_rollout(), fleet, NOW)] == [
        *("inst_always", "inst_friday", "inst_sunday", "inst_closing")
    ]


def test_of_those_ready_at_once_another_rollout_takes_others_first() -> None:
    fleet = [running(f"inst_{number}") for number in range(20)]
    first, other = untaken(a_rollout(), fleet, NOW), untaken(a_rollout(id="rol_2"), fleet, NOW)
    assert first == untaken(a_rollout(), fleet[::-1], NOW)
    assert first != other


def test_a_wave_is_filled_up_to_its_share_with_those_done_and_asked_among_it() -> None:
    assert len(to_take(a_rollout(wave=2), fleet_of(1, 1, 98), NOW)) == 3
    assert to_take(a_rollout(wave=2), fleet_of(1, 4, 95), NOW) == []
    assert to_take(a_rollout(wave=2), fleet_of(9, 0, 91), NOW) == []


def test_nobody_is_taken_in_the_pause_after_a_wave() -> None:
    assert to_take(a_rollout(wave=2, wave_ended_at=AT), fleet_of(1, 1, 98), NOW) == []


def test_what_is_under_way_is_taken() -> None:
    assert is_taken(changed(running(), ChangeStatus.IN_PROGRESS, NOW))
    assert not is_taken(changed(running(), ChangeStatus.IN_PROGRESS, NOW, reason=ChangeReason.OWNER))


def test_a_wave_is_not_over_before_all_are_asked_and_those_whose_turn_is_near_are_done() -> None:
    assert not is_over(a_rollout(wave=2), fleet_of(4, 0, 96), NOW)
    assert not is_over(a_rollout(wave=2), fleet_of(4, 1, 95), NOW)
    assert is_over(a_rollout(wave=2), fleet_of(5, 0, 95), NOW)


def test_one_whose_turn_is_days_away_or_that_has_failed_is_not_waited_for_once_half_are_done() -> None:
    assert is_over(a_rollout(wave=2), fleet_of(4, 1, 95, SUNDAYS), NOW)
    done, [late], free = fleet_of(4, 0, 0), [asked(failed(running("inst_late"), NOW))], fleet_of(0, 0, 95)
    assert is_over(a_rollout(wave=2), [*done, late, *free], NOW)
    assert not is_over(a_rollout(wave=2), fleet_of(2, 3, 95, SUNDAYS), NOW)


def test_no_wave_is_waited_for_longer_than_its_windows_take() -> None:
    assert is_over(a_rollout(wave=2), fleet_of(2, 3, 95, SUNDAYS), NOW + PATIENCE)


def test_the_last_wave_waits_for_all_until_their_deadlines_are_over() -> None:
    fleet = fleet_of(99, 1, 0, SUNDAYS)
    assert not is_over(a_rollout(wave=LAST), fleet, NOW + PATIENCE)
    assert is_over(a_rollout(wave=LAST), fleet, NOW + LAST_PATIENCE)
    assert is_over(a_rollout(wave=LAST), fleet_of(100, 0, 0), NOW)


def test_a_wave_that_would_have_no_new_member_is_left_out() -> None:
    assert next_wave(a_rollout(), fleet_of(1, 0, 99)) == 2
    assert next_wave(a_rollout(total=3), fleet_of(1, 0, 2)) == LAST
    assert next_wave(a_rollout(total=3000), fleet_of(1, 0, 2999 - 2000)) == LAST


def test_another_canary_is_taken_when_the_first_is_put_off() -> None:
    later = replace(asked(running("inst_1")).maintenance[0], not_before=timestamp(NOW + timedelta(days=7)))
    fleet = [running("inst_1", pending_maintenance=(later,)), running("inst_2")]
    assert to_take(a_rollout(canary="inst_1"), fleet, NOW) == []
    assert [one.id for one in to_take(a_rollout(canary="inst_2"), fleet, NOW)] == ["inst_2"]
