"""Step Functions: executions that really run, and what is told of them."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import FunctionError
from tests.integration.local.aws_cluster import refusal_of
from tests.integration.local.aws_stack import ROLE, Stack, started

INVOKE = "arn:aws:states:::lambda:invoke"


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack


def calling(function: str, **fields: Any) -> dict[str, Any]:
    """A machine of one state that calls a function with its input."""
    arguments = {"FunctionName": function, "Payload": "{% $states.input %}"}
    only = {"Type": "Task", "Resource": INVOKE, "Arguments": arguments, "End": True}
    only["Output"] = "{% $states.result.Payload %}"
    return {"StartAt": "Only", "States": {"Only": only}, **fields}


def start(stack: Stack, machine: str, name: str = "one", given: object = None) -> str:
    started_execution = stack.client("stepfunctions").start_execution(
        stateMachineArn=machine, name=name, input=json.dumps(given or {})
    )
    return str(started_execution["executionArn"])


def test_an_execution_runs_to_its_output(stack: Stack) -> None:
    machine = stack.machine(calling(stack.functions.add("double", lambda payload: payload["n"] * 2)))

    ended = stack.ended(start(stack, machine, given={"n": 21}))

    assert (ended["status"], ended["output"], ended["input"]) == ("SUCCEEDED", "42", '{"n": 21}')
    assert ended["startDate"] <= ended["stopDate"]


def test_executions_are_seen_without_a_request_as_they_are(stack: Stack) -> None:
    assert stack.substitutes.executions() == []
    leave = threading.Event()
    machine = stack.machine(calling(stack.functions.add("wait", lambda _: leave.wait(20))))

    start(stack, machine, "first")
    second = start(stack, machine, "second")
    running = [(found.identity.name, found.status) for found in stack.substitutes.executions()]
    leave.set()
    stack.ended(second)

    assert running == [("second", "RUNNING"), ("first", "RUNNING")]
    assert stack.substitutes.executions()[0].status == "SUCCEEDED"


def test_an_execution_calls_services_of_the_same_stack(stack: Stack) -> None:
    create = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:secretsmanager:createSecret",
        "Arguments": {"Name": "made", "SecretString": "x", "ClientRequestToken": "t" * 32},
        "End": True,
    }
    ended = stack.ended(start(stack, stack.machine({"StartAt": "Create", "States": {"Create": create}})))

    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["Name"] == "made"
    assert stack.client("secretsmanager").get_secret_value(SecretId="made")["SecretString"] == "x"


def test_a_failed_execution_tells_error_and_cause(stack: Stack) -> None:
    def fail(_: Any) -> object:
        raise FunctionError("NotReadyError", "come back later")

    ended = stack.ended(start(stack, stack.machine(calling(stack.functions.add("fail", fail)))))

    assert (ended["status"], ended["error"]) == ("FAILED", "NotReadyError")
    assert json.loads(ended["cause"])["errorMessage"] == "come back later"


def test_the_history_holds_every_call_with_what_went_in_and_out(stack: Stack) -> None:
    arn = start(stack, stack.machine(calling(stack.functions.add("same"))), given={"key": "value"})
    stack.ended(arn)

    events = stack.client("stepfunctions").get_execution_history(executionArn=arn)["events"]

    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    scheduled = json.loads(events[2]["taskScheduledEventDetails"]["parameters"])
    assert scheduled["Payload"] == {"key": "value"}
    succeeded = json.loads(events[4]["taskSucceededEventDetails"]["output"])
    assert succeeded["Payload"] == {"key": "value"}


def test_the_history_can_be_had_without_what_went_in_and_out(stack: Stack) -> None:
    arn = start(stack, stack.machine(calling(stack.functions.add("same"))), given={"key": "value"})
    stack.ended(arn)

    told = stack.client("stepfunctions").get_execution_history(executionArn=arn, includeExecutionData=False)

    assert "value" not in str(told["events"])


def test_a_wait_really_waits(stack: Stack) -> None:
    machine = stack.machine({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}})

    ended = stack.ended(start(stack, machine))

    assert (ended["stopDate"] - ended["startDate"]).total_seconds() >= 1


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(stack: Stack) -> None:
    release = threading.Event()
    machine = stack.machine(calling(stack.functions.add("hold", lambda _: release.wait(20))))

    assert start(stack, machine) == start(stack, machine)
    release.set()


def test_the_same_name_with_another_input_is_refused(stack: Stack) -> None:
    release = threading.Event()
    machine = stack.machine(calling(stack.functions.add("hold", lambda _: release.wait(20))))
    start(stack, machine)

    assert refusal_of(lambda: start(stack, machine, given={"a": 1}))[0] == "ExecutionAlreadyExists"
    release.set()


def test_the_name_of_an_ended_execution_is_refused(stack: Stack) -> None:
    machine = stack.machine(calling(stack.functions.add("same")))
    stack.ended(start(stack, machine))

    assert refusal_of(lambda: start(stack, machine))[0] == "ExecutionAlreadyExists"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [("a b", "{}", "InvalidName"), ("a", "{", "InvalidExecutionInput")],
)
def test_a_wrong_name_or_input_is_refused(stack: Stack, name: str, text: str, code: str) -> None:
    machine = stack.machine(calling(stack.functions.add("same")))
    sfn = stack.client("stepfunctions")

    refusal = refusal_of(lambda: sfn.start_execution(stateMachineArn=machine, name=name, input=text))

    assert refusal[0] == code


def test_a_stopped_execution_is_aborted_when_its_call_has_ended(stack: Stack) -> None:
    entered, release = threading.Event(), threading.Event()

    def hold(_: Any) -> object:
        entered.set()
        return release.wait(20)

    held = calling(stack.functions.add("hold", hold))
    held["States"]["Only"] |= {"End": False, "Next": "Again"}
    held["States"]["Again"] = {"Type": "Wait", "Seconds": 600, "End": True}
    del held["States"]["Only"]["End"]
    sfn, arn = stack.client("stepfunctions"), start(stack, stack.machine(held))
    assert entered.wait(20)

    sfn.stop_execution(executionArn=arn, error="Deleted", cause="a delete came")
    assert sfn.describe_execution(executionArn=arn)["status"] == "RUNNING"
    release.set()

    ended = stack.ended(arn)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Deleted", "a delete came")


def test_a_machine_that_takes_too_long_times_out(stack: Stack) -> None:
    waiting = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
    machine = stack.machine({**waiting, "TimeoutSeconds": 1})

    assert stack.ended(start(stack, machine))["status"] == "TIMED_OUT"


def parent_of(machine: str) -> dict[str, Any]:
    arguments = {"StateMachineArn": machine, "Name": "child", "Input": {"a": 1}}
    resource = "arn:aws:states:::states:startExecution.sync:2"
    only = {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}
    return {"StartAt": "Only", "States": {"Only": {**only, "Output": "{% $states.result.Output %}"}}}


def test_an_execution_waits_for_one_that_it_starts(stack: Stack) -> None:
    child = stack.machine(calling(stack.functions.add("same")), name="child")

    ended = stack.ended(start(stack, stack.machine(parent_of(child))))

    assert json.loads(ended["output"]) == {"a": 1}


def test_a_failed_child_fails_its_parent_with_its_description(stack: Stack) -> None:
    fail = {"Type": "Fail", "Error": "Broken", "Cause": "because"}
    child = stack.machine({"StartAt": "Fail", "States": {"Fail": fail}}, name="child")

    ended = stack.ended(start(stack, stack.machine(parent_of(child))))

    assert ended["error"] == "States.TaskFailed"
    assert json.loads(ended["cause"])["Error"] == "Broken"


def test_stopping_a_parent_stops_the_child_that_it_waits_for(stack: Stack) -> None:
    waiting = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
    child = stack.machine(waiting, name="child")
    collector = stack.collect_events({"detail": {"name": ["child"], "status": ["RUNNING"]}})
    arn = start(stack, stack.machine(parent_of(child)))
    child_arn = stack.functions.next_payload(collector)["detail"]["executionArn"]

    stack.client("stepfunctions").stop_execution(executionArn=arn)

    assert stack.ended(child_arn)["status"] == "ABORTED"
    assert stack.ended(arn)["status"] == "ABORTED"


def test_every_change_of_status_is_an_event(stack: Stack) -> None:
    machine = stack.machine(calling(stack.functions.add("same")))
    collector = stack.collect_events({"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}})
    arn = start(stack, machine, given={"a": 1})

    events = [stack.functions.next_payload(collector) for _ in range(2)]

    details = {event["detail"]["status"]: event["detail"] for event in events}
    assert set(details) == {"RUNNING", "SUCCEEDED"}
    assert {event["detail-type"] for event in events} == {"Step Functions Execution Status Change"}
    assert details["SUCCEEDED"]["executionArn"] == arn
    assert json.loads(details["SUCCEEDED"]["output"]) == {"a": 1}
    assert details["RUNNING"]["stopDate"] is None


def test_executions_are_listed_by_status_the_newest_first(stack: Stack) -> None:
    machine = stack.machine(calling(stack.functions.add("same")))
    for name in ("first", "second"):
        stack.ended(start(stack, machine, name))
    list_executions = stack.client("stepfunctions").list_executions

    listed = list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"]

    assert [execution["name"] for execution in listed] == ["second", "first"]
    assert list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"] == []


def test_an_unknown_execution_is_refused(stack: Stack) -> None:
    describe = stack.client("stepfunctions").describe_execution
    arn = "arn:aws:states:eu-central-1:123456789012:execution:machine:none"

    assert refusal_of(lambda: describe(executionArn=arn))[0] == "ExecutionDoesNotExist"


@pytest.mark.parametrize(
    "definition",
    ["{", "{}", json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Missing"}}})],
)
def test_an_invalid_definition_is_refused_when_it_is_created(stack: Stack, definition: str) -> None:
    create = stack.client("stepfunctions").create_state_machine

    refusal = refusal_of(lambda: create(name="wrong", definition=definition, roleArn=ROLE))

    assert refusal[0] == "InvalidDefinition"


def test_another_definition_under_the_same_name_is_refused(stack: Stack) -> None:
    stack.machine(calling("one"))

    with pytest.raises(ClientError, match="StateMachineAlreadyExists"):
        stack.machine(calling("two"))


def test_stopping_the_stack_stops_its_executions(tmp_path_factory: pytest.TempPathFactory) -> None:
    with started(tmp_path_factory.mktemp("home")) as stack:
        waiting = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
        start(stack, stack.machine(waiting), name="to-be-stopped")

    assert "execution-to-be-stopped" not in {thread.name for thread in threading.enumerate()}


def test_an_execution_waits_until_its_task_token_is_sent_back(stack: Stack) -> None:
    tokens: list[str] = []
    definition = calling(stack.functions.add("note", lambda payload: tokens.append(payload["token"])))
    only = definition["States"]["Only"]
    only["Resource"] += ".waitForTaskToken"
    only["Arguments"]["Payload"] = {"token": "{% $states.context.Task.Token %}"}
    only["Output"] = "{% $states.result %}"
    arn = start(stack, stack.machine(definition))
    client = stack.client("stepfunctions")
    while not tokens:
        assert client.describe_execution(executionArn=arn)["status"] == "RUNNING"

    client.send_task_success(taskToken=tokens[0], output='{"status": "RUNNING"}')

    assert stack.ended(arn)["output"] == '{"status": "RUNNING"}'
    assert refusal_of(lambda: client.send_task_success(taskToken=tokens[0], output="1"))[0] == "TaskTimedOut"
    assert refusal_of(lambda: client.send_task_failure(taskToken="unknown", error="E"))[0] == "TaskTimedOut"
