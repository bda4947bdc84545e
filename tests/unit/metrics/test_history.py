"""Points of an hour, a day and a week, made of what is kept."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swiftcache.metrics.history import Period, merge_hours, split_hours, steps_between
from swiftcache.metrics.model import Aggregate, CounterState, Gauges
from swiftcache.platform.counters import NOTHING, Counters
from tests.fakes.metrics import FIGURES

HOUR, NEXT_HOUR = "2024-03-15T10:00:00Z", "2024-03-15T11:00:00Z"
LOAD = Counters(10, 1000, 2000, 5, 2, 1, 3, 4, 6, 7)
HELD = Gauges(used_memory=1_000, clients=2, keys=3)
STEPS = list(steps_between(HOUR, "2024-03-15T10:55:00Z"))

amounts = st.integers(min_value=0, max_value=10**12)
loads = st.builds(Counters, *[amounts] * 10)


@pytest.mark.parametrize(
    ("period", "points", "first", "last"),
    [
        (Period.HOUR, 12, "2024-03-15T09:35:00Z", "2024-03-15T10:30:00Z"),
        (Period.DAY, 24, "2024-03-14T11:00:00Z", "2024-03-15T10:00:00Z"),
        (Period.WEEK, 168, "2024-03-08T11:00:00Z", "2024-03-15T10:00:00Z"),
    ],
)
def test_a_period_ends_with_the_point_that_is_under_way(period: Period, points: int, first: str, last: str) -> None:
    starts = period.starts(datetime(2024, 3, 15, 10, 34, 59, tzinfo=UTC))
    assert (len(starts), starts[0], starts[-1]) == (points, first, last)
    assert starts == sorted(set(starts))


def test_an_hour_that_is_in_the_state_and_elsewhere_counts_once() -> None:
    state = CounterState(at="2024-03-15T11:01:00.000Z", hours={HOUR: LOAD, NEXT_HOUR: LOAD}, ends={HOUR: HELD})
    assert merge_hours(state, {HOUR: Aggregate(LOAD, HELD)}) == {
        HOUR: Aggregate(LOAD, HELD),
        NEXT_HOUR: Aggregate(LOAD),
    }


def test_an_hour_that_an_earlier_release_has_kept_has_no_gauges() -> None:
    state = CounterState(at="2024-03-15T11:01:00.000Z", hours={NEXT_HOUR: LOAD}, live=FIGURES)
    found = merge_hours(state, {HOUR: Aggregate(LOAD)})
    assert (found[HOUR].gauges, found[NEXT_HOUR].gauges) == (None, FIGURES.gauges)


def test_what_nothing_is_known_of_has_no_points_with_anything() -> None:
    assert merge_hours(CounterState(), {}) == {}
    assert set(split_hours({}, {}, CounterState(), STEPS).values()) == {Aggregate()}


def test_a_step_that_was_missed_is_in_the_one_after_it() -> None:
    snapshots = {STEPS[1]: Aggregate(LOAD, HELD), STEPS[4]: Aggregate(LOAD + LOAD + LOAD)}
    state = CounterState(at="2024-03-15T10:22:00.000Z", hours={HOUR: LOAD + LOAD + LOAD})
    found = split_hours(merge_hours(state, {}), snapshots, state, STEPS)
    assert {step: each for step, each in found.items() if each != Aggregate()} == {
        STEPS[1]: Aggregate(LOAD, HELD),
        STEPS[4]: Aggregate(LOAD + LOAD),
    }


def test_each_hour_begins_anew() -> None:
    state = CounterState(at="2024-03-15T11:02:00.000Z", hours={HOUR: LOAD + LOAD, NEXT_HOUR: LOAD})
    snapshots = {STEPS[-1]: Aggregate(LOAD + LOAD)}
    found = split_hours(merge_hours(state, {}), snapshots, state, steps_between(HOUR, NEXT_HOUR))
    assert (found[STEPS[-1]].counters, found[NEXT_HOUR].counters) == (LOAD + LOAD, LOAD)


@given(st.lists(loads, min_size=1, max_size=30), st.sets(st.integers(0, 29)), st.data())
def test_whatever_is_missing_or_late_the_steps_of_an_hour_are_together_the_hour(
    counted: list[Counters], kept: set[int], data: st.DataObject
) -> None:
    """Every second minute something is counted; of some versions there is a snapshot, in place of any of its step."""
    versions = list(accumulate(counted))
    times = [datetime(2024, 3, 15, 10, 2 * number, tzinfo=UTC) for number in range(len(versions))]
    snapshots = {}
    for number in data.draw(st.permutations([number for number in kept if number < len(versions)])):
        at = times[number]
        step = (at - timedelta(minutes=at.minute % 5)).isoformat().replace("+00:00", "Z")
        snapshots[step] = Aggregate(versions[number])
    state = CounterState(at=times[-1].isoformat(), hours={HOUR: versions[-1]})
    found = split_hours(merge_hours(state, {}), snapshots, state, STEPS)
    assert sum((each.counters for each in found.values()), NOTHING) == versions[-1]
