"""The engine: what it adds to sfnx, and what it relies on in sfnx."""

import threading
from typing import Any

import pytest

from local.callbacks import Callbacks, UnknownTokenError
from local.machine import (
    Call,
    Event,
    Failure,
    Identity,
    InvalidDefinition,
    Machine,
    Outcome,
    RealClock,
    Unsupported,
    VirtualClock,
)

INVOKE = "arn:aws:states:::lambda:invoke"


def machine(states: dict[str, Any], **fields: Any) -> Machine:
    return Machine({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **fields})


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": "f"}, "End": True, **fields}


def answer(_: Call) -> object:
    return {"Payload": "done"}


def test_the_output_of_the_last_state_is_the_outcome() -> None:
    outcome = machine({"Only": task(Output="{% $states.result.Payload %}")}).run({}, answer)

    assert outcome == Outcome("SUCCEEDED", "done", states=("Only",))


def test_a_state_reads_its_own_execution_in_the_context() -> None:
    names = "{% [$states.context.Execution.Name, $states.context.Execution.Id, $states.context.Execution.Input] %}"
    only = machine({"Only": {"Type": "Pass", "Output": names, "End": True}})

    outcome = only.run({"a": 1}, answer, identity=Identity("mine", "provision"))

    arn = "arn:aws:states:eu-central-1:123456789012:execution:provision:mine"
    assert outcome.output == ["mine", arn, {"a": 1}]


def test_an_uncaught_failure_is_the_outcome() -> None:
    def fail(_: Call) -> object:
        raise Failure("Ecs.ClusterNotFoundException", "no cluster")

    outcome = machine({"Only": task()}).run({}, fail)

    assert (outcome.status, outcome.error, outcome.cause) == (
        "FAILED",
        "Ecs.ClusterNotFoundException",
        "no cluster",
    )


def test_anything_else_that_a_task_raises_is_raised() -> None:
    def fail(_: Call) -> object:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        machine({"Only": task()}).run({}, fail)


@pytest.mark.parametrize("wait", [{"Seconds": 90}, {"Timestamp": "2026-01-01T00:01:30Z"}])
def test_a_wait_lets_the_clock_pass(wait: dict[str, Any]) -> None:
    clock = VirtualClock()
    start = clock.now()
    waiting = machine(
        {
            "Wait": {"Type": "Wait", **wait, "Next": "Tell"},
            "Tell": {"Type": "Pass", "Output": "{% $millis() %}", "End": True},
        }
    )

    outcome = waiting.run({}, answer, clock=clock)

    assert clock.now() - start == 90
    assert outcome.output == int(clock.now() * 1000)


def test_now_reads_the_clock() -> None:
    outcome = machine({"Tell": {"Type": "Pass", "Output": "{% $now() %}", "End": True}}).run(
        {}, answer, clock=VirtualClock(start=0)
    )

    assert outcome.output == "1970-01-01T00:00:00.000Z"


def test_a_retry_backs_off_before_each_further_attempt() -> None:
    clock, moments = VirtualClock(start=0), []

    def fail(_: Call) -> object:
        moments.append(clock.now())
        raise Failure("Busy")

    retry = {"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxAttempts": 3, "MaxDelaySeconds": 10}
    machine({"Only": task(Retry=[retry])}).run({}, fail, clock=clock)

    assert moments == [0, 2, 8, 18]
    assert clock.now() == 18


def test_an_error_without_a_retrier_does_not_wait() -> None:
    clock = VirtualClock(start=0)

    def fail(_: Call) -> object:
        raise Failure("Broken")

    machine({"Only": task(Retry=[{"ErrorEquals": ["Busy"]}])}).run({}, fail, clock=clock)

    assert clock.now() == 0


def test_a_later_visit_to_a_state_has_all_its_retries_again() -> None:
    clock, results = VirtualClock(start=0), iter(["fail", "pass", "fail", "pass"])

    def flaky(_: Call) -> object:
        if next(results) == "fail":
            raise Failure("Busy")
        return {}

    twice = machine(
        {
            "Work": task(
                Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 1}],
                Assign={"visits": "{% $exists($visits) ? $visits + 1 : 1 %}"},
                End=False,
                Next="IsDone",
            ),
            "IsDone": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $visits = 2 %}", "Next": "Done"}],
                "Default": "Work",
            },
            "Done": {"Type": "Succeed"},
        }
    )

    assert twice.run({}, flaky, clock=clock).status == "SUCCEEDED"
    assert clock.now() == 2


def test_a_stopped_execution_ends_at_its_next_call() -> None:
    stop, calls = threading.Event(), []

    def stop_in_the_middle(call: Call) -> object:
        calls.append(call.state)
        stop.set()
        return {}

    outcome = machine({"First": task(End=False, Next="Second"), "Second": task()}).run(
        {}, stop_in_the_middle, stop=stop
    )

    assert outcome.status == "ABORTED"
    assert calls == ["First"]


def test_a_stopped_execution_ends_in_the_middle_of_a_wait() -> None:
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    waiting = machine({"Wait": {"Type": "Wait", "Seconds": 600, "End": True}})

    assert waiting.run({}, answer, clock=RealClock(), stop=stop).status == "ABORTED"


