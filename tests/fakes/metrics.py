"""The ports of metrics in memory. tests/contract holds the store to what the adapter does."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from swiftcache.instances.certificate import Certificate
from swiftcache.instances.model import Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.status import Status
from swiftcache.metrics.buckets import Bucket, Note, Owned, bucket_of
from swiftcache.metrics.model import Aggregate, CounterState, LiveFigures, RedisSample
from swiftcache.metrics.slow_commands import SlowCommand, SlowCommands
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
SLOW = SlowCommand(7, "2026-01-02T03:04:05Z", 21_480, ("KEYS", "session:*"), "203.0.113.9:50214", "worker")
OWN = Counters(commands=3, bytes_in=100, bytes_out=3000)
PREPARATION = Counters(commands=4, bytes_in=200, bytes_out=30)


@dataclass
class FakeMetrics:
    """`sums` are hours that are over, and `earlier` counter states of the earlier layout."""

    buckets: dict[int, Bucket] = field(default_factory=dict)
    notes: dict[int, dict[str, Note]] = field(default_factory=lambda: defaultdict(dict))
    sums: dict[tuple[str, str], Aggregate] = field(default_factory=dict)
    stood: dict[tuple[int, str], dict[str, Aggregate]] = field(default_factory=dict)
    earlier: dict[Owned, CounterState] = field(default_factory=dict)

    def bucket(self, number: int) -> Bucket:
        return replace(self.buckets.get(number, Bucket(number)), notes=dict(self.notes[number]))

    def store(self, bucket: Bucket) -> bool:
        if self.bucket(bucket.number).version != bucket.version:
            return False
        states = {owned: replace(state, noted=NOTHING) for owned, state in bucket.states.items()}
        self.buckets[bucket.number] = Bucket(bucket.number, bucket.version + 1, states)
        return True

    def adopt(self, organization_id: str, instance_id: str, hour: str) -> CounterState:
        found = self.earlier.get(Owned(organization_id, instance_id), CounterState())
        stored = self.sums.get((instance_id, hour))
        hours = {} if stored is None else {hour: stored.counters}
        return replace(found, noted=NOTHING, settled=found.settled - found.noted, hours=hours)

    def keep_hours(self, instance_id: str, hours: Mapping[str, Aggregate]) -> None:
        self.sums |= {(instance_id, hour): found for hour, found in hours.items()}

    def keep_snapshot(self, bucket: Bucket) -> None:
        self.stood[bucket.number, bucket.step] = bucket.snapshot

    def note(self, organization_id: str, instance_id: str, share: Counters) -> None:
        notes = self.notes[bucket_of(organization_id, instance_id)]
        before = notes.get(instance_id, Note(NOTHING, "2026-01-02T03:04:05.678Z"))
        notes[instance_id] = replace(before, share=before.share + share)

    def counter_state(self, organization_id: str, instance_id: str) -> CounterState:
        found = self.buckets.get(bucket_of(organization_id, instance_id), Bucket(0))
        return found.states.get(Owned(organization_id, instance_id), CounterState())

    def counter_states(self, organization_id: str) -> dict[str, CounterState]:
        found = {owned: state for bucket in self.buckets.values() for owned, state in bucket.states.items()}
        return {owned.instance_id: state for owned, state in found.items() if owned.organization_id == organization_id}

    def hours(self, instance_id: str, since: str) -> dict[str, Aggregate]:
        return {hour: found for (known, hour), found in self.sums.items() if known == instance_id and hour >= since}

    def snapshots(self, organization_id: str, instance_id: str, since: str) -> dict[str, Aggregate]:
        own = bucket_of(organization_id, instance_id)
        return {
            step: stood[instance_id]
            for (number, step), stood in self.stood.items()
            if number == own and step >= since and instance_id in stood
        }

    def put(self, organization_id: str, instance_id: str, state: CounterState) -> None:
        """As a pass would have stored it."""
        bucket = self.bucket(bucket_of(organization_id, instance_id))
        self.store(replace(bucket, states={**bucket.states, Owned(organization_id, instance_id): state}))


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
    certificate: Certificate | None = None
    version: str = "7.2.16"

    def serve(self, load: Counters) -> None:
        self.counted += load


@dataclass
class FakeReader:
    """Reads `servers`, by the id of the instance. One that is not there does not answer."""

    servers: dict[str, FakeRedis] = field(default_factory=dict)

    def read(self, instance: Instance, password: str, *, connections: bool, patient: bool = False) -> RedisSample:
        server = self.servers.get(instance.id)
        if server is None:
            raise RedisUnreachable(f"the Redis of {instance.id} does not answer")
        if password != server.password:
            raise ControlPasswordRefused(f"the Redis of {instance.id} refuses our password")
        server.serve(OWN)
        return RedisSample(
            server.run_id,
            server.counted,
            OWN,
            PREPARATION,
            server.live,
            version=server.version,
            certificate=server.certificate,
        )

    def slow_commands(self, instance: Instance, password: str, limit: int) -> SlowCommands:
        self.read(instance, password, connections=False)
        return SlowCommands((SLOW,)[:limit], OWN)


@dataclass
class FakeObservedTasks:
    instances: FakeInstances

    def note(self, instance: Instance, observed: ObservedTask) -> bool:
        found = self.instances.get(instance.organization_id, instance.id)
        if found is None or found.status is not Status.RUNNING or found.endpoint is None:
            return False
        if found.endpoint.task != observed.task:
            return False
        self.instances.stored[found.organization_id, found.id] = replace(found, observed=observed.after(found.observed))
        return True


@dataclass
class FakeInspector:
    figures: dict[str, LiveFigures] = field(default_factory=dict)

    def inspect(self, instance: Instance) -> LiveFigures:
        if instance.id not in self.figures:
            raise RedisUnreachable(f"the Redis of {instance.id} does not answer; please try again")
        return self.figures[instance.id]

    def slow_commands(self, instance: Instance, limit: int) -> list[SlowCommand]:
        self.inspect(instance)
        return [SLOW][:limit]
