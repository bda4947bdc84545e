"""A pass over a fleet that is too large for one process: it is cut into shards, and each is another's work.

A shard is some buckets. Which one an instance is in may change with every pass: what is kept of it is in its bucket.
"""

import heapq
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from swiftcache.instances.model import Instance
from swiftcache.metrics.collector import by_bucket
from swiftcache.metrics.figures import FleetFigures
from swiftcache.metrics.ports import Shards
from swiftcache.pool.model import POOL

LARGEST = 4_000
"""Instances of a shard. A processor has done with them in 14 seconds. More and smaller shards are more processes, each
of which reads the passwords of the whole fleet in the course of its life, and these readings are paid for."""


@dataclass(frozen=True, slots=True)
class ShardRun:
    """What is known of a pass in shards, and why the others are not."""

    figures: FleetFigures
    errors: list[Exception]


def shards_of(instances: Sequence[Instance]) -> list[list[Instance]]:
    """Of much the same size, and as few as will do: none for no instances, one for up to LARGEST."""
    buckets = sorted(by_bucket(instances).values(), key=len, reverse=True)
    wanted = min(len(buckets), -(-len(instances) // LARGEST))
    shards: list[list[Instance]] = [[] for _ in range(wanted)]
    smallest = [(0, place) for place in range(wanted)]
    for own in buckets:
        size, place = smallest[0]
        heapq.heapreplace(smallest, (size + len(own), place))
        shards[place] += own
    return shards


def scrape_all(shards: Sequence[Sequence[Instance]], others: Shards) -> ShardRun:
    """Has all scraped at once. The instances of a shard of which nothing is heard were not read."""
    errors: list[Exception] = []

    def one(shard: Sequence[Instance]) -> FleetFigures:
        try:
            return others.scrape(shard)
        except Exception as error:
            # One shard's trouble, of whatever kind, must not hide what the others found.
            errors.append(error)
            running = sum(instance.organization_id != POOL for instance in shard)
            return FleetFigures(running=running, not_read=len(shard))

    with ThreadPoolExecutor(len(shards)) as pool:
        return ShardRun(sum(pool.map(one, shards), FleetFigures()), errors)
