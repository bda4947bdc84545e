"""Histories in the order and with the references that Step Functions gives them."""

from typing import Any

from sfnx.testing import Call, Failure

from local.history import History, without_data
from local.machine import Machine, VirtualClock

INVOKE = "arn:aws:states:::lambda:invoke"


def task(**fields: Any) -> dict[str, Any]:
    ending = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": "f"}, **ending, **fields}


def branch(name: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state}}


def told(states: dict[str, Any], *answers: object) -> list[dict[str, Any]]:
    """The history of a run whose calls are answered by these; a Failure is raised."""
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    history = History(definition)
    left = list(answers)

    def answer(_: Call) -> object:
        given = left.pop(0) if left else {"Payload": "done"}
        if isinstance(given, Failure):
            raise given
        return given

    def record(event: Any) -> None:
        if event.type.endswith("Entered"):
            history.enter(event.details["name"])
        else:
            history.add(event.type, event.details)

    outcome = Machine(definition).run({}, answer, clock=VirtualClock(0), on_event=record)
    history.end({"SUCCEEDED": "ExecutionSucceeded", "FAILED": "ExecutionFailed"}[outcome.status], {})
    return history.events


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def chain(events: list[dict[str, Any]], event: dict[str, Any]) -> list[str]:
    """The types of what came before an event in its own branch."""
    found = []
    while event["previousEventId"]:
        event = events[event["previousEventId"] - 1]
        found.append(event["type"])
    return found[::-1]


def test_a_state_is_left_before_the_next_is_entered() -> None:
    events = told({"First": {"Type": "Pass", "Next": "Last"}, "Last": {"Type": "Succeed"}})
    assert types(events) == [
        "PassStateEntered",
        "PassStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    assert events[1]["stateExitedEventDetails"] == {"name": "First"}


def test_a_repeated_call_is_scheduled_again_without_entering_the_state_again() -> None:
    retry = [{"ErrorEquals": ["Busy"]}]
    events = told({"Only": task(Retry=retry)}, Failure("Busy", "later"))
    assert types(events)[:5] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskFailed",
        "TaskScheduled",
        "TaskSucceeded",
    ]


def test_a_caught_error_leaves_the_state() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]
    events = told({"Only": task(Catch=catch), "Sorry": {"Type": "Fail"}}, Failure("Broken", "so"))
    assert types(events) == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskFailed",
        "TaskStateExited",
        "FailStateEntered",
        "ExecutionFailed",
    ]


def test_each_branch_of_a_parallel_follows_its_start() -> None:
    both = {"Type": "Parallel", "Branches": [branch("Left", task()), branch("Right", task())], "End": True}
    events = told({"Both": both})
    last = [event for event in events if event["type"] == "TaskStateExited"]
    expected = ["ParallelStateEntered", "ParallelStateStarted", "TaskStateEntered", "TaskScheduled", "TaskSucceeded"]
    assert [chain(events, event) for event in last] == [expected, expected]
    assert types(events)[-3:] == ["ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded"]


def test_a_failed_branch_fails_the_parallel() -> None:
    failing = branch("Stop", {"Type": "Fail", "Error": "Broken"})
    catch = [{"ErrorEquals": ["Broken"], "Next": "After"}]
    both = {"Type": "Parallel", "Branches": [failing], "Catch": catch, "End": True}
    events = told({"Both": both, "After": {"Type": "Succeed"}})
    assert types(events)[2:] == [
        "FailStateEntered",
        "ParallelStateFailed",
        "ParallelStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]


def test_each_item_of_a_map_is_an_iteration() -> None:
    processor = {**branch("Each", task()), "ProcessorConfig": {"Mode": "INLINE"}}
    events = told({"All": {"Type": "Map", "Items": "{% [1, 2] %}", "ItemProcessor": processor, "End": True}})
    iterations = [event for event in events if event["type"] == "MapIterationSucceeded"]
    assert [event["mapIterationSucceededEventDetails"]["index"] for event in iterations] == [0, 1]
    assert types(events)[-3:] == ["MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"]


def test_a_loop_inside_a_branch_is_not_another_branch() -> None:
    states = {
        "Look": task(Assign={"looks": "{% $exists($looks) ? $looks + 1 : 1 %}"}, Next="Enough"),
        "Enough": {"Type": "Choice", "Choices": [{"Condition": "{% $looks > 1 %}", "Next": "Yes"}], "Default": "Look"},
        "Yes": {"Type": "Succeed"},
    }
    both = {"Type": "Parallel", "Branches": [{"StartAt": "Look", "States": states}], "End": True}
    events = told({"Both": both})
    end = next(event for event in events if event["type"] == "SucceedStateEntered")
    assert chain(events, end).count("TaskStateEntered") == 2


def test_an_event_without_data_keeps_what_it_is_about() -> None:
    event = {"type": "TaskSucceeded", "id": 3, "taskSucceededEventDetails": {"resource": "invoke", "output": "{}"}}
    assert without_data(event) == {
        "type": "TaskSucceeded",
        "id": 3,
        "taskSucceededEventDetails": {"resource": "invoke"},
    }
