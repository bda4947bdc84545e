"""A pass over the fleet: what it keeps, and what goes wrong without harm."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.metrics.bucket_pass import BucketStore, Outcome
from swiftcache.metrics.collector import ScrapeRun, collect
from swiftcache.metrics.history import merge_hours
from swiftcache.metrics.key_usage import Connection, KeyUse
from swiftcache.metrics.model import Aggregate, LiveFigures, RedisSample
from swiftcache.metrics.ports import RedisReader
from swiftcache.metrics.scraper import Inspection, Scraper
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.errors import DependencyUnavailable, NotFound, RedisUnreachable
from swiftcache.pool.model import POOL
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FIGURES, OWN, PREPARATION, FakeFleet, FakeMetrics, FakeReader, FakeRedis
from tests.fakes.organizations import FakeAccounts
from tests.fakes.redis import FakeCredentials
from tests.samples import ORGANIZATION, an_instance

LOAD = Counters(commands=10, bytes_in=1000, bytes_out=2000, hits=5, misses=2)
HOUR, NEXT_HOUR = "2024-03-15T10:00:00Z", "2024-03-15T11:00:00Z"


@dataclass
class World:
    """Running instances, each with a Redis, and a collector that scrapes them at `at`."""

    at: datetime = datetime(2024, 3, 15, 10, 30, tzinfo=UTC)
    instances: FakeInstances = field(default_factory=lambda: FakeInstances(FakeAccounts()))
    credentials: FakeCredentials = field(default_factory=FakeCredentials)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    reader: FakeReader = field(default_factory=FakeReader)

    def collector(self, reader: RedisReader | None = None) -> BucketStore:
        scraper = Scraper(reader or self.reader, self.credentials, lambda: self.at)
        return BucketStore(self.metrics, scraper, lambda: self.at)

    def start(self, instance_id: str, status: Status = Status.RUNNING) -> FakeRedis:
        self.instances.stored[ORGANIZATION, instance_id] = an_instance(id=instance_id, status=status)
        self.credentials.issued[instance_id] = ("", "password")
        self.reader.servers[instance_id] = FakeRedis()
        return self.reader.servers[instance_id]

    def collect(
        self, collector: BucketStore | None = None, time_is_up: Callable[[], bool] = lambda: False, workers: int = 2
    ) -> ScrapeRun:
        running = list(FakeFleet(self.instances).running())
        return collect(running, collector or self.collector(), workers, time_is_up)

    def inspect(self, instance_id: str = "inst_a1") -> LiveFigures:
        return Inspection(self.instances, self.collector().scraper, self.metrics).figures(ORGANIZATION, instance_id)

    def hours(self, instance_id: str = "inst_a1") -> dict[str, Aggregate]:
        state = self.metrics.counter_state(ORGANIZATION, instance_id)
        return merge_hours(state, self.metrics.hours(instance_id, ""))

    def sums(self, instance_id: str = "inst_a1") -> dict[str, Counters]:
        return {hour: found.counters for hour, found in self.hours(instance_id).items()}


@pytest.fixture
def world() -> World:
    return World()


def test_a_pass_adds_each_running_instance_to_its_hour(world: World) -> None:
    world.start("inst_a1").serve(LOAD)
    world.start("inst_a2").serve(LOAD + LOAD)
    done = world.collect()
    assert (world.sums("inst_a1"), world.sums("inst_a2")) == ({HOUR: LOAD}, {HOUR: LOAD + LOAD})
    assert (done.count(Outcome.READ), done.figures.counted, done.sum(lambda live: live.keys)) == (
        2,
        LOAD + LOAD + LOAD,
        6,
    )


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_only_running_instances_are_scraped(world: World, status: Status) -> None:
    world.start("inst_a1", status)
    assert world.collect().results == {}


def test_passes_of_an_hour_add_up_and_the_next_hour_begins_anew(world: World) -> None:
    server = world.start("inst_a1")
    for _ in range(3):
        server.serve(LOAD)
        world.collect()
        world.at += timedelta(minutes=15)
    assert world.sums() == {HOUR: LOAD + LOAD, NEXT_HOUR: LOAD}


def test_a_collector_that_begins_anew_goes_on_where_the_last_ended(world: World) -> None:
    server = world.start("inst_a1")
    server.serve(LOAD)
    world.collect(world.collector())
    server.serve(LOAD)
    world.collect(world.collector())
    assert world.sums() == {HOUR: LOAD + LOAD}


def test_a_collector_that_dies_after_reading_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    server = world.start("inst_a1")
    server.serve(LOAD)

    def died(*_: object) -> bool:
        raise DependencyUnavailable("it died")

    with monkeypatch.context() as patch:
        patch.setattr(world.metrics, "store", died)
        assert world.collect().count(Outcome.FAILED) == 1
    world.collect()
    # Only its own conversation could not be told from a client's.
    assert world.sums() == {HOUR: LOAD + OWN}


def test_two_collectors_that_overlap_count_once(world: World) -> None:
    server = world.start("inst_a1")
    server.serve(LOAD)
    inner: list[ScrapeRun] = []
    read = world.reader.read

    @dataclass
    class Interrupted(FakeReader):
        def read(self, instance: Instance, password: str, *, connections: bool, patient: bool = False) -> RedisSample:
            if not inner:
                inner.append(ScrapeRun({}))
                inner[0] = world.collect()
            return read(instance, password, connections=connections)

    slow = world.collector(Interrupted())
    outer = world.collect(slow)
    assert (inner[0].count(Outcome.READ), outer.count(Outcome.OVERTAKEN)) == (1, 1)
    assert world.sums() == {HOUR: LOAD}


def test_the_task_that_was_replaced_is_not_counted_again(world: World) -> None:
    old = world.start("inst_a1")
    old.serve(LOAD)
    world.collect()
    world.reader.servers["inst_a1"] = FakeRedis(run_id="run-2")
    world.collect()
    world.reader.servers["inst_a1"] = old
    assert world.collect().count(Outcome.OVERTAKEN) == 1
    assert world.sums() == {HOUR: LOAD}


def test_an_instance_that_does_not_answer_delays_nobody_and_is_counted_later(world: World) -> None:
    silent = world.start("inst_a1")
    silent.serve(LOAD)
    world.start("inst_a2").serve(LOAD)
    del world.reader.servers["inst_a1"]
    done = world.collect()
    assert (done.count(Outcome.UNREACHABLE), done.count(Outcome.READ)) == (1, 1)
    world.reader.servers["inst_a1"] = silent
    world.collect()
    assert world.sums("inst_a1") == world.sums("inst_a2") == {HOUR: LOAD}


def test_an_instance_that_hangs_holds_one_worker_only(world: World) -> None:
    for number in range(5):
        world.start(f"inst_{number}").serve(LOAD)
    others = threading.Semaphore(0)
    read = world.reader.read

    @dataclass
    class Hanging(FakeReader):
        def read(self, instance: Instance, password: str, *, connections: bool, patient: bool = False) -> RedisSample:
            if instance.id == "inst_0":
                assert all(others.acquire(timeout=5) for _ in range(4))
            try:
                return read(instance, password, connections=connections)
            finally:
                others.release()

    done = world.collect(world.collector(Hanging()))
    assert done.count(Outcome.READ) == 5


def test_of_many_workers_each_takes_instances_of_its_own(world: World) -> None:
    for number in range(200):
        world.start(f"inst_{number}").serve(LOAD)
    scraped: list[str] = []
    read = world.reader.read

    @dataclass
    class Noting(FakeReader):
        def read(self, instance: Instance, password: str, *, connections: bool, patient: bool = False) -> RedisSample:
            scraped.append(instance.id)
            return read(instance, password, connections=connections)

    collector = world.collector(Noting())
    done = world.collect(collector, workers=8)
    assert sorted(scraped) == sorted(f"inst_{number}" for number in range(200))
    assert done.count(Outcome.READ) == 200


def test_what_is_not_reached_in_time_is_left_for_the_next_pass(world: World) -> None:
    world.start("inst_a1").serve(LOAD)
    assert world.collect(time_is_up=lambda: True).count(Outcome.LATE) == 1
    world.collect()
    assert world.sums() == {HOUR: LOAD}


def test_the_password_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.start("inst_a1")
    collector = world.collector()
    world.collect(collector)
    monkeypatch.delitem(world.credentials.issued, "inst_a1")
    assert world.collect(collector).count(Outcome.READ) == 1


def test_a_password_that_is_refused_is_read_again(world: World) -> None:
    server = world.start("inst_a1")
    collector = world.collector()
    world.collect(collector)
    server.password = "new"
    world.credentials.issued["inst_a1"] = ("", "new")
    assert world.collect(collector).count(Outcome.READ) == 1


def test_a_wrong_password_is_not_tried_for_ever(world: World) -> None:
    world.start("inst_a1").password = "unknown"
    assert world.collect().count(Outcome.UNREACHABLE) == 1


def test_an_instance_without_a_secret_is_unreachable(world: World) -> None:
    world.start("inst_a1")
    del world.credentials.issued["inst_a1"]
    [result] = world.collect().results.values()
    assert (result.outcome, isinstance(result.error.__cause__ if result.error else None, NotFound)) == (
        Outcome.UNREACHABLE,
        True,
    )


def test_passwords_that_were_not_used_for_an_hour_are_forgotten(world: World) -> None:
    world.start("inst_a1")
    collector = world.collector()
    world.collect(collector)
    gone = world.instances.stored.pop((ORGANIZATION, "inst_a1"))
    world.at += timedelta(minutes=59)
    world.collect(collector)
    assert set(collector.scraper.passwords) == {gone.id}
    world.at += timedelta(minutes=2)
    world.collect(collector)
    assert collector.scraper.passwords == {}


def test_an_idle_instance_has_an_hour_in_which_nothing_was_done(world: World) -> None:
    world.start("inst_a1")
    world.collect()
    assert world.hours() == {HOUR: Aggregate(NOTHING, FIGURES.gauges)}
    assert world.metrics.counter_state(ORGANIZATION, "inst_a1").totals == NOTHING


def test_an_hour_has_what_redis_held_at_its_end(world: World) -> None:
    server = world.start("inst_a1")
    world.collect()
    world.at += timedelta(minutes=29)
    server.live = last = replace(FIGURES, used_memory=2_000_000, clients=7, keys=9)
    world.collect()
    for minutes in (2, 40, 40):
        world.at += timedelta(minutes=minutes)
        server.live = replace(FIGURES, used_memory=world.at.minute)
        world.collect()
        assert world.hours()[HOUR].gauges == last.gauges
    assert world.metrics.sums["inst_a1", HOUR].gauges == last.gauges
    assert set(world.metrics.counter_state(ORGANIZATION, "inst_a1").ends) <= {NEXT_HOUR}


def test_a_pass_sees_which_keys_are_in_use(world: World) -> None:
    server = world.start("inst_a1")

    @dataclass
    class Connected(FakeReader):
        def read(self, instance: Instance, password: str, *, connections: bool, patient: bool = False) -> RedisSample:
            sample = FakeReader({instance.id: server}).read(instance, password, connections=connections)
            return replace(sample, connections=(Connection("key_1", age=60, idle=30),) if connections else ())

    world.collect(world.collector(Connected()))
    found = world.metrics.counter_state(ORGANIZATION, "inst_a1").key_use
    assert found == {"key_1": KeyUse("2024-03-15T10:29:30Z", 1)}


def test_a_live_scrape_gives_the_figures_of_one_and_does_not_count(world: World) -> None:
    server = world.start("inst_a1")
    server.serve(LOAD)
    assert world.inspect() == FIGURES
    world.collect()
    assert world.sums() == {HOUR: LOAD}


def test_figures_are_given_although_our_share_cannot_be_noted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.start("inst_a1")

    def busy(*_: object) -> None:
        raise DependencyUnavailable("the store of metrics is busy")

    monkeypatch.setattr(world.metrics, "note", busy)
    assert world.inspect() == FIGURES


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_what_does_not_run_is_not_scraped(world: World, status: Status) -> None:
    world.start("inst_a1", status)
    with pytest.raises(RedisUnreachable, match="not running"):
        world.inspect()


def test_what_is_gone_is_not_scraped(world: World) -> None:
    with pytest.raises(RedisUnreachable, match="not running"):
        world.inspect("inst_gone")


def waiting(world: World) -> FakeRedis:
    server = world.start("inst_a1")
    member = replace(world.instances.stored.pop((ORGANIZATION, "inst_a1")), organization_id=POOL, keys=())
    world.instances.stored[POOL, "inst_a1"] = member
    return server


def take_over(world: World, server: FakeRedis) -> None:
    """It is verified once more for its owner."""
    member = world.instances.stored.pop((POOL, "inst_a1"))
    world.instances.stored[ORGANIZATION, "inst_a1"] = replace(member, organization_id=ORGANIZATION, claimed=True)
    server.serve(PREPARATION)


def test_a_member_of_the_pool_is_scraped_but_has_no_hours(world: World) -> None:
    waiting(world).serve(LOAD)
    done = world.collect()
    assert (done.count(Outcome.WAITING), done.figures.counted, done.sum(lambda live: live.keys)) == (1, NOTHING, 0)
    assert world.sums() == {}


def test_a_member_that_does_not_answer_is_told(world: World) -> None:
    waiting(world)
    del world.reader.servers["inst_a1"]
    assert world.collect().count(Outcome.UNREACHABLE) == 1


@pytest.mark.parametrize("scrapes", [0, 1, 3])
def test_what_a_member_did_while_it_waited_is_not_its_owners(world: World, scrapes: int) -> None:
    server = waiting(world)
    for _ in range(scrapes):
        world.collect()
    take_over(world, server)
    for _ in range(2):
        server.serve(LOAD)
        world.collect()
    assert world.sums() == {HOUR: LOAD + LOAD}


def test_a_task_that_replaced_a_member_which_died_begins_like_any_other(world: World) -> None:
    server = waiting(world)
    world.collect()
    take_over(world, server)
    world.reader.servers["inst_a1"] = server = FakeRedis(run_id="run-2")
    server.serve(LOAD)
    world.collect()
    assert world.sums() == {HOUR: LOAD}
