"""Answers the Task states of a state machine: Lambda functions, AWS SDK calls, and nested executions.

The result of `Tasks(...)` is what `local.machine.Machine.run` calls. A test injects a failure by putting a
function of its own before it, which raises Failure for the call that it wants to fail.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sfnx.integrations import ResourceError, integration
from sfnx.testing import Call, Failure, InvalidDefinition, Unsupported

from local import sdk
from local.aws.invoker import FunctionError, Invoker
from local.callbacks import WAITING
from local.machine import Machine, Outcome, timestamp

INVOKE = "arn:aws:states:::lambda:invoke"
INVOKE_AND_WAIT = f"{INVOKE}{WAITING}"
START_AND_WAIT = "arn:aws:states:::states:startExecution.sync:2"


class Children(Protocol):
    """Runs executions that a state machine starts and waits for."""

    def __call__(self, machine_arn: str, name: str | None, execution_input: str) -> Mapping[str, object]:
        """Start an execution and return, once it has ended, what DescribeExecution says, with members as in
        the SDK for Java (`Status`, `Output`, ...). Raises Failure when it cannot be started."""


class Tasks:
    """Answers a Task with the stack's functions and services.

    `client` returns a boto3 client by service name. Without `children`, nested executions are refused.
    """

    def __init__(self, invoke: Invoker, client: Callable[[str], Any], children: Children | None = None) -> None:
        self._invoke = invoke
        self._client = client
        self._children = children

    def __call__(self, call: Call) -> object:
        """The result of the call, a JSON value. Raises Failure with the error name that AWS gives it."""
        arguments = call.arguments
        if not isinstance(arguments, dict):
            raise Failure("States.Runtime", f"{call.state}: the Arguments are not an object")
        if call.resource in (INVOKE, INVOKE_AND_WAIT):
            return self._call_function(arguments)
        if call.resource == START_AND_WAIT and self._children is not None:
            return self._run_child(self._children, arguments)
        if call.resource.startswith(sdk.PREFIX):
            return sdk.call(self._client, call.resource, arguments)
        raise Failure("States.Runtime", f"{call.state}: {call.resource} is not run by the local stack")

    def _call_function(self, arguments: Mapping[str, Any]) -> object:
        sdk.expect(arguments, required={"FunctionName"}, allowed={"FunctionName", "Payload"})
        function = str(arguments["FunctionName"])
        try:
            result = self._invoke(function, arguments.get("Payload", {}))
        except FunctionError as error:
            raise Failure(error.error_type, json.dumps(error.payload())) from error
        except LookupError as error:
            raise Failure("Lambda.ResourceNotFoundException", f"Function not found: {function}") from error
        return {"ExecutedVersion": "$LATEST", "Payload": result, "StatusCode": 200}

    @staticmethod
    def _run_child(children: Children, arguments: Mapping[str, Any]) -> object:
        sdk.expect(arguments, required={"StateMachineArn"}, allowed={"StateMachineArn", "Name", "Input"})
        given = arguments.get("Input", {})
        text = given if isinstance(given, str) else json.dumps(given)
        ended = children(str(arguments["StateMachineArn"]), arguments.get("Name"), text)
        if ended["Status"] != "SUCCEEDED":
            raise Failure("States.TaskFailed", json.dumps(ended))
        return {**ended, "Input": json.loads(str(ended["Input"])), "Output": json.loads(str(ended["Output"]))}


def check(machine: Machine) -> None:
    """Raises InvalidDefinition for a Task that Step Functions refuses, and Unsupported for one not run here."""
    for name, state in machine.states.items():
        if state["Type"] != "Task":
            continue
        resource, arguments = str(state["Resource"]), state.get("Arguments", {})
        try:
            known = integration(resource)
        except ResourceError as error:
            raise InvalidDefinition(f"{name}: {error}") from error
        if resource not in (INVOKE, INVOKE_AND_WAIT, START_AND_WAIT) and not resource.startswith(sdk.PREFIX):
            raise Unsupported(f"{name}: the local stack does not run {resource}")
        if isinstance(arguments, dict) and known.allowed is not None:
            wrong = (known.required - arguments.keys()) | (arguments.keys() - known.allowed)
            if wrong:
                raise InvalidDefinition(f"{name}: the Arguments lack or must not have {sorted(wrong)}")


def in_process(machines: Mapping[str, Machine], run: Callable[[Machine, object], Outcome]) -> Children:
    """Children for tests without a stack: `machines` by ARN, each run by `run(machine, input)`."""

    def children(machine_arn: str, name: str | None, execution_input: str) -> Mapping[str, object]:
        if machine_arn not in machines:
            raise Failure("StepFunctions.StateMachineDoesNotExistException", machine_arn)
        outcome = run(machines[machine_arn], json.loads(execution_input))
        return description(f"{machine_arn}:{name}", machine_arn, name or "", execution_input, outcome, 0.0, 0.0)

    return children


def description(
    arn: str,
    machine_arn: str,
    name: str,
    execution_input: str,
    outcome: Outcome,
    start: float,
    end: float,
) -> dict[str, object]:
    """An ended execution as an SDK integration's DescribeExecution gives it. Times in seconds."""
    described: dict[str, object] = {
        "ExecutionArn": arn,
        "Input": execution_input,
        "InputDetails": {"Included": True},
        "Name": name,
        "StartDate": timestamp(start),
        "StateMachineArn": machine_arn,
        "Status": outcome.status,
        "StopDate": timestamp(end),
    }
    if outcome.status == "SUCCEEDED":
        return {**described, "Output": json.dumps(outcome.output), "OutputDetails": {"Included": True}}
    given = {"Error": outcome.error, "Cause": outcome.cause}
    return {**described, **{key: value for key, value in given.items() if value is not None}}
