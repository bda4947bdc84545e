"""Virtual time: what is waited for passes at once, and branches pass the same time."""

from typing import Any

import pytest

from local.machine import Event, Machine
from tests.bench.virtual_time import BranchingClock, branches_at_once


def waiting(name: str, seconds: int, **more: Any) -> dict[str, Any]:
    return {name: {"Type": "Wait", "Seconds": seconds, **more}}


def test_time_passes_only_when_somebody_waits() -> None:
    clock = BranchingClock(10.0)
    clock.sleep(2.5)
    assert clock.now() == 12.5


def test_branches_begin_together_and_end_with_the_slowest() -> None:
    clock = BranchingClock()
    clock.sleep(1)
    clock.fork()
    moments = []
    for seconds in (5, 30, 10):
        with clock.branch():
            moments.append(clock.now())
            clock.sleep(seconds)
    assert moments == [1, 1, 1]
    assert clock.now() == 31


def test_a_branch_may_have_branches_of_its_own() -> None:
    clock = BranchingClock()
    clock.fork()
    with clock.branch():
        clock.sleep(1)
        clock.fork()
        for seconds in (2, 3):
            with clock.branch():
                clock.sleep(seconds)
        assert clock.now() == 4
    with clock.branch():
        assert clock.now() == 0
        clock.sleep(1)
    assert clock.now() == 4


def test_a_branch_that_fails_leaves_the_clock_where_it_failed() -> None:
    clock = BranchingClock()
    clock.fork()

    def fail() -> None:
        with clock.branch():
            clock.sleep(3)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert clock.now() == 3


def test_a_machines_branches_and_items_pass_the_same_time() -> None:
    items = {"StartAt": "Item", "States": waiting("Item", 4, End=True)}
    branches = [
        {"StartAt": "Short", "States": waiting("Short", 7, End=True)},
        {"StartAt": "Long", "States": waiting("Long", 9, End=True)},
    ]
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Both",
        "States": {
            "Both": {"Type": "Parallel", "Branches": branches, "Next": "Each"},
            "Each": {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": items, "Next": "After"},
            **waiting("After", 1, End=True),
        },
    }
    clock = BranchingClock()

    def on_event(event: Event) -> None:
        if event.type in ("ParallelStateEntered", "MapStateEntered"):
            clock.fork()

    with branches_at_once(clock):
        outcome = Machine(definition).run({}, lambda _: {}, clock=clock, on_event=on_event)
    assert outcome.status == "SUCCEEDED"
    assert clock.now() == 9 + 4 + 1
