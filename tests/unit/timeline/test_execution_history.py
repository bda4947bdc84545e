"""Histories as Step Functions gives them, with branches that interleave."""

from datetime import UTC, datetime, timedelta
from typing import Any

from swiftcache.timeline.execution_history import record_of
from swiftcache.timeline.model import StateVisit

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Events:
    """A history that a test writes: each event a second after the one before."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self.add("ExecutionStarted", 0)

    def add(self, kind: str, after: int, name: str = "", **details: Any) -> int:
        number = len(self.all) + 1
        event = {"id": number, "previousEventId": after, "type": kind, "timestamp": START + timedelta(seconds=number)}
        if kind.endswith("StateEntered"):
            event["stateEnteredEventDetails"] = {"name": name}
        elif details:
            event[f"{kind[0].lower()}{kind[1:]}EventDetails"] = details
        self.all.append(event)
        return number

    def call(self, after: int, ending: str = "TaskSucceeded", **details: Any) -> int:
        return self.add(ending, self.add("TaskStarted", self.add("TaskScheduled", after)), **details)


def at(number: int) -> str:
    return (START + timedelta(seconds=number)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_call_belongs_to_the_state_of_its_own_branch() -> None:
    events = Events()
    both = events.add("ParallelStateStarted", events.add("ParallelStateEntered", 1, "Both"))
    left = events.add("TaskStateEntered", both, "Left")
    right = events.add("TaskStateEntered", both, "Right")
    events.add("TaskStateExited", events.call(left))
    retried = events.call(events.call(right, "TaskFailed", error="Busy"))
    events.add("TaskStateExited", retried)
    visits = record_of(events.all).visits
    assert [(visit.step, visit.calls, visit.errors) for visit in visits] == [("Left", 1, ()), ("Right", 2, ("Busy",))]


def test_a_stay_has_the_times_of_its_state() -> None:
    events = Events()
    entered = events.add("TaskStateEntered", 1, "Only")
    left = events.add("TaskStateExited", events.call(entered))
    assert record_of(events.all).visits == (StateVisit("Only", at(entered), at(left), 1),)


def test_a_visit_waits_until_the_next_state_of_its_branch() -> None:
    events = Events()
    looked = events.add("TaskStateExited", events.call(events.add("TaskStateEntered", 1, "Look")))
    wait = events.add("WaitStateEntered", looked, "Wait")
    [waiting] = record_of(events.all).visits
    events.add("TaskStateEntered", events.add("WaitStateExited", wait), "Check")
    gone_on, _ = record_of(events.all).visits
    assert (waiting.waits, gone_on.waits) == (True, False)


def test_a_branch_that_fails_is_told_of_its_last_call() -> None:
    events = Events()
    both = events.add("ParallelStateStarted", events.add("ParallelStateEntered", 1, "Both"))
    other = events.add("WaitStateEntered", events.call(events.add("TaskStateEntered", both, "Other")), "Wait")
    looked = events.add("TaskStateExited", events.call(events.add("TaskStateEntered", both, "Look")))
    late = events.add("FailStateEntered", looked, "Late")
    events.add("WaitStateAborted", other)
    failed = events.add("ParallelStateExited", events.add("ParallelStateFailed", late))
    rolled_back = events.add("TaskStateExited", events.call(events.add("TaskStateEntered", failed, "RollBack")))
    end = events.add("FailStateEntered", rolled_back, "Failed")
    events.add("ExecutionFailed", end, error="ProvisioningTimedOut", cause="Both: the task was PENDING")
    record = record_of(events.all)
    assert {visit.step: (visit.gave_up, visit.aborted, visit.waits) for visit in record.visits} == {
        "Other": (False, True, False),
        "Look": (True, False, False),
        "RollBack": (False, False, False),
    }
    assert (record.ending, record.error, record.failed_step) == ("FAILED", "ProvisioningTimedOut", "Both")


def test_a_call_that_fails_its_branch_ends_with_it() -> None:
    events = Events()
    both = events.add("ParallelStateStarted", events.add("ParallelStateEntered", 1, "Both"))
    failed = events.call(events.add("TaskStateEntered", both, "Look"), "TaskTimedOut", error="States.Timeout")
    end = events.add("ParallelStateFailed", failed)
    [visit] = record_of(events.all).visits
    assert (visit.errors, visit.left_at) == (("States.Timeout",), at(end))


def test_an_execution_that_was_superseded_says_so_by_its_last_state() -> None:
    events = Events()
    last = events.add("SucceedStateEntered", 1, "ProvisioningSuperseded")
    events.add("ExecutionSucceeded", events.add("SucceedStateExited", last))
    record = record_of(events.all)
    assert (record.superseded, record.ending, record.ended_at) == (True, "SUCCEEDED", at(4))


def test_an_execution_under_way_has_no_end() -> None:
    record = record_of(Events().all)
    assert (record.ending, record.started_at, record.ended_at) == ("RUNNING", at(1), None)
