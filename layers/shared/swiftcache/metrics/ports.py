"""What the use cases of metrics need of the world."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from swiftcache.instances.model import Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.metrics.buckets import Bucket
from swiftcache.metrics.figures import FleetFigures
from swiftcache.metrics.model import Aggregate, CounterState, LiveFigures, RedisSample
from swiftcache.metrics.slow_commands import SlowCommand, SlowCommands
from swiftcache.platform.counters import Counters


class Inspector(Protocol):
    def inspect(self, instance: Instance) -> LiveFigures:
        """A RUNNING instance's figures of this moment, read from its Redis within a few seconds.

        Raises RedisUnreachable.
        """

    def slow_commands(self, instance: Instance, limit: int) -> Sequence[SlowCommand]:
        """So many of its slow commands at most, the newest first. Raises RedisUnreachable."""


class RedisReader(Protocol):
    def read(self, instance: Instance, password: str, *, connections: bool, patient: bool = False) -> RedisSample:
        """Reads the serving Redis over one connection of the control user, and lists its clients if asked to.

        `patient`: waits longer for it, and ends a script that is in the way. Raises RedisUnreachable: RedisSilent where
        nobody answers, RedisBusy where a script runs, ControlPasswordRefused where another password is needed.
        """

    def slow_commands(self, instance: Instance, password: str, limit: int) -> SlowCommands:
        """So many of its slow commands at most. Raises as `read` does."""


class Fleet(Protocol):
    def running(self) -> Iterator[Instance]:
        """Every RUNNING instance of all organizations. What changed in the last moments may be missing."""


class Metrics(Protocol):
    """The counter state of each instance, in buckets, and the course of its hours."""

    def bucket(self, number: int) -> Bucket:
        """The bucket as it is. Empty if nothing was stored. Strongly consistent."""

    def store(self, bucket: Bucket) -> bool:
        """Puts the states (without what is `noted`) in the place of those of this version, all or none.

        False if the stored bucket is of another version: another pass was first, and nothing is stored.
        """

    def adopt(self, organization_id: str, instance_id: str, hour: str) -> CounterState:
        """Where the counter state of an instance begins that its bucket does not know.

        With what was kept by the earlier layout, and what of this hour is stored already. From then on nobody can
        count by the earlier layout any more. As often as one likes, the answer is the same.
        """

    def keep_hours(self, instance_id: str, hours: Mapping[str, Aggregate]) -> None:
        """Stores hours that are over, by their starts, in the place of what was there. They are kept for a week."""

    def keep_snapshot(self, bucket: Bucket) -> None:
        """Stores how far the hour of its instances had come at the end of its step, in the place of what was there.

        It is kept for some hours.
        """

    def note(self, organization_id: str, instance_id: str, share: Counters) -> None:
        """Adds to the instance's note: what a conversation of ours has added to Redis's own counters."""

    def counter_state(self, organization_id: str, instance_id: str) -> CounterState:
        """Without what is noted. An empty one if there is none. A strongly consistent read."""

    def counter_states(self, organization_id: str) -> Mapping[str, CounterState]:
        """The counter states of the organization's instances by their ids, of deleted ones for a while too, all
        without what is noted. One call."""

    def hours(self, instance_id: str, since: str) -> Mapping[str, Aggregate]:
        """Those that are kept, by their starts, from `since` on. One call."""

    def snapshots(self, organization_id: str, instance_id: str, since: str) -> Mapping[str, Aggregate]:
        """How far the hour of each step had come at its end, by the steps' starts, from `since` on. One call.

        Steps in which nothing was read may be missing.
        """


class ObservedTasks(Protocol):
    def note(self, instance: Instance, observed: ObservedTask) -> bool:
        """Keeps what was seen, of which there is something, in the place of what was known.

        What was known of the same task stays where this has not heard it. May be repeated. False, and nothing is kept,
        unless the instance is RUNNING and that task still serves it. Raises DependencyUnavailable.
        """


class Shards(Protocol):
    """Parts of a pass that others do, each in a process of its own."""

    def scrape(self, instances: Sequence[Instance]) -> FleetFigures:
        """What a pass over these found. Raises DependencyUnavailable if that is not known."""
