"""The one writer of records: few requests whatever happens, and nobody forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest

from swiftcache.dns.model import MOST_CHANGES, Priority, RecordChange, RecordSet, Result
from swiftcache.dns.writer import BATCH_SECONDS, LEASE_SECONDS, RecordWriter
from tests.fakes.dns import FakeRecordQueue, FakeZone

INTERVAL = 1 / 3


@dataclass
class World:
    """Time passes only when the writer sleeps; `then` is done as soon as a moment has come."""

    time: float = 1000.0
    queue: FakeRecordQueue = field(default_factory=FakeRecordQueue)
    told: list[Result] = field(default_factory=list)
    deaf: bool = False
    then: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.zone = FakeZone(now=lambda: self.time, sync_seconds=20)

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        for at, act in [due for due in self.then if due[0] <= self.time]:
            self.then.remove((at, act))
            act()

    def tell(self, results: Sequence[Result]) -> Sequence[RecordChange]:
        if self.deaf:
            self.deaf = False
            return []
        self.told += results
        return [result.change for result in results]

    def writer(self, owner: str = "run_1", interval: float = INTERVAL) -> RecordWriter:
        return RecordWriter(self.queue, self.zone, interval, self.tell, lambda: self.time, self.sleep, owner)

    def ask(
        self, number: int, priority: Priority = Priority.CREATION, *, removal: bool = False, known: bool = False
    ) -> None:
        hostname = f"{number}.redis.example.com"
        address = f"203.0.113.{number % 256}"
        self.queue.add(
            RecordChange(
                id=f"rcd_{number}_{priority.value}",
                instance_id=f"inst_{number}",
                hostname=hostname,
                addresses=() if removal else (address,),
                priority=priority,
                known=(address,) if known else (),
                queued_at=int(self.time * 1000),
            )
        )
        if removal:
            self.zone.records.setdefault(hostname, RecordSet((address,)))

    def kinds(self) -> list[str]:
        return [kind for _, kind in self.zone.requests]

    def busiest(self, seconds: float = 1.0) -> int:
        """The most requests within so many seconds."""
        moments = [at for at, _ in self.zone.requests]
        return max(sum(start <= at < start + seconds for at in moments) for start in moments)


@pytest.fixture
def world() -> World:
    return World()


def test_a_record_is_told_of_when_it_is_in_sync_and_the_queue_is_empty_then(world: World) -> None:
    world.ask(1)
    assert world.writer().run(600) is False
    assert [(result.change.instance_id, result.code) for result in world.told] == [("inst_1", "")]
    assert 1020 <= world.time < 1024, "two seconds late at most"
    assert world.queue.changes() == []
    assert not world.queue.has_writer(int(world.time * 1000))


def test_a_burst_is_read_four_times_a_second_however_fast_it_is_worked_off(world: World) -> None:
    for number in range(1000):
        world.ask(number, removal=True)
    assert world.writer(interval=0.01).run(600) is False
    assert len(world.told) == 1000
    assert len(world.zone.requests) > 100
    assert world.queue.reads <= (world.time - 1000) * 4 + 2


def test_a_thousand_changes_are_few_requests_and_at_most_three_a_second(world: World) -> None:
    for number in range(1000):
        world.then.append((1000 + number / 20, partial(world.ask, number)))
    world.ask(1000)
    world.writer().run(600)
    assert len(world.told) == 1001
    assert world.kinds().count("upsert") <= 50
    assert world.busiest() <= 4
    assert world.time < 1000 + 50 + 20 + 15


def test_no_batch_is_larger_than_route_53_takes(world: World) -> None:
    for number in range(MOST_CHANGES + 1):
        world.ask(number)
    world.writer().run(600)
    assert world.kinds().count("upsert") == 2


def test_recoveries_come_before_creations_and_both_before_deletions(world: World) -> None:
    world.zone.sync_seconds = 0
    for number in range(MOST_CHANGES):
        world.ask(number, Priority.CREATION)
    world.ask(5000, Priority.DELETION, removal=True, known=True)
    world.ask(6000, Priority.RECOVERY)
    world.writer().run(600)
    assert world.kinds()[:2] == ["upsert", "delete"]
    made = [result.change.priority for result in world.told if not result.change.is_removal]
    assert made[0] is Priority.RECOVERY


def test_many_removals_do_not_keep_a_record_waiting(world: World) -> None:
    for number in range(1000):
        world.ask(number, Priority.DELETION, removal=True)
    world.ask(5000)
    world.writer().run(30)
    assert [result.change.hostname for result in world.told if not result.change.is_removal] == [
        "5000.redis.example.com"
    ]


def test_records_that_are_known_are_removed_in_one_request(world: World) -> None:
    for number in range(300):
        world.ask(number, Priority.DELETION, removal=True, known=True)
    world.writer().run(600)
    assert world.kinds() == ["delete"]
    assert world.zone.records == {}
    assert {result.removed for result in world.told} == {True}


def test_a_record_of_which_nothing_is_known_is_looked_for_before_it_is_removed(world: World) -> None:
    world.ask(1, Priority.DELETION, removal=True)
    world.writer().run(600)
    assert world.kinds() == ["find", "delete"]
    assert [result.removed for result in world.told] == [True]


def test_removing_what_is_not_there_says_that_there_was_nothing(world: World) -> None:
    world.ask(1, Priority.DELETION, removal=True)
    world.zone.records.clear()
    world.writer().run(600)
    assert [(result.removed, result.code) for result in world.told] == [(False, "")]


def test_records_that_were_removed_before_are_no_reason_to_look_for_each(world: World) -> None:
    for number in range(300):
        world.ask(number, Priority.DELETION, removal=True, known=True)
    for number in range(100):
        del world.zone.records[f"{number}.redis.example.com"]
    world.writer().run(600)
    assert world.kinds() == ["delete", "delete"]
    assert sum(result.removed for result in world.told) == 200


def test_what_is_to_be_looked_for_takes_the_requests_that_nobody_else_needs(world: World) -> None:
    for number in range(60):
        world.ask(number, Priority.DELETION, removal=True)
    world.writer().run(600)
    assert world.zone.records == {}
    assert world.time < 1000 + 120 * INTERVAL + 2


def test_a_record_that_is_not_as_it_was_known_is_removed_all_the_same_and_keeps_no_other(world: World) -> None:
    for number in range(3):
        world.ask(number, Priority.DELETION, removal=True, known=True)
    world.zone.records["1.redis.example.com"] = RecordSet(("198.51.100.1",), ttl=60)
    world.writer().run(600)
    assert world.zone.records == {}
    assert world.kinds() == ["delete", "delete", "find", "delete"]


def test_a_removal_whose_answer_was_lost_is_told_as_one(world: World) -> None:
    world.ask(1, Priority.DELETION, removal=True, known=True)
    world.zone.lost = 1
    world.writer().run(600)
    assert [result.removed for result in world.told] == [True]


def test_only_the_last_change_of_a_name_is_made(world: World) -> None:
    world.ask(1)
    world.sleep(0.001)
    world.ask(1, Priority.RECOVERY)
    world.writer().run(600)
    assert world.kinds().count("upsert") == 1
    assert [result.change.priority for result in world.told] == [Priority.RECOVERY]
    assert world.queue.changes() == []


def test_a_change_that_comes_while_its_name_is_on_its_way_is_made_too(world: World) -> None:
    world.ask(1)
    world.then.append((1005, lambda: world.ask(1, Priority.DELETION, removal=True, known=True)))
    world.writer().run(600)
    assert world.zone.records == {}


def test_throttling_is_waited_out(world: World) -> None:
    world.ask(1)
    world.zone.busy = 5
    assert world.writer().run(600) is False
    assert [result.code for result in world.told] == [""]


def test_a_lost_answer_is_asked_for_again(world: World) -> None:
    world.ask(1)
    world.zone.lost = 1
    world.writer().run(600)
    assert [result.code for result in world.told] == [""]


def test_a_name_that_route_53_refuses_is_told_so_and_the_others_are_made(world: World) -> None:
    for number in range(3):
        world.ask(number)
    world.zone.refused = {"1.redis.example.com"}
    world.writer().run(600)
    assert {result.change.instance_id: result.code for result in world.told} == {
        "inst_0": "",
        "inst_1": "InvalidChangeBatch",
        "inst_2": "",
    }


def test_a_zone_that_may_not_be_changed_is_told_to_all(world: World) -> None:
    world.ask(1)
    world.ask(2, Priority.DELETION, removal=True, known=True)
    world.zone.denied = "AccessDenied"
    world.writer().run(600)
    assert [result.code for result in world.told] == ["AccessDenied", "AccessDenied"]
    assert world.queue.changes() == []


def test_who_could_not_be_told_is_told_later(world: World) -> None:
    world.ask(1)
    world.deaf = True
    world.writer().run(600)
    assert [result.change.instance_id for result in world.told] == ["inst_1"]
    assert world.queue.changes() == []


def test_there_is_one_writer_at_a_time(world: World) -> None:
    world.ask(1)
    assert world.queue.acquire("run_0", int(world.time * 1000), int((world.time + LEASE_SECONDS) * 1000))
    assert world.writer().run(600) is False
    assert world.zone.requests == []


def test_a_writer_that_died_is_replaced(world: World) -> None:
    world.ask(1)
    world.queue.acquire("run_0", int(world.time * 1000), int((world.time + LEASE_SECONDS) * 1000))
    world.time += LEASE_SECONDS
    world.writer().run(600)
    assert len(world.told) == 1


def test_a_writer_that_works_for_long_stays_the_only_one(world: World) -> None:
    others: list[bool] = []

    def another(now: int) -> None:
        others.append(world.queue.acquire("run_2", now, now + 1))

    world.zone.sync_seconds = 300
    world.ask(1)
    for at in range(1010, 1300, 10):
        world.then.append((at, partial(another, at * 1000)))
    world.writer().run(600)
    assert len(others) == 29
    assert not any(others)


@dataclass
class LateQueue(FakeRecordQueue):
    """Somebody asks for one change more at the moment at which a writer gives its place back."""

    ask: Callable[[], None] = lambda: None

    def release(self, owner: str) -> None:
        ask, self.ask = self.ask, lambda: None
        ask()
        super().release(owner)


def test_what_comes_when_the_writer_is_about_to_end_is_done_by_it(world: World) -> None:
    world.queue = LateQueue(ask=lambda: world.ask(2))
    world.ask(1)
    world.writer().run(600)
    assert [result.change.instance_id for result in world.told] == ["inst_1", "inst_2"]


def test_a_writer_whose_time_is_over_leaves_the_rest_to_another(world: World) -> None:
    world.ask(1)
    assert world.writer().run(5) is True
    assert not world.queue.has_writer(int(world.time * 1000))
    assert world.writer("run_2").run(600) is False
    assert [result.change.instance_id for result in world.told] == ["inst_1"]


def test_batches_keep_their_distance(world: World) -> None:
    world.ask(1)
    world.then.append((1000.1, lambda: world.ask(2)))
    world.writer().run(600)
    first, second = [at for at, kind in world.zone.requests if kind == "upsert"]
    assert second - first >= BATCH_SECONDS
