"""One pass over the instances of one bucket: what their clients did is stored together, once or not at all."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from swiftcache.instances.certificate import Certificate
from swiftcache.instances.model import Instance
from swiftcache.metrics.buckets import Bucket, Owned
from swiftcache.metrics.key_usage import key_use
from swiftcache.metrics.model import CounterState, LiveFigures, add_to_hour, diff_counters, hour_of, taken_over
from swiftcache.metrics.ports import Metrics
from swiftcache.metrics.scraper import Scraper
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.errors import RedisUnreachable
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL

_KEPT = timedelta(hours=26)
"""Of an instance that does not run: for who takes it over from the warm pool, or recovers it."""

_FLUSH_MINUTES = 32
"""Hours that are over are stored within so many minutes, by each bucket in its own, since all at once would be many."""


class Outcome(Enum):
    """How a scrape of an instance ended."""

    READ = auto()
    OVERTAKEN = auto()
    """Another scrape was stored first; this one is not needed."""
    UNREACHABLE = auto()
    FAILED = auto()
    """Something else than its Redis did not work."""
    WAITING = auto()
    """A member of the warm pool that answers. It has no clients."""
    LATE = auto()
    """The pass was over before its turn came."""


@dataclass(frozen=True, slots=True)
class ScrapeResult:
    """`version` is what the Redis that was read runs; empty if none was."""

    outcome: Outcome
    counted: Counters = NOTHING
    live: LiveFigures | None = None
    error: Exception | None = None
    certificate: Certificate | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class BucketStore:
    """What a pass is made with. `now` gives the time with its zone."""

    metrics: Metrics
    scraper: Scraper
    now: Callable[[], datetime]


@dataclass(slots=True)
class BucketPass:
    """Several threads may `scrape`, each another of the instances. Whoever has scraped the last one has it stored."""

    use: BucketStore
    number: int
    instances: Sequence[Instance]
    results: dict[Owned, ScrapeResult] = field(default_factory=dict)
    """Those of all instances, once each was scraped."""
    _after: dict[Owned, CounterState] = field(default_factory=dict)
    _bucket: Bucket | Exception | None = None
    _left: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._left = len(self.instances)

    def scrape(self, instance: Instance, *, late: bool) -> None:
        """Scrapes one, unless it is too `late` for that. Never raises."""
        owned = Owned.of(instance)
        try:
            self.results[owned] = ScrapeResult(Outcome.LATE) if late else self._scrape(instance, owned)
        except RedisUnreachable as error:
            self.results[owned] = ScrapeResult(Outcome.UNREACHABLE, error=error)
        except Exception as error:
            # One instance's trouble, of whatever kind, must not end the pass for all others.
            self.results[owned] = ScrapeResult(Outcome.FAILED, error=error)
        with self._lock:
            self._left -= 1
            is_last = not self._left
        if is_last and self._after:
            self._close()

    def _scrape(self, instance: Instance, owned: Owned) -> ScrapeResult:
        # The bucket first: if another pass is stored while we scrape, ours does not follow it and is dropped.
        bucket = self._opened()
        before = bucket.states.get(owned) or self._adopted(owned)
        if instance.id in bucket.notes:
            note = bucket.notes[instance.id]
            before = before.with_notes(note.share, note.since)
        sample = self.use.scraper.scrape(instance, connections=True)
        if sample.run_id == before.retired:
            return ScrapeResult(Outcome.OVERTAKEN)
        now = self.use.now()
        if instance.claimed and not before.sequence:
            begin = taken_over(self._waited(instance), sample)
            before = replace(before, run_id=begin.run_id, counters=begin.counters)
        counted, state = diff_counters(before, sample, timestamp(now))
        if instance.organization_id == POOL:
            # How far Redis has counted, and no hour: its hours begin with its owner.
            self._after[owned] = state
            return ScrapeResult(Outcome.WAITING, version=sample.version, certificate=sample.certificate)
        state = add_to_hour(before, state, counted)
        used = key_use(before.key_use, sample.connections, instance.keys, now)
        self._after[owned] = replace(state, key_use=used)
        return ScrapeResult(Outcome.READ, counted, sample.live, version=sample.version, certificate=sample.certificate)

    def _opened(self) -> Bucket:
        with self._lock:
            if self._bucket is None:
                try:
                    self._bucket = self.use.metrics.bucket(self.number)
                except Exception as error:
                    self._bucket = error  # not once more for each instance, one after the other
            if isinstance(self._bucket, Exception):
                raise self._bucket
            return self._bucket

    def _waited(self, claimed: Instance) -> CounterState:
        """The counter state that it had in the warm pool."""
        waited = self.use.metrics.counter_state(POOL, claimed.id)
        return waited if waited.sequence else self._adopted(Owned(POOL, claimed.id))

    def _adopted(self, owned: Owned) -> CounterState:
        return self.use.metrics.adopt(owned.organization_id, owned.instance_id, hour_of(self.use.now()))

    def _close(self) -> None:
        """Stores what was scraped, and says so of each instance that was. Never raises."""
        try:
            failed = None if self._store() else ScrapeResult(Outcome.OVERTAKEN)
        except Exception as error:
            failed = ScrapeResult(Outcome.FAILED, error=error)
        if failed:
            self.results.update(dict.fromkeys(self._after, failed))

    def _store(self) -> bool:
        bucket, now = self._opened(), self.use.now()
        running = {Owned.of(instance) for instance in self.instances}
        states = {**bucket.states, **self._after}
        for owned in states.keys() - running:
            if datetime.fromisoformat(states[owned].at) <= now - _KEPT:
                self.use.metrics.keep_hours(owned.instance_id, states.pop(owned).aggregates)
        if now.minute >= bucket.number % _FLUSH_MINUTES:
            self._flush(bucket, states)
        after = replace(bucket, states=states)
        if bucket.step < after.step:
            # What comes to the hour from here on is another step's. Whoever else goes on from it keeps the same.
            self.use.metrics.keep_snapshot(bucket)
        return self.use.metrics.store(after)

    def _flush(self, bucket: Bucket, states: dict[Owned, CounterState]) -> None:
        """Stores the hours that were over in what is stored, and leaves them out of the states.

        Whoever else does so, or once more, has the same sums. Those of our own scrapes may yet be dropped.
        """
        for owned in states.keys() & bucket.states.keys():
            closed = bucket.states[owned].closed_hours
            if closed:
                self.use.metrics.keep_hours(owned.instance_id, closed)
                states[owned] = states[owned].without(closed)
