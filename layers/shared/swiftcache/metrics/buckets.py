"""Buckets: the counter states of many instances, stored as one.

A write for each instance and minute would cost more than all else that metrics do, and the states of some eighty
instances together are not much larger than one of them. An instance's bucket follows from its id and its owner's, for
ever, so it does not matter who scrapes it, nor with how many others.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from swiftcache.instances.model import Instance
from swiftcache.metrics.model import Aggregate, CounterState, hour_of_text, step_of_text
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.pool.model import POOL

BUCKETS = 256
"""Changing it, or SPREAD, would take every instance for one that was never scraped."""

SPREAD = 16
"""How many of them hold an organization's instances: they are read for one answer to Prometheus."""


@dataclass(frozen=True, slots=True, order=True)
class Owned:
    """An instance by its owner's id and its own. A member of the warm pool gets another owner, and then is another."""

    organization_id: str
    instance_id: str

    @classmethod
    def of(cls, instance: Instance) -> "Owned":
        return cls(instance.organization_id, instance.id)


@dataclass(frozen=True, slots=True)
class Note:
    """The share of our conversations beside the scrapes in an instance's counters, since a point in time."""

    share: Counters
    since: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """The counter states in a bucket, of instances that are gone for a while too, and the notes by instances' ids.

    `version` is 0 before the first scrape.
    """

    number: int
    version: int = 0
    states: Mapping[Owned, CounterState] = field(default_factory=dict)
    notes: Mapping[str, Note] = field(default_factory=dict)

    @property
    def step(self) -> str:
        """That of the last scrape in it; empty before the first."""
        at = max((state.at for state in self.states.values()), default="")
        return step_of_text(at) if at else ""

    @property
    def snapshot(self) -> dict[str, Aggregate]:
        """How far the hour of the last scrape has come, by the instances' ids: with the gauges of those that were read
        in its step. Members of the warm pool have no hours."""
        step = self.step
        hour = hour_of_text(step) if step else ""
        found = {
            owned.instance_id: Aggregate(
                state.hours.get(hour, NOTHING),
                state.live.gauges if state.live and step_of_text(state.at) == step else None,
            )
            for owned, state in self.states.items()
            if owned.organization_id != POOL
        }
        return {instance: so_far for instance, so_far in found.items() if so_far != Aggregate()}


def bucket_of(organization_id: str, instance_id: str) -> int:
    return (_hash(organization_id) + _hash(instance_id) % SPREAD) % BUCKETS


def buckets_of(organization_id: str) -> Iterator[int]:
    """All in which an organization may have instances."""
    return ((_hash(organization_id) + offset) % BUCKETS for offset in range(SPREAD))


def _hash(text: str) -> int:
    # Python's own differs from process to process.
    return zlib.crc32(text.encode())
