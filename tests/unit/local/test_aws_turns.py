"""The turns of executions: so many at a time, and whoever only waits keeps none."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from local.aws.turns import Turns

SECONDS = 10


def has_turn(turns: Turns, machine: str) -> bool:
    with turns.turn(machine):
        return True


def test_no_more_than_so_many_have_a_turn_at_a_time() -> None:
    turns, pair = Turns(width=2), threading.Barrier(2)
    at_work: set[int] = set()

    def work(number: int) -> int:
        with turns.turn("machine"):
            at_work.add(number)
            pair.wait(SECONDS)
            together = len(at_work)
            pair.wait(SECONDS)
            at_work.remove(number)
            return together

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(work, range(100))) == {2}


def test_who_sleeps_leaves_the_turn_to_others() -> None:
    turns, woken = Turns(width=1), threading.Event()

    def sleep() -> None:
        with turns.turn("machine") as clock:
            clock.sleep(SECONDS, woken)

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    with ThreadPoolExecutor(1) as other:
        assert other.submit(has_turn, turns, "machine").result(SECONDS)
    assert sleeper.is_alive()
    woken.set()
    sleeper.join()


def test_the_turns_of_one_machine_are_not_those_of_another() -> None:
    turns = Turns(width=1)
    with turns.turn("hanging"), ThreadPoolExecutor(1) as other:
        assert other.submit(has_turn, turns, "machine").result(SECONDS)


def test_who_has_begun_comes_before_those_who_have_not() -> None:
    turns, woken, order = Turns(width=1), threading.Event(), []
    begun, holding, done = threading.Event(), threading.Event(), threading.Event()

    def sleep() -> None:
        with turns.turn("machine") as clock:
            begun.set()
            clock.sleep(SECONDS, woken)
            order.append("begun")

    def hold() -> None:
        with turns.turn("machine"):
            holding.set()
            done.wait(SECONDS)

    def begin() -> None:
        with turns.turn("machine"):
            order.append("new")

    threads = [threading.Thread(target=work) for work in (sleep, hold, begin, begin)]
    threads[0].start()
    begun.wait(SECONDS)
    threads[1].start()
    holding.wait(SECONDS)
    for thread in threads[2:]:
        thread.start()
    woken.set()
    while turns.waiting("machine") < 3:
        time.sleep(0.001)
    done.set()
    for thread in threads:
        thread.join(SECONDS)
    assert order == ["begun", "new", "new"]
