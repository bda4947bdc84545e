"""Scraping the Redis of running instances: of one for its figures, of all to keep what their clients did.

A scrape is stored once or not at all, so it does not matter whether a pass ends, dies half way, or meets another:
the next pass counts whatever is not stored yet.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto

from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.metrics.key_usage import key_use
from swiftcache.metrics.model import CounterState, LiveFigures, RedisSample, diff_counters, hour_of, taken_over
from swiftcache.metrics.ports import Fleet, Metrics, RedisReader
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.errors import ControlPasswordRefused, DependencyUnavailable, NotFound, RedisUnreachable
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL
from swiftcache.redis.ports import Credentials


@dataclass(frozen=True, slots=True)
class Scraper:
    """Scrapes a Redis with the control user's password, which is read once and kept: each reading is paid for."""

    reader: RedisReader
    credentials: Credentials
    passwords: dict[str, str] = field(default_factory=dict, repr=False)

    def scrape(self, instance: Instance, *, connections: bool) -> RedisSample:
        """Raises RedisUnreachable."""
        try:
            return self.reader.read(instance, self._password(instance.id), connections=connections)
        except ControlPasswordRefused:
            self.passwords.pop(instance.id, None)
            return self.reader.read(instance, self._password(instance.id), connections=connections)

    def forget_others(self, instances: Iterable[Instance]) -> None:
        """Keeps no password of what is not among these."""
        for gone in set(self.passwords) - {instance.id for instance in instances}:
            self.passwords.pop(gone, None)

    def _password(self, instance_id: str) -> str:
        if instance_id not in self.passwords:
            try:
                self.passwords[instance_id] = self.credentials.control_password(instance_id)
            except NotFound as error:
                raise RedisUnreachable(str(error)) from error
        return self.passwords[instance_id]


def inspect(
    instances: Instances, scraper: Scraper, metrics: Metrics, organization_id: str, instance_id: str
) -> LiveFigures:
    """Scrapes the Redis of a RUNNING instance now, for Inspector. Raises RedisUnreachable."""
    instance = instances.get(organization_id, instance_id)
    if instance is None or instance.status is not Status.RUNNING:
        raise RedisUnreachable(f"{instance_id} is not running any more")
    sample = scraper.scrape(instance, connections=False)
    # Else the sums would have our own share in them; a little one is no reason to answer nothing.
    with suppress(DependencyUnavailable):
        metrics.note(organization_id, instance_id, sample.own)
    return sample.live


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
    outcome: Outcome
    counted: Counters = NOTHING
    live: LiveFigures | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Collector:
    """`now` gives the time with its zone."""

    metrics: Metrics
    scraper: Scraper
    now: Callable[[], datetime]

    def scrape(self, instance: Instance) -> ScrapeResult:
        """Scrapes one instance, and adds what its clients did since the last scrape to the hour. Never raises."""
        try:
            return self._scrape(instance)
        except RedisUnreachable as error:
            return ScrapeResult(Outcome.UNREACHABLE, error=error)
        except Exception as error:
            # One instance's trouble, of whatever kind, must not end the pass for all others.
            return ScrapeResult(Outcome.FAILED, error=error)

    def _scrape(self, instance: Instance) -> ScrapeResult:
        # The counter state first: if another scrape is stored while we read, ours does not follow it and is dropped.
        before = self.metrics.counter_state(instance.organization_id, instance.id)
        sample = self.scraper.scrape(instance, connections=True)
        if sample.run_id == before.retired:
            return ScrapeResult(Outcome.OVERTAKEN)
        now = self.now()
        if instance.organization_id == POOL:
            return self._waiting(instance, before, sample, now)
        if instance.claimed and not before.sequence:
            before = taken_over(self.metrics.counter_state(POOL, instance.id), sample)
        counted, state = diff_counters(before, sample, timestamp(now))
        state = replace(state, key_use=key_use(before.key_use, sample.connections, instance.keys, now))
        stored = self.metrics.record(instance.organization_id, instance.id, hour_of(now), counted, state)
        return ScrapeResult(Outcome.READ, counted, sample.live) if stored else ScrapeResult(Outcome.OVERTAKEN)

    def _waiting(self, member: Instance, before: CounterState, sample: RedisSample, now: datetime) -> ScrapeResult:
        """Notes how far Redis has counted, and no hour: its hours begin with its owner."""
        _, state = diff_counters(before, sample, timestamp(now))
        self.metrics.record(POOL, member.id, hour_of(now), NOTHING, state)
        return ScrapeResult(Outcome.WAITING)


@dataclass(frozen=True, slots=True)
class ScrapeRun:
    """What a pass over the fleet has found: the result of each instance."""

    results: dict[str, ScrapeResult]

    def count(self, *outcomes: Outcome) -> int:
        return sum(result.outcome in outcomes for result in self.results.values())

    def sum(self, figure: Callable[[LiveFigures], int]) -> int:
        """The sum of a figure over the instances that were read."""
        return sum(figure(result.live) for result in self.results.values() if result.live)

    @property
    def counted(self) -> Counters:
        return sum((result.counted for result in self.results.values()), NOTHING)


def collect(fleet: Fleet, collector: Collector, workers: int, time_is_up: Callable[[], bool]) -> ScrapeRun:
    """One pass over all running instances, `workers` at a time, until the time is up.

    In a new order each time: if the time never suffices for all, each instance has its turn now and then, and what it
    did meanwhile is counted then.
    """
    waiting = list(fleet.running())
    collector.scraper.forget_others(waiting)
    random.SystemRandom().shuffle(waiting)
    results: dict[str, ScrapeResult] = {}

    def work(_: int) -> None:
        # Each takes the next itself, by one step that no other thread can come between. A task for each instance would
        # be there from the start, and take more memory than the instance.
        while waiting:
            try:
                instance = waiting.pop()
            except IndexError:
                return  # another took the last one
            results[instance.id] = ScrapeResult(Outcome.LATE) if time_is_up() else collector.scrape(instance)

    with ThreadPoolExecutor(workers) as pool:
        deque(pool.map(work, range(min(workers, len(waiting)))), maxlen=0)  # raises what a worker has raised
    return ScrapeRun(results)
