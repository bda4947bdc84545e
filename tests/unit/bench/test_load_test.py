"""How the bench does many things at once, and what it needs of the machine."""

import resource
import threading
from functools import partial

import pytest

from tests.bench.group import TooSlow, at_once, in_turn
from tests.bench.limits import MachineTooSmall, room_for, suffices
from tests.bench.usage import Spent, rolled_up

ROLLUP = """55d1c0000000-7ffd00000000 ---p 00000000 00:00 0 [rollup]
Rss:               12345 kB
Pss:                2048 kB
Pss_Anon:            512 kB
"""


def test_works_are_done_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=10)

    def meet() -> None:
        together.wait()

    at_once([meet] * 3, threading.Event(), 10)
    assert not together.broken


def test_a_work_that_fails_stops_the_others_and_is_named() -> None:
    stop = threading.Event()

    def patient() -> None:
        assert stop.wait(10)
        raise TooSlow("told to stop")

    def broken() -> None:
        raise ValueError("the reason")

    with pytest.raises(ValueError, match="the reason"):
        at_once([patient, broken], stop, 10)


def test_what_takes_too_long_is_told_to_stop() -> None:
    stop = threading.Event()

    def endless() -> None:
        assert stop.wait(10)
        raise TooSlow("told to stop")

    with pytest.raises(TooSlow):
        at_once([endless], stop, 0.01)


def test_an_interrupt_tells_the_works_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.bench.group.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        at_once([lambda: assert_set(stop)], stop, 10)


def assert_set(stop: threading.Event) -> None:
    assert stop.wait(10)


def test_works_of_several_groups_are_taken_in_turn() -> None:
    done: list[str] = []
    works = in_turn([partial(done.append, name) for name in group] for group in ("ad", "be", "c"))
    for work in works:
        work()
    assert "".join(done) == "abcde"


def test_limits_are_raised_for_the_time_and_put_back() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        with room_for(files=512, processes=1):
            assert suffices(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 512)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (256, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_machine_that_is_too_small_is_told_what_it_lacks() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] == resource.RLIM_INFINITY:
        pytest.skip("this machine has no limit")
    named = rf"allows {before[1]} open files in a process \(ulimit -Hn\); at least {before[1] + 1} are needed"
    with pytest.raises(MachineTooSmall, match=named), room_for(files=before[1] + 1, processes=1):
        pass
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_unlimited_is_enough() -> None:
    assert suffices(resource.RLIM_INFINITY, 10**9)


def test_memory_is_read_from_the_sum_over_all_mappings() -> None:
    assert (rolled_up(ROLLUP, "Rss"), rolled_up(ROLLUP, "Pss"), rolled_up("", "Pss")) == (12345 * 1024, 2048 * 1024, 0)


def test_what_was_spent_between_two_looks_is_their_difference() -> None:
    between = Spent(5, 7, 11) - Spent(1, 2, 4)
    assert (between.ours, between.redis) == (9, 7)
