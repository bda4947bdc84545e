"""Every command is counted once, wherever a pass dies, whoever it meets, and however the fleet is cut."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

import pytest

from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.metrics.bucket_pass import BucketPass, BucketStore
from swiftcache.metrics.buckets import BUCKETS, Bucket, Owned, bucket_of
from swiftcache.metrics.collector import collect
from swiftcache.metrics.figures import FleetFigures
from swiftcache.metrics.history import merge_hours, split_hours, steps_between
from swiftcache.metrics.model import Aggregate, CounterState, hour_of_text, step_of, step_of_text
from swiftcache.metrics.scraper import Scraper
from swiftcache.metrics.shards import scrape_all, shards_of
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.pool.model import POOL
from tests.fakes.metrics import FIGURES, PREPARATION, FakeMetrics, FakeReader, FakeRedis
from tests.fakes.redis import FakeCredentials
from tests.samples import an_instance

LOAD = Counters(hits=5, misses=2)
"""What a pass that died leaves in is commands and bytes, and never a look-up."""

HOUR, NEXT_HOUR = "2024-03-15T10:00:00Z", "2024-03-15T11:00:00Z"

T = TypeVar("T")


class Killed(BaseException):
    """The process is gone. No handler of errors sees it."""


@dataclass
class Mortal(FakeMetrics):
    """Dies at call `dies_at`: before it, or after it has been done and before its answer."""

    dies_at: int = -1
    after: bool = False
    calls: Iterator[int] = field(default_factory=count)
    between: Callable[[int], None] = lambda _: None
    """Is called before each call, with its number."""

    def bucket(self, number: int) -> Bucket:
        return self._call(lambda: super(Mortal, self).bucket(number))

    def store(self, bucket: Bucket) -> bool:
        return self._call(lambda: super(Mortal, self).store(bucket))

    def adopt(self, organization_id: str, instance_id: str, hour: str) -> CounterState:
        return self._call(lambda: super(Mortal, self).adopt(organization_id, instance_id, hour))

    def keep_hours(self, instance_id: str, hours: Mapping[str, Aggregate]) -> None:
        self._call(lambda: super(Mortal, self).keep_hours(instance_id, hours))

    def keep_snapshot(self, bucket: Bucket) -> None:
        self._call(lambda: super(Mortal, self).keep_snapshot(bucket))

    def _call(self, made: Callable[[], T]) -> T:
        number = next(self.calls)
        self.between(number)
        dies = number == self.dies_at
        if dies and not self.after:
            raise Killed
        answer = made()
        if dies:
            raise Killed
        return answer


@dataclass
class World:
    """A fleet whose clients do LOAD before each pass."""

    at: datetime = datetime(2024, 3, 15, 10, 30, tzinfo=UTC)
    instances: dict[str, Instance] = field(default_factory=dict)
    credentials: FakeCredentials = field(default_factory=FakeCredentials)
    metrics: Mortal = field(default_factory=Mortal)
    reader: FakeReader = field(default_factory=FakeReader)
    shards: int = 1
    failing: frozenset[int] = frozenset()
    """Shards that die instead."""

    def start(self, instances: int, organization: str = "org_{}") -> None:
        for number in range(instances):
            name = f"inst_{number}"
            owner = organization.format(number % 7)
            self.instances[name] = an_instance(id=name, organization_id=owner, status=Status.RUNNING, keys=())
            self.credentials.issued[name] = ("", "password")
            self.reader.servers[name] = FakeRedis()

    def serve(self) -> None:
        for server in self.reader.servers.values():
            server.serve(LOAD)

    def scrape(self, instances: Sequence[Instance]) -> FleetFigures:
        """As ScrapeShard does."""
        store = BucketStore(self.metrics, Scraper(self.reader, self.credentials, lambda: self.at), lambda: self.at)
        return collect(instances, store, 1, lambda: False).figures

    def run(self) -> FleetFigures:
        """A pass, in as many shards as are wanted."""
        cut = cut_into(self.shards, list(self.instances.values()))
        order = {id(shard): number for number, shard in enumerate(cut)}
        return scrape_all(cut, Calling(lambda shard: self._of_shard(order[id(shard)], shard))).figures

    def sums(self, instance_id: str = "inst_0") -> dict[str, Counters]:
        """Look-ups by the hour, which are those of its steps."""
        _, hours = self._read(instance_id)
        found = {hour: look_ups(aggregate) for hour, aggregate in hours.items() if look_ups(aggregate) != NOTHING}
        by_hour: dict[str, Counters] = defaultdict(Counters)
        for step, counted in self.steps(instance_id).items():
            by_hour[hour_of_text(step)] += counted
        assert by_hour == found
        return found

    def steps(self, instance_id: str = "inst_0") -> dict[str, Counters]:
        """Look-ups by the step."""
        state, hours = self._read(instance_id)
        if not hours:
            return {}
        owner = self.instances[instance_id].organization_id
        steps = steps_between(min(hours), max(step_of(self.at), step_of_text(state.at)))
        found = split_hours(hours, self.metrics.snapshots(owner, instance_id, ""), state, steps)
        return {step: look_ups(aggregate) for step, aggregate in found.items() if look_ups(aggregate) != NOTHING}

    def total(self, instance_id: str) -> Counters:
        return sum(self.sums(instance_id).values(), NOTHING)

    def _read(self, instance_id: str) -> tuple[CounterState, dict[str, Aggregate]]:
        state = self.metrics.counter_state(self.instances[instance_id].organization_id, instance_id)
        return state, merge_hours(state, self.metrics.hours(instance_id, ""))

    def _of_shard(self, number: int, shard: Sequence[Instance]) -> FleetFigures:
        if number in self.failing:
            raise DependencyUnavailable("the function has failed")
        return self.scrape(shard)


def look_ups(found: Aggregate) -> Counters:
    return Counters(hits=found.counters.hits, misses=found.counters.misses)


@dataclass
class Calling:
    scrape: Callable[[Sequence[Instance]], FleetFigures]


def cut_into(shards: int, instances: list[Instance]) -> list[list[Instance]]:
    cut: list[list[Instance]] = [[] for _ in range(shards)]
    for instance in instances:
        cut[bucket_of(instance.organization_id, instance.id) * shards // BUCKETS].append(instance)
    return [shard for shard in cut if shard]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("minute", "apart"), [(30, 31), (59, 31), (56, 2)])
def test_wherever_a_pass_dies_the_next_makes_it_good(minute: int, apart: int, after: bool) -> None:
    """Over five passes of two instances and a full hour, each call in turn is the last of a process."""
    dies_at = 0
    while True:
        world = World(metrics=Mortal(dies_at=dies_at, after=after), at=datetime(2024, 3, 15, 10, minute, tzinfo=UTC))
        world.start(2)
        died = 0
        for _ in range(5):
            world.serve()
            try:
                world.scrape(list(world.instances.values()))
            except Killed:
                died += 1
            world.at += timedelta(minutes=apart)
        world.metrics.dies_at = -1
        world.scrape(list(world.instances.values()))
        assert [world.total(name) for name in world.instances] == [sum([LOAD] * 5, NOTHING)] * 2, dies_at
        assert len(world.sums()) > 1
        if not died:
            assert world.metrics.stood
            break
        dies_at += 1
    assert dies_at > 10


@pytest.mark.parametrize("minutes", [0, 6, 40], ids=["at once", "over five minutes", "over a full hour"])
def test_two_passes_that_overlap_at_any_call_count_once(world: World, minutes: int) -> None:
    world.start(1)
    for at in range(8):
        world.metrics.calls = count()
        world.serve()
        begun = iter([True])

        def between(number: int, at: int = at, begun: Iterator[bool] = begun) -> None:
            if number == at and next(begun, False):
                world.at += timedelta(minutes=minutes)
                world.scrape(list(world.instances.values()))

        world.metrics.between = between
        world.scrape(list(world.instances.values()))
        world.at += timedelta(minutes=29)
    world.metrics.between = lambda _: None
    world.scrape(list(world.instances.values()))
    assert world.total("inst_0") == sum([LOAD] * 8, NOTHING)


def test_the_number_of_shards_may_change_with_every_pass(world: World) -> None:
    world.start(300)
    passes = [1, 20, 7, 20, 1, 256, 1]
    for world.shards in passes:
        world.serve()
        assert world.run().counted.hits == 300 * LOAD.hits
        world.at += timedelta(minutes=20)
    assert {world.total(name) for name in world.instances} == {sum([LOAD] * len(passes), NOTHING)}


def test_instances_of_a_shard_that_fails_were_not_read_and_are_made_good(world: World) -> None:
    world.start(300)
    world.shards = 3
    world.failing = frozenset({1})
    world.serve()
    figures = world.run()
    missing = len(cut_into(3, list(world.instances.values()))[1])
    assert (figures.running, figures.not_read, figures.unreachable) == (300, missing, 0)
    assert figures.counted.hits == (300 - missing) * LOAD.hits
    world.failing = frozenset()
    assert world.run().counted.hits == missing * LOAD.hits
    assert {world.total(name) for name in world.instances} == {LOAD}


def test_an_hour_that_is_over_is_stored_by_itself_with_what_it_was(world: World) -> None:
    world.start(1)
    for _ in range(5):
        world.serve()
        world.scrape(list(world.instances.values()))
        world.at += timedelta(minutes=15)
    owner = world.instances["inst_0"].organization_id
    assert look_ups(world.metrics.sums["inst_0", HOUR]) == LOAD + LOAD
    assert set(world.metrics.counter_state(owner, "inst_0").hours) == {NEXT_HOUR}
    assert world.sums() == {HOUR: LOAD + LOAD, NEXT_HOUR: LOAD + LOAD + LOAD}


def test_a_step_has_what_was_done_until_the_last_scrape_in_it(world: World) -> None:
    world.start(1)
    for minute in (31, 33, 36, 49, 51, 62):
        world.at = datetime(2024, 3, 15, 10, tzinfo=UTC) + timedelta(minutes=minute)
        world.serve()
        world.scrape(list(world.instances.values()))
    assert world.steps() == {
        "2024-03-15T10:30:00Z": LOAD + LOAD,
        "2024-03-15T10:35:00Z": LOAD,
        "2024-03-15T10:45:00Z": LOAD,
        "2024-03-15T10:50:00Z": LOAD,
        "2024-03-15T11:00:00Z": LOAD,
    }


def test_a_snapshot_of_a_pass_that_is_dropped_and_comes_late_moves_nothing_out_of_its_hour(world: World) -> None:
    world.start(1)
    stale = []
    for minute in (51, 53, 56, 59, 62):
        world.at = datetime(2024, 3, 15, 10, tzinfo=UTC) + timedelta(minutes=minute)
        world.serve()
        world.scrape(list(world.instances.values()))
        stale.append(world.metrics.bucket(bucket_of("org_0", "inst_0")))
    for bucket in stale[:1] + stale[2:3]:
        world.metrics.keep_snapshot(bucket)
    assert world.sums() == {HOUR: LOAD + LOAD + LOAD + LOAD, NEXT_HOUR: LOAD}


def test_scrapes_of_a_pass_over_a_full_hour_count_where_they_were_made_and_steps_agree(world: World) -> None:
    """Of one bucket, one is scraped before the full hour, the other after it."""
    world.start(1)
    other = next(f"inst_n{n}" for n in range(999) if bucket_of("org_0", f"inst_n{n}") == bucket_of("org_0", "inst_0"))
    world.instances[other] = replace(world.instances["inst_0"], id=other)
    world.credentials.issued[other], world.reader.servers[other] = ("", "password"), FakeRedis()
    instances = list(world.instances.values())
    store = BucketStore(world.metrics, Scraper(world.reader, world.credentials, lambda: world.at), lambda: world.at)
    for minute in (54, 59, 64):
        world.at = datetime(2024, 3, 15, 10, tzinfo=UTC) + timedelta(minutes=minute, seconds=59)
        world.serve()
        one = BucketPass(store, bucket_of("org_0", "inst_0"), instances)
        for instance in instances:
            one.scrape(instance, late=False)
            world.at += timedelta(seconds=2)
    assert world.sums("inst_0") == {HOUR: LOAD + LOAD, NEXT_HOUR: LOAD}
    assert world.sums(other) == {HOUR: LOAD, NEXT_HOUR: LOAD + LOAD}


def test_an_hour_of_a_pass_that_is_dropped_is_not_stored(world: World) -> None:
    """It has scraped before the full hour, and another is stored before it ends, after the full hour."""
    world.start(1)
    world.serve()
    world.scrape(list(world.instances.values()))
    world.at = datetime(2024, 3, 15, 10, 59, tzinfo=UTC)
    world.serve()
    slow = world.metrics.bucket(bucket_of("org_0", "inst_0"))
    world.scrape(list(world.instances.values()))
    world.at = datetime(2024, 3, 15, 11, 40, tzinfo=UTC)
    assert not world.metrics.store(slow)
    for _ in range(2):
        world.scrape(list(world.instances.values()))
    assert world.sums() == {HOUR: LOAD + LOAD}


def test_a_clock_that_is_behind_adds_nothing_to_an_hour_that_is_over(world: World) -> None:
    world.start(1)
    for minute in (59, 61, 58, 59, 95):
        world.at = datetime(2024, 3, 15, 10, tzinfo=UTC) + timedelta(minutes=minute)
        world.serve()
        world.scrape(list(world.instances.values()))
    assert world.sums() == {HOUR: LOAD, NEXT_HOUR: LOAD + LOAD + LOAD + LOAD}
    assert set(world.metrics.counter_state("org_0", "inst_0").hours) == {NEXT_HOUR}


def test_what_the_earlier_layout_kept_is_gone_on_with(world: World) -> None:
    world.start(1)
    server = world.reader.servers["inst_0"]
    server.serve(LOAD)
    world.metrics.earlier[Owned("org_0", "inst_0")] = CounterState(
        sequence=7,
        run_id=server.run_id,
        at="2024-03-15T10:29:00.000Z",
        counters=server.counted,
        totals=LOAD,
        live=FIGURES,
    )
    world.metrics.sums["inst_0", HOUR] = Aggregate(LOAD)
    world.serve()
    world.scrape(list(world.instances.values()))
    world.at += timedelta(minutes=59)
    for _ in range(2):
        world.scrape(list(world.instances.values()))
    assert world.sums() == {HOUR: LOAD + LOAD}
    assert world.metrics.counter_state("org_0", "inst_0").totals.hits == (LOAD + LOAD).hits


def test_a_member_that_waited_by_the_earlier_layout_is_taken_over(world: World) -> None:
    world.start(1)
    server = world.reader.servers["inst_0"]
    server.serve(LOAD)
    waited = CounterState(sequence=3, run_id=server.run_id, at="2024-03-15T10:29:00.000Z", counters=server.counted)
    world.metrics.earlier[Owned(POOL, "inst_0")] = waited
    world.instances["inst_0"] = replace(world.instances["inst_0"], claimed=True)
    server.serve(PREPARATION)
    world.serve()
    world.scrape(list(world.instances.values()))
    assert world.sums() == {HOUR: LOAD}


def test_what_is_gone_is_known_for_a_day_and_then_only_its_hours_are(world: World) -> None:
    world.start(2, "org_0")
    world.instances["inst_1"] = replace(world.instances["inst_1"], id="inst_16")
    first = next(f"inst_n{n}" for n in range(999) if bucket_of("org_0", f"inst_n{n}") == bucket_of("org_0", "inst_0"))
    world.instances = {first: replace(world.instances["inst_0"], id=first), "inst_0": world.instances["inst_0"]}
    world.credentials.issued[first], world.reader.servers[first] = ("", "password"), FakeRedis()
    world.serve()
    world.scrape(list(world.instances.values()))
    del world.instances[first]
    for hours, known in [(25, {first, "inst_0"}), (2, {"inst_0"})]:
        world.at += timedelta(hours=hours)
        world.scrape(list(world.instances.values()))
        assert set(world.metrics.counter_states("org_0")) == known
    assert look_ups(world.metrics.sums[first, HOUR]) == LOAD


def test_a_store_that_fails_makes_a_buckets_instances_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.start(3)

    def busy(_: object) -> bool:
        raise DependencyUnavailable("the store of metrics is busy")

    with monkeypatch.context() as patch:
        patch.setattr(world.metrics, "bucket", busy)
        assert world.run() == FleetFigures(running=3, not_read=3)
    with monkeypatch.context() as patch:
        patch.setattr(world.metrics, "store", busy)
        assert world.run() == FleetFigures(running=3, not_read=3)


def test_a_fleet_of_twenty_thousand_is_cut_evenly_and_counted_to_the_last(world: World) -> None:
    world.start(20_000)
    instances = list(world.instances.values())
    assert [len(shards_of(instances[:size])) for size in (0, 1, 4_000, 4_001)] == [0, 1, 1, 2]
    cut = shards_of(instances)
    assert sorted(instance.id for shard in cut for instance in shard) == sorted(world.instances)
    assert len(cut) == 5
    assert max(map(len, cut)) < 4_200
    world.serve()
    figures = scrape_all(cut, Calling(world.scrape)).figures
    assert (figures.running, figures.counted.hits, figures.keys) == (20_000, 20_000 * LOAD.hits, 20_000 * FIGURES.keys)


def test_one_organization_with_the_whole_fleet_is_cut_as_well(world: World) -> None:
    world.start(20_000, "org_0")
    assert max(map(len, shards_of(list(world.instances.values())))) <= 5_500
