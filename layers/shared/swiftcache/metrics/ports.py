"""What the use cases of metrics need of the world."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from swiftcache.instances.model import Instance
from swiftcache.metrics.model import CounterState, LiveFigures, RedisSample
from swiftcache.platform.counters import Counters


class Inspector(Protocol):
    def inspect(self, instance: Instance) -> LiveFigures:
        """A RUNNING instance's figures of this moment, read from its Redis within a few seconds.

        Raises RedisUnreachable.
        """


class RedisReader(Protocol):
    def read(self, instance: Instance, password: str, *, connections: bool) -> RedisSample:
        """Reads the serving Redis over one connection of the control user, and lists its clients if asked to.

        Raises RedisUnreachable, and ControlPasswordRefused where another password is needed.
        """


class Fleet(Protocol):
    def running(self) -> Iterator[Instance]:
        """Every RUNNING instance of all organizations. What changed in the last moments may be missing."""


class Metrics(Protocol):
    """The counter state of each instance, and the sums of its hours."""

    def counter_state(self, organization_id: str, instance_id: str) -> CounterState:
        """A strongly consistent read. An empty one if there is none."""

    def counter_states(self, organization_id: str) -> Mapping[str, CounterState]:
        """The counter states of the organization's instances by their ids, of deleted ones for a while too. One
        query."""

    def record(self, organization_id: str, instance_id: str, hour: str, counted: Counters, state: CounterState) -> bool:
        """Adds to the hour's sums and stores the counter state (all but what is `noted`), together or not at all.

        False if the stored counter state is not the one before this: another scrape was first, and nothing is stored.
        """

    def note(self, organization_id: str, instance_id: str, share: Counters) -> None:
        """Adds to the counter state's `noted`: what a conversation of ours has added to Redis's own counters."""

    def hours(self, instance_id: str, since: str) -> Mapping[str, Counters]:
        """The sums by the start of their hours, from `since` on. One query."""
