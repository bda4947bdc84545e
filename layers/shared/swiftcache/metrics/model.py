"""What an instance's Redis has done and what it holds: counters, their sums by the hour, the figures of the moment.

Redis counts from the start of its process, our own commands with its clients'. `diff_counters` turns two samples of
these counters into what clients did between them. It is pure: whoever stores its result at most once per scrape counts
nothing twice, and a scrape that is never stored is made good by the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from swiftcache.metrics.key_usage import Connection, KeyUse
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.timestamps import timestamp

HOURS = 24
"""How many hours are kept and shown, the current one included."""


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """A Redis at one moment. Memory in bytes; `max_memory` is what it is configured with at this moment.

    `clients` are connections, ours not among them. `hits`, `misses` and `evicted_keys` count from the start of the
    process; `ops_per_second` is Redis's own average of the last moments. So do the last four, as in Counters; None is
    what this version of Redis does not count. They are of this moment alone: what is kept has them among its sums.
    """

    used_memory: int
    max_memory: int
    keys: int
    clients: int
    ops_per_second: int
    hits: int
    misses: int
    evicted_keys: int
    evicted_clients: int | None = None
    rejected_connections: int | None = None
    output_limit_disconnections: int | None = None
    query_limit_disconnections: int | None = None

    @property
    def kept(self) -> "LiveFigures":
        """What is kept of them until the next scrape."""
        return LiveFigures(*(getattr(self, name) for name in LIVE_FIRST))

    @property
    def hit_ratio(self) -> float | None:
        """From 0 to 1; None as long as no key was looked up."""
        looked_up = self.hits + self.misses
        return self.hits / looked_up if looked_up else None


LIVE_FIRST = (
    *("used_memory", "max_memory", "keys", "clients", "ops_per_second"),
    *("hits", "misses", "evicted_keys"),
)
"""Those that were there before the others, as in Counters."""


@dataclass(frozen=True, slots=True)
class RedisSample:
    """One scrape of a Redis.

    `run_id` names the process. `counters` are as they stand once the scrape's own conversation is over, and `own` is
    that conversation's share in them. `preparation` is our share in a new process, before its first client.
    """

    run_id: str
    counters: Counters
    own: Counters
    preparation: Counters
    live: LiveFigures
    connections: tuple[Connection, ...] = ()


@dataclass(frozen=True, slots=True)
class CounterState:
    """What is known of an instance after the scrapes so far. The default: there was none.

    `sequence` counts the scrapes. `counters` are those of the process `run_id` after the last; `retired` is the process
    before. `totals` is what clients did in all, and `hours` what they did in hours that are kept nowhere else yet, by
    their starts. `noted` is the share of our other conversations since `noted_since`, to which anybody may add at any
    time, and `settled` what of it has been taken off. `live` and `key_use` are from the last scrape, at `at`.
    """

    sequence: int = 0
    run_id: str = ""
    retired: str = ""
    at: str = ""
    counters: Counters = NOTHING
    totals: Counters = NOTHING
    noted: Counters = NOTHING
    noted_since: str = ""
    settled: Counters = NOTHING
    live: LiveFigures | None = None
    key_use: Mapping[str, KeyUse] = field(default_factory=dict)
    hours: Mapping[str, Counters] = field(default_factory=dict)

    def with_notes(self, noted: Counters, since: str) -> "CounterState":
        """With what is noted now. Notes that began anew, since the earlier ones had expired, settle anew."""
        settled = self.settled if self.noted_since in ("", since) else NOTHING
        return replace(self, noted=noted, noted_since=since, settled=settled)

    @property
    def closed_hours(self) -> dict[str, Counters]:
        """Those of `hours` that were over at the last scrape: nothing is added to them any more, by whomever."""
        return {hour: sums for hour, sums in self.hours.items() if hour < hour_of(datetime.fromisoformat(self.at))}

    def hour_at(self, now: datetime) -> str:
        """The hour in which a scrape counts. Clocks differ, and an hour that was over stays over."""
        return max(hour_of(now), hour_of(datetime.fromisoformat(self.at))) if self.at else hour_of(now)


def diff_counters(state: CounterState, sample: RedisSample, at: str) -> tuple[Counters, CounterState]:
    """What clients did since the last scrape, and the counter state as it then is.

    Another process, or a counter that went back, means that Redis began anew: all that it shows has happened since.
    Our own share is taken off; what is noted of it before Redis shows it waits for the next scrape, so that no sum ever
    shrinks.
    """
    if sample.run_id != state.run_id:
        before = sample.preparation
    elif sample.counters.at_most(state.counters) != state.counters:
        before = NOTHING
    else:
        before = state.counters
    gross = (sample.counters - sample.own - before).at_least(NOTHING)
    paid = gross.at_most(state.noted - state.settled)
    counted = gross - paid
    return counted, replace(
        state,
        sequence=state.sequence + 1,
        run_id=sample.run_id,
        retired=state.retired if sample.run_id == state.run_id else state.run_id,
        at=at,
        counters=sample.counters,
        totals=state.totals + counted,
        settled=state.settled + paid,
        live=sample.live.kept,
    )


def add_to_hour(state: CounterState, hour: str, counted: Counters) -> CounterState:
    """An hour in which nothing was done is none."""
    if counted == NOTHING:
        return state
    return replace(state, hours={**state.hours, hour: state.hours.get(hour, NOTHING) + counted})


def taken_over(waited: CounterState, sample: RedisSample) -> CounterState:
    """Where the counter state of an instance begins that was a member of the warm pool, at its owner's first scrape.

    `waited` is the member's. What Redis counted while it waited is nobody's, and it has been verified once more for
    its owner. Another process has replaced one that died: it begins like any other.
    """
    if waited.run_id not in ("", sample.run_id):
        return CounterState()
    counted = waited.counters if waited.run_id else sample.preparation
    return CounterState(run_id=sample.run_id, counters=counted + sample.preparation)


@dataclass(frozen=True, slots=True)
class Hour:
    """What clients did in an hour. `time` is its start, RFC 3339 in UTC."""

    time: str
    counters: Counters


def hour_of(at: datetime) -> str:
    """The start of the hour, as `2024-03-15T10:00:00Z`."""
    return timestamp(at.astimezone(UTC).replace(minute=0, second=0, microsecond=0), "seconds")


def last_hours(now: datetime) -> list[str]:
    """The starts of the last 24 hours, the oldest first, the current one last."""
    return [hour_of(now - timedelta(hours=back)) for back in reversed(range(HOURS))]
