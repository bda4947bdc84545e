"""The turns of executions: so many at a time, and whoever only waits keeps none."""

import threading
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
