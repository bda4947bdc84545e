"""The scheduler of a storm: one process at a time, in the order of the clock, the same each time."""

import random
from collections.abc import Callable
from functools import partial

import pytest

from local.aws.quotas import TokenBucket
from tests.bench.storm_scheduler import Scheduler
from tests.bench.storm_signals import Signal, together


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler()


def test_who_wakes_up_first_runs_first(scheduler: Scheduler) -> None:
    seen: list[tuple[float, str]] = []

    def process(name: str, *pauses: float) -> Callable[[], None]:
        def work() -> None:
            for pause in pauses:
                scheduler.sleep(pause)
                seen.append((scheduler.now(), name))

        return work

    scheduler.spawn(process("slow", 3, 3))
    scheduler.spawn(process("quick", 1, 1, 2.5))
    scheduler.run()
    assert seen == [(1, "quick"), (2, "quick"), (3, "slow"), (4.5, "quick"), (6, "slow")]


def test_at_one_time_they_run_in_the_order_in_which_they_were_woken(scheduler: Scheduler) -> None:
    seen: list[str] = []

    def process(name: str) -> Callable[[], None]:
        def work() -> None:
            scheduler.sleep(1)
            seen.append(name)
            scheduler.sleep(1)
            seen.append(name)

        return work

    for name in "abc":
        scheduler.spawn(process(name))
    scheduler.run()
    assert "".join(seen) == "abcabc"


def test_a_process_begins_after_its_delay_and_may_spawn_others(scheduler: Scheduler) -> None:
    seen: list[float] = []
    scheduler.spawn(lambda: scheduler.spawn(lambda: seen.append(scheduler.now()), delay=2), delay=3)
    scheduler.run()
    assert seen == [5]


def trace(seed: int) -> list[tuple[float, int]]:
    """Who was there when, of processes that sleep and spawn as a seed says."""
    scheduler, rng, seen = Scheduler(), random.Random(seed), list[tuple[float, int]]()

    def work(name: int, depth: int) -> None:
        for _ in range(3):
            scheduler.sleep(rng.choice([0, 0.5, rng.random()]))
            seen.append((scheduler.now(), name))
        if depth:
            together(scheduler, [partial(work, child, depth - 1) for child in range(3)])

    for name in range(5):
        scheduler.spawn(partial(work, name, 2))
    scheduler.run()
    return seen


def test_a_run_is_the_same_each_time() -> None:
    first = trace(3)
    assert first == trace(3)
    assert first != trace(4)
    assert len(first) == 5 * (3 + 9 + 27)
    assert [at for at, _ in first] == sorted(at for at, _ in first)


def test_who_waits_for_a_signal_goes_on_when_it_comes_or_when_its_time_is_up(scheduler: Scheduler) -> None:
    signal, seen = Signal(scheduler), list[tuple[float, bool]]()

    def wait(seconds: float | None) -> None:
        seen.append((0, signal.wait(seconds)))
        seen[-1] = (scheduler.now(), seen[-1][1])

    for seconds in (2, None, 20):
        scheduler.spawn(partial(wait, seconds))
    scheduler.spawn(signal.set, delay=5)
    scheduler.spawn(lambda: wait(1), delay=7)
    scheduler.run()
    assert seen == [(2, False), (5, True), (5, True), (7, True)]


def test_the_results_of_works_done_together_are_in_their_order(scheduler: Scheduler) -> None:
    found: list[object] = []

    def work(seconds: float) -> float:
        scheduler.sleep(seconds)
        return seconds

    def both() -> None:
        found.append(together(scheduler, [lambda: work(5), lambda: work(2)]))
        found.append(scheduler.now())
        found.append(together(scheduler, []))

    scheduler.spawn(both)
    scheduler.run()
    assert found == [[5, 2], 5, []]


def test_no_more_work_at_once_than_is_allowed(scheduler: Scheduler) -> None:
    ended: list[float] = []

    def work() -> None:
        scheduler.sleep(1)
        ended.append(scheduler.now())

    scheduler.spawn(lambda: together(scheduler, [work] * 5, at_most=2))
    scheduler.run()
    assert ended == [1, 1, 2, 2, 3]


def test_the_first_failure_ends_the_others_where_they_wait(scheduler: Scheduler) -> None:
    seen: list[object] = []

    def fail() -> None:
        scheduler.sleep(1)
        raise ValueError("first")

    def late() -> None:
        together(scheduler, [lambda: scheduler.sleep(10), lambda: scheduler.sleep(3)])
        seen.append("late")

    def both() -> None:
        try:
            together(scheduler, [fail, late])
        except ValueError as error:
            seen.append((scheduler.now(), str(error)))

    scheduler.spawn(both)
    scheduler.run()
    assert seen == [(1, "first")]
    assert scheduler.now() == 1


def test_what_a_process_raises_ends_the_run(scheduler: Scheduler) -> None:
    def fail() -> None:
        raise LookupError("unknown")

    scheduler.spawn(lambda: scheduler.sleep(100))
    scheduler.spawn(fail, delay=1)
    with pytest.raises(LookupError, match="unknown"):
        scheduler.run()
    assert scheduler.now() == 1


def test_who_waits_for_ever_is_ended_with_the_run(scheduler: Scheduler) -> None:
    ended: list[str] = []

    def serve() -> None:
        try:
            Signal(scheduler).wait()
        finally:
            ended.append("server")

    scheduler.spawn(serve)
    scheduler.spawn(lambda: scheduler.sleep(3))
    scheduler.run()
    assert (ended, scheduler.now()) == (["server"], 3)


def test_a_run_may_end_at_a_given_time(scheduler: Scheduler) -> None:
    ticks: list[float] = []

    def tick() -> None:
        while True:
            scheduler.sleep(1)
            ticks.append(scheduler.now())

    scheduler.spawn(tick)
    scheduler.run(until=3.5)
    assert ticks == [1, 2, 3]


def test_processes_share_a_bucket(scheduler: Scheduler) -> None:
    bucket = TokenBucket(1, 1, scheduler.now)
    taken: list[tuple[float, str, bool]] = []

    def ask(name: str) -> Callable[[], None]:
        def work() -> None:
            for _ in range(2):
                taken.append((scheduler.now(), name, bucket.take()))
                scheduler.sleep(0.5)

        return work

    scheduler.spawn(ask("a"))
    scheduler.spawn(ask("b"))
    scheduler.run()
    assert taken == [(0, "a", True), (0, "b", False), (0.5, "a", False), (0.5, "b", False)]


def test_thousands_may_wait_at_once(scheduler: Scheduler) -> None:
    ended: list[float] = []

    def work() -> None:
        scheduler.sleep(60)
        ended.append(scheduler.now())

    for _ in range(3000):
        scheduler.spawn(work)
    scheduler.run()
    assert ended == [60] * 3000