def test_the_machines_own_timeout_ends_a_wait_when_it_is_over() -> None:
    clock = VirtualClock(start=0)
    waiting = machine({"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}, TimeoutSeconds=60)

    assert waiting.run({}, answer, clock=clock).status == "TIMED_OUT"
    assert clock.now() == 60


def test_a_function_that_takes_too_long_is_a_timeout_that_can_be_caught() -> None:
    release = threading.Event()

    def hang(_: Call) -> object:
        release.wait(30)
        return {}

    patient = machine(
        {
            "Work": task(TimeoutSeconds="{% 0.05 %}", Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]),
            "Late": {"Type": "Succeed", "Output": "late"},
        }
    )

    assert patient.run({}, hang).output == "late"
    release.set()


def test_a_result_over_the_limit_fails_the_state() -> None:
    outcome = machine({"Only": task()}).run({}, lambda _: "x" * 300_000)

    assert outcome.error == "States.DataLimitExceeded"


def test_each_state_and_call_is_an_event_with_its_data() -> None:
    events: list[Event] = []

    machine({"Only": task()}).run({}, answer, on_event=events.append)

    kind = {"resourceType": "lambda", "resource": "invoke"}
    assert events == [
        Event("TaskStateEntered", {"name": "Only"}),
        Event("TaskScheduled", {**kind, "parameters": '{"FunctionName": "f"}'}),
        Event("TaskSucceeded", {**kind, "output": '{"Payload": "done"}'}),
    ]


def test_a_failed_call_is_an_event_with_its_error() -> None:
    events: list[Event] = []

    def fail(_: Call) -> object:
        raise Failure("Busy", "try later")

    machine({"Only": task(Resource="arn:aws:states:::states:startExecution.sync:2")}).run(
        {}, fail, on_event=events.append
    )

    kind = {"resourceType": "states", "resource": "startExecution.sync:2"}
    assert events[-1] == Event("TaskFailed", {**kind, "error": "Busy", "cause": "try later"})


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"QueryLanguage": "JSONata", "StartAt": "Missing", "States": {"A": {"Type": "Succeed"}}},
        {
            "QueryLanguage": "JSONata",
            "StartAt": "A",
            "States": {"A": {"Type": "Pass", "Output": "{% ( %}", "End": True}},
        },
    ],
)
def test_what_aws_refuses_is_refused(definition: dict[str, Any]) -> None:
    with pytest.raises(InvalidDefinition):
        Machine(definition)


def test_a_timeout_that_depends_on_the_data_is_refused() -> None:
    with pytest.raises(Unsupported, match="Only: TimeoutSeconds must be a constant"):
        machine({"Only": task(TimeoutSeconds="{% $limit %}")})


WAITING_TASK = {
    "Resource": f"{INVOKE}.waitForTaskToken",
    "Arguments": {"FunctionName": "f", "Payload": {"token": "{% $states.context.Task.Token %}"}},
}


def token_of(call: Call) -> str:
    assert isinstance(call.arguments, dict)
    return str(call.arguments["Payload"]["token"])


def test_a_waiting_task_ends_with_what_its_token_is_sent_back_with() -> None:
    callbacks = Callbacks()

    def answer_later(call: Call) -> object:
        threading.Timer(0.05, callbacks.succeed, (token_of(call), '{"status": "RUNNING"}')).start()
        return {"Payload": "not looked at"}

    only = machine({"Only": task(**WAITING_TASK, TimeoutSeconds=30)})

    assert only.run({}, answer_later, callbacks=callbacks).output == {"status": "RUNNING"}


def test_a_token_may_come_back_before_the_call_that_it_was_given_to_has_answered() -> None:
    callbacks = Callbacks()

    def answer_at_once(call: Call) -> object:
        callbacks.succeed(token_of(call), "1")
        return {}

    assert machine({"Only": task(**WAITING_TASK)}).run({}, answer_at_once, callbacks=callbacks).output == 1


def test_a_waiting_task_fails_with_the_error_that_its_token_is_sent_back_with() -> None:
    callbacks = Callbacks()

    def fail_at_once(call: Call) -> object:
        callbacks.fail(token_of(call), "TaskStopped", "no image")
        return {}

    outcome = machine({"Only": task(**WAITING_TASK)}).run({}, fail_at_once, callbacks=callbacks)

    assert (outcome.error, outcome.cause) == ("TaskStopped", "no image")


def test_a_waiting_task_times_out_and_its_token_is_worth_nothing_then() -> None:
    callbacks, tokens = Callbacks(), []

    def note(call: Call) -> object:
        tokens.append(token_of(call))
        return {}

    outcome = machine({"Only": task(**WAITING_TASK, TimeoutSeconds=5)}).run(
        {}, note, callbacks=callbacks, clock=VirtualClock()
    )

    assert outcome.error == "States.Timeout"
    with pytest.raises(UnknownTokenError):
        callbacks.succeed(tokens[0], "1")


def test_each_try_of_a_waiting_task_has_a_token_of_its_own() -> None:
    callbacks, tokens = Callbacks(), []

    def fail_once(call: Call) -> object:
        tokens.append(token_of(call))
        if len(tokens) == 1:
            raise Failure("Lambda.ServiceException", "")
        callbacks.succeed(tokens[-1], "1")
        return {}

    retry = [{"ErrorEquals": ["Lambda.ServiceException"], "IntervalSeconds": 1}]
    only = machine({"Only": task(**WAITING_TASK, Retry=retry)})

    assert only.run({}, fail_once, callbacks=callbacks, clock=VirtualClock()).output == 1
    assert len(set(tokens)) == 2


def test_an_execution_that_waits_for_a_token_can_be_stopped() -> None:
    stop = threading.Event()

    def stopped(_: Call) -> object:
        stop.set()
        return {}

    outcome = machine({"Only": task(**WAITING_TASK)}).run({}, stopped, stop=stop, clock=VirtualClock())

    assert outcome.status == "ABORTED"
