"""The course of an instance's figures: of what is kept of it, the points that are told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from swiftcache.metrics.model import STEP, Aggregate, CounterState, hour_of, hour_of_text, step_of, step_of_text
from swiftcache.platform.counters import NOTHING


class Period(StrEnum):
    """The last so much, the point that is under way included."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"

    @property
    def resolution(self) -> timedelta:
        """How long a point is."""
        return STEP if self is Period.HOUR else timedelta(hours=1)

    def starts(self, now: datetime) -> list[str]:
        """Those of its points, the oldest first, the current one last."""
        start = step_of if self is Period.HOUR else hour_of
        points = {Period.HOUR: 12, Period.DAY: 24, Period.WEEK: 7 * 24}[self]
        return [start(now - back * self.resolution) for back in reversed(range(points))]


@dataclass(frozen=True, slots=True)
class Point:
    """`time` is its start, RFC 3339 in UTC."""

    time: str
    found: Aggregate


@dataclass(frozen=True, slots=True)
class History:
    """Points of a period, the oldest first, the current one last."""

    period: Period
    points: list[Point]


def steps_between(first: str, last: str) -> Iterator[str]:
    """The starts of all steps from one to another."""
    step = datetime.fromisoformat(first)
    while (start := step_of(step)) <= last:
        yield start
        step += STEP


def merge_hours(state: CounterState, kept: Mapping[str, Aggregate]) -> dict[str, Aggregate]:
    """The hours of the state, which was read before those that are kept elsewhere. One that is in both counts once."""
    found = dict(kept)
    for hour, open_hour in state.aggregates.items():
        stored = kept.get(hour, Aggregate())
        found[hour] = Aggregate(open_hour.counters.at_least(stored.counters), open_hour.gauges or stored.gauges)
    return found


def split_hours(
    hours: Mapping[str, Aggregate], snapshots: Mapping[str, Aggregate], state: CounterState, steps: Iterable[str]
) -> dict[str, Aggregate]:
    """The hours in steps: each is how much further the hour had come at its end. `steps` begin with an hour's first.

    What is in no snapshot of its hour is in its last step. So the steps of an hour are together what the hour is.
    """
    so_far = dict(snapshots)
    if state.at:
        # The state is a snapshot, too: that of the step in which it was stored.
        so_far[step_of_text(state.at)] = state.aggregates.get(hour_of_text(state.at), Aggregate())
    found, before = {}, NOTHING
    for step in steps:
        hour = hour_of_text(step)
        if step == hour:
            before = NOTHING
        here = so_far.get(step, Aggregate())
        sums = here.counters.at_least(before)
        if hour != hour_of(datetime.fromisoformat(step) + STEP):
            sums = sums.at_least(hours.get(hour, Aggregate()).counters)
        found[step] = Aggregate(sums - before, here.gauges)
        before = sums
    return found
