"""A pass over instances to keep what their clients did, bucket by bucket.

A bucket's scrapes are stored once or not at all, so it does not matter whether a pass ends, dies half way, or meets
another: the next pass counts whatever is not stored yet.
"""

import random
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from swiftcache.instances.model import Instance
from swiftcache.metrics.bucket_pass import BucketPass, BucketStore, Outcome, ScrapeResult
from swiftcache.metrics.buckets import Owned, bucket_of
from swiftcache.metrics.figures import FleetFigures
from swiftcache.metrics.model import LiveFigures
from swiftcache.platform.counters import NOTHING
from swiftcache.pool.model import POOL

WORKERS = 32
"""Scrapes at a time. A few instances that hang must not hold up all others."""


@dataclass(frozen=True, slots=True)
class ScrapeRun:
    """What a pass has found: the result of each instance."""

    results: dict[Owned, ScrapeResult]

    def count(self, *outcomes: Outcome) -> int:
        return sum(result.outcome in outcomes for result in self.results.values())

    def sum(self, figure: Callable[[LiveFigures], int]) -> int:
        """The sum of a figure over the instances that were read."""
        return sum(figure(result.live) for result in self.results.values() if result.live)

    @property
    def figures(self) -> FleetFigures:
        return FleetFigures(
            running=sum(owned.organization_id != POOL for owned in self.results),
            unreachable=self.count(Outcome.UNREACHABLE),
            not_read=self.count(Outcome.FAILED, Outcome.LATE),
            keys=self.sum(lambda live: live.keys),
            connections=self.sum(lambda live: live.clients),
            memory_used=self.sum(lambda live: live.used_memory),
            memory_limit=self.sum(lambda live: live.max_memory),
            counted=sum((result.counted for result in self.results.values()), NOTHING),
        )


def by_bucket(instances: Iterable[Instance]) -> dict[int, list[Instance]]:
    found = defaultdict(list)
    for instance in instances:
        found[bucket_of(instance.organization_id, instance.id)].append(instance)
    return found


def collect(
    instances: Sequence[Instance], store: BucketStore, workers: int, time_is_up: Callable[[], bool]
) -> ScrapeRun:
    """One pass over these instances, `workers` at a time, until the time is up.

    In a new order each time: if the time never suffices for all, each instance has its turn now and then, and what it
    did meanwhile is counted then. A bucket's come one after the other, so that it is stored as soon as they were read.
    """
    store.scraper.forget_unused()
    passes = [BucketPass(store, number, own) for number, own in by_bucket(instances).items()]
    order = random.SystemRandom()
    order.shuffle(passes)
    # Taken from the end: who did not answer is waited for, and its turn must come while there is time.
    passes.sort(key=lambda one: any(instance.silence for instance in one.instances))
    waiting = [(one, instance) for one in passes for instance in order.sample(one.instances, len(one.instances))]

    def work(_: int) -> None:
        # Each takes the next itself, by one step that no other thread can come between. A task for each instance would
        # be there from the start, and take more memory than the instance.
        while waiting:
            try:
                one, instance = waiting.pop()
            except IndexError:
                return  # another took the last one
            one.scrape(instance, late=time_is_up())

    with ThreadPoolExecutor(workers) as pool:
        deque(pool.map(work, range(min(workers, len(waiting)))), maxlen=0)  # raises what a worker has raised
    return ScrapeRun({owned: result for one in passes for owned, result in one.results.items()})
