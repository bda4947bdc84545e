"""What an instance's Redis has done and what it holds: counters, their sums by the hour, the figures of the moment.

Redis counts from the start of its process, our own commands with its clients'. `diff_counters` turns two samples of
these counters into what clients did between them. It is pure: whoever stores its result at most once per scrape counts
nothing twice, and a scrape that is never stored is made good by the next.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from swiftcache.instances.certificate import Certificate
from swiftcache.metrics.key_usage import Connection, KeyUse
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.timestamps import timestamp

STEP = timedelta(minutes=5)
"""How often it is kept how far the hour has come: the distance of the last hour's points."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """What a Redis held when it was read: memory in bytes, open connections without ours, keys."""

    used_memory: int
    clients: int
    keys: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What clients did in a time, and what Redis held when it was last read in it: None if it was not."""

    counters: Counters = NOTHING
    gauges: Gauges | None = None


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
    def gauges(self) -> Gauges:
        return Gauges(self.used_memory, self.clients, self.keys)

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

    `run_id` names the process, and `version` is its own. `counters` are as they stand once the scrape's own
    conversation is over, and `own` is that conversation's share in them. `preparation` is our share in a new process,
    before its first client. `certificate` is what it was held over.
    """

    run_id: str
    counters: Counters
    own: Counters
    preparation: Counters
    live: LiveFigures
    connections: tuple[Connection, ...] = ()
    certificate: Certificate | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class CounterState:
    """What is known of an instance after the scrapes so far. The default: there was none.

    `sequence` counts the scrapes. `counters` are those of the process `run_id` after the last; `retired` is the process
    before. `totals` is what clients did in all, and `hours` what they did in hours that are kept nowhere else yet, by
    their starts; `ends` is what Redis held at the end of those that are over. `noted` is the share of our other
    conversations since `noted_since`, to which anybody may add at any time, and `settled` what of it has been taken
    off. `live` and `key_use` are from the last scrape, at `at`.
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
    ends: Mapping[str, Gauges] = field(default_factory=dict)

    def with_notes(self, noted: Counters, since: str) -> "CounterState":
        """With what is noted now. Notes that began anew, since the earlier ones had expired, settle anew."""
        settled = self.settled if self.noted_since in ("", since) else NOTHING
        return replace(self, noted=noted, noted_since=since, settled=settled)

    @property
    def aggregates(self) -> dict[str, Aggregate]:
        """Those of `hours`, the one of the last scrape as far as it has come."""
        held = dict(self.ends)
        if self.live:
            held[hour_of_text(self.at)] = self.live.gauges
        return {hour: Aggregate(sums, held.get(hour)) for hour, sums in self.hours.items()}

    @property
    def closed_hours(self) -> dict[str, Aggregate]:
        """Those of `hours` that were over at the last scrape: nothing is added to them any more, by whomever."""
        return {hour: found for hour, found in self.aggregates.items() if hour < hour_of_text(self.at)}

    def without(self, closed: Collection[str]) -> "CounterState":
        """Without these hours, which are kept elsewhere."""
        return replace(
            self,
            hours={hour: sums for hour, sums in self.hours.items() if hour not in closed},
            ends={hour: gauges for hour, gauges in self.ends.items() if hour not in closed},
        )


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
        at=max(at, state.at),  # clocks differ, and what was over stays over
        counters=sample.counters,
        totals=state.totals + counted,
        settled=state.settled + paid,
        live=sample.live.kept,
    )


def add_to_hour(before: CounterState, after: CounterState, counted: Counters) -> CounterState:
    """`after`, with what was counted since `before`. An hour that has ended between them did so as it was `before`."""
    hour = hour_of_text(after.at)
    hours = {**after.hours, hour: after.hours.get(hour, NOTHING) + counted}
    ended = hour_of_text(before.at) if before.at else hour
    if ended == hour or ended not in before.hours or before.live is None:
        return replace(after, hours=hours)
    return replace(after, hours=hours, ends={**after.ends, ended: before.live.gauges})


def taken_over(waited: CounterState, sample: RedisSample) -> CounterState:
    """Where the counter state of an instance begins that was a member of the warm pool, at its owner's first scrape.

    `waited` is the member's. What Redis counted while it waited is nobody's, and it has been verified once more for
    its owner. Another process has replaced one that died: it begins like any other.
    """
    if waited.run_id not in ("", sample.run_id):
        return CounterState()
    counted = waited.counters if waited.run_id else sample.preparation
    return CounterState(run_id=sample.run_id, counters=counted + sample.preparation)


def hour_of(at: datetime) -> str:
    """The start of the hour, as `2024-03-15T10:00:00Z`."""
    return timestamp(at.astimezone(UTC).replace(minute=0, second=0, microsecond=0), "seconds")


def step_of(at: datetime) -> str:
    """The start of the step, as `2024-03-15T10:35:00Z`."""
    return timestamp(at - (at - datetime.min.replace(tzinfo=UTC)) % STEP, "seconds")


def hour_of_text(at: str) -> str:
    return hour_of(datetime.fromisoformat(at))


def step_of_text(at: str) -> str:
    return step_of(datetime.fromisoformat(at))
