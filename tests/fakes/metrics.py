"""The ports of metrics in memory. tests/contract holds the store to what the adapter does."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.metrics.model import CounterState, LiveFigures, RedisSample
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.errors import ControlPasswordRefused, RedisUnreachable
from tests.fakes.instances import FakeInstances

FIGURES = LiveFigures(
    used_memory=1_000_000,
    max_memory=10_485_760,
    keys=3,
    clients=2,
    ops_per_second=5,
    hits=30,
    misses=10,
    evicted_keys=1,
)
OWN = Counters(commands=3, bytes_in=100, bytes_out=3000)
PREPARATION = Counters(commands=4, bytes_in=200, bytes_out=30)


@dataclass
class FakeMetrics:
    stored: dict[tuple[str, str], CounterState] = field(default_factory=dict)
    sums: dict[tuple[str, str], Counters] = field(default_factory=dict)

    def counter_state(self, organization_id: str, instance_id: str) -> CounterState:
        return self.stored.get((organization_id, instance_id), CounterState())

    def counter_states(self, organization_id: str) -> dict[str, CounterState]:
        return {known: state for (owner, known), state in self.stored.items() if owner == organization_id}

    def record(self, organization_id: str, instance_id: str, hour: str, counted: Counters, state: CounterState) -> bool:
        before = self.counter_state(organization_id, instance_id)
        if before.sequence != state.sequence - 1:
            return False
        self.stored[organization_id, instance_id] = replace(state, noted=before.noted)
        if counted != NOTHING:
            self.sums[instance_id, hour] = self.sums.get((instance_id, hour), NOTHING) + counted
        return True

    def note(self, organization_id: str, instance_id: str, share: Counters) -> None:
        before = self.counter_state(organization_id, instance_id)
        self.stored[organization_id, instance_id] = replace(before, noted=before.noted + share)

    def hours(self, instance_id: str, since: str) -> dict[str, Counters]:
        return {hour: sums for (known, hour), sums in self.sums.items() if known == instance_id and hour >= since}


@dataclass
class FakeFleet:
    instances: FakeInstances

    def running(self) -> Iterator[Instance]:
        return (instance for instance in self.instances.stored.values() if instance.status is Status.RUNNING)

    def find(self, instance_id: str) -> Instance | None:
        return next((found for found in self.instances.stored.values() if found.id == instance_id), None)


@dataclass
class FakeRedis:
    """One process of Redis. `counted` is what it shows; a scrape adds its own share, as a real one does."""

    run_id: str = "run-1"
    password: str = "password"
    counted: Counters = PREPARATION
    live: LiveFigures = FIGURES

    def serve(self, load: Counters) -> None:
        self.counted += load


@dataclass
class FakeReader:
    """Reads `servers`, by the id of the instance. One that is not there does not answer."""

    servers: dict[str, FakeRedis] = field(default_factory=dict)

    def read(self, instance: Instance, password: str, *, connections: bool) -> RedisSample:
        server = self.servers.get(instance.id)
        if server is None:
            raise RedisUnreachable(f"the Redis of {instance.id} does not answer")
        if password != server.password:
            raise ControlPasswordRefused(f"the Redis of {instance.id} refuses our password")
        server.serve(OWN)
        return RedisSample(server.run_id, server.counted, OWN, PREPARATION, server.live)


@dataclass
class FakeInspector:
    figures: dict[str, LiveFigures] = field(default_factory=dict)

    def inspect(self, instance: Instance) -> LiveFigures:
        if instance.id not in self.figures:
            raise RedisUnreachable(f"the Redis of {instance.id} does not answer; please try again")
        return self.figures[instance.id]
