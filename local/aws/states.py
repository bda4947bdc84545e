"""Step Functions: moto keeps the state machines; an execution here runs, each in a thread of its own."""

import json
import re
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from moto.stepfunctions.models import StateMachine, stepfunctions_backends
from sfnx.testing import Failure

from local.aws.definitions import machine_of
from local.aws.dispatch import ACCOUNT, REGION, ApiError, Dispatcher, Parameters
from local.aws.events import Events
from local.aws.execution import Execution
from local.aws.invoker import Invoker
from local.aws.task_tokens import TaskTokens
from local.aws.turns import Turns
from local.callbacks import Callbacks
from local.history import History, without_data
from local.machine import Identity, Machine, Outcome
from local.tasks import Tasks

NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
PAGE = 100
LAST_PATIENCE_SECONDS = 1.0
"""How long the executions that are in the middle of a call get when the stack stops."""


class States:
    """The executions of a stack, by their ARNs."""

    def __init__(self, dispatcher: Dispatcher, client: Callable[[str], Any], invoke: Invoker, events: Events) -> None:
        self._dispatcher = dispatcher
        self._client = client
        self._invoke = invoke
        self._events = events
        self._executions: dict[str, Execution] = {}
        self._turns = Turns()
        self._callbacks = Callbacks()
        self._lock = threading.Lock()
        TaskTokens(dispatcher, self._callbacks)
        for action, operation in {
            "StartExecution": self.start_execution,
            "StopExecution": self.stop_execution,
            "DescribeExecution": self.describe_execution,
            "ListExecutions": self.list_executions,
            "GetExecutionHistory": self.get_execution_history,
            "DescribeStateMachineForExecution": self.describe_state_machine_for_execution,
        }.items():
            dispatcher.replace("stepfunctions", action, operation)

    def close(self) -> None:
        """Stop all executions; those in the middle of a call that does not end soon are left to it."""
        running = [execution for execution in list(self._executions.values()) if not execution.ended.is_set()]
        for execution in running:
            execution.abort()
        deadline = time.monotonic() + LAST_PATIENCE_SECONDS
        for execution in running:
            execution.ended.wait(max(0.0, deadline - time.monotonic()))

    def executions(self) -> list[Execution]:
        """All of them at this moment, the newest first."""
        return list(self._executions.values())[::-1]

    def start_execution(self, parameters: Parameters) -> Mapping[str, object]:
        """Idempotent by name and input while the execution runs."""
        text = parameters.get("input", "{}")
        execution = self._start(parameters["stateMachineArn"], parameters.get("name"), text)
        return {"executionArn": execution.identity.arn, "startDate": execution.started_at}

    def stop_execution(self, parameters: Parameters) -> Mapping[str, object]:
        """Ask an execution to stop; it is RUNNING until its call under way has ended."""
        execution = self._find(parameters)
        if not execution.ended.is_set():
            execution.abort(parameters.get("error"), parameters.get("cause"))
        return {"stopDate": execution.ended_at or time.time()}

    def describe_execution(self, parameters: Parameters) -> Mapping[str, object]:
        return self._find(parameters).describe()

    def list_executions(self, parameters: Parameters) -> Mapping[str, object]:
        """In pages, the newest first."""
        arn = self._machine(parameters["stateMachineArn"]).arn
        wanted = parameters.get("statusFilter")
        found = [
            execution.summary()
            for execution in self.executions()
            if execution.identity.machine_arn == arn and wanted in (None, execution.status)
        ]
        return _page("executions", found, parameters, PAGE)

    def get_execution_history(self, parameters: Parameters) -> Mapping[str, object]:
        history = list(self._find(parameters).history.events)
        if not parameters.get("includeExecutionData", True):
            history = [without_data(event) for event in history]
        if parameters.get("reverseOrder"):
            history.reverse()
        return _page("events", history, parameters, PAGE)

    def describe_state_machine_for_execution(self, parameters: Parameters) -> Mapping[str, object]:
        arn = self._find(parameters).identity.machine_arn
        return self._dispatcher.moto("stepfunctions", "DescribeStateMachine", {"stateMachineArn": arn})

    def _find(self, parameters: Parameters) -> Execution:
        arn = parameters["executionArn"]
        if arn not in self._executions:
            raise ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return self._executions[arn]

    def _machine(self, arn: str) -> StateMachine:
        """moto's state machine, by its ARN or that of a version or an alias of it."""
        machine_arn = ":".join(arn.split(":")[:7])
        with self._dispatcher.lock("stepfunctions"):
            for machine in stepfunctions_backends[ACCOUNT][REGION].state_machines:
                if machine.arn == machine_arn:
                    return machine
        raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")

    def _start(self, machine_arn: str, name: str | None, text: str) -> Execution:
        found = self._machine(machine_arn)
        name = str(uuid.uuid4()) if name is None else name
        if not NAME.fullmatch(name):
            raise ApiError("InvalidName", f"Invalid Name: '{name}'")
        machine = machine_of(found.definition)
        execution = Execution(Identity(name, found.name, found.roleArn), text, History(machine.definition))
        try:
            given = json.loads(text)
        except ValueError as error:
            raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from error
        with self._lock:
            known = self._executions.get(execution.identity.arn)
            if known is not None:
                if known.input == text and known.status == "RUNNING":
                    return known
                raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{execution.identity.arn}'")
            self._executions[execution.identity.arn] = execution
        arguments = (execution, machine, given)
        threading.Thread(target=self._run, args=arguments, name=f"execution-{name}", daemon=True).start()
        return execution

    def _run(self, execution: Execution, machine: Machine, given: object) -> None:
        self._tell(execution)
        try:
            with self._turns.turn(execution.identity.machine) as clock:
                outcome = machine.run(
                    given,
                    Tasks(self._invoke, self._client, lambda *child: self._run_child(execution, *child)),
                    identity=execution.identity,
                    clock=clock,
                    stop=execution.stop,
                    callbacks=self._callbacks,
                    on_event=execution.record,
                )
        except Exception as error:
            traceback.print_exception(error)
            outcome = Outcome("FAILED", None, "States.Runtime", f"{type(error).__name__}: {error}")
        execution.end(outcome)
        self._tell(execution)
        execution.ended.set()

    def _run_child(self, parent: Execution, machine_arn: str, name: str | None, text: str) -> Mapping[str, object]:
        try:
            child = self._start(machine_arn, name, text)
        except ApiError as error:
            raise Failure(f"StepFunctions.{error.code}Exception", error.message) from error
        parent.children.append(child)
        if parent.stop.is_set():
            child.abort()
        child.ended.wait()
        return child.describe_as_result()

    def _tell(self, execution: Execution) -> None:
        detail = execution.event_detail()
        self._events.emit("aws.states", "Step Functions Execution Status Change", [execution.identity.arn], detail)


def _page(name: str, found: list[Any], parameters: Parameters, size: int) -> dict[str, object]:
    start = int(parameters.get("nextToken") or 0)
    end = start + int(parameters.get("maxResults") or size)
    page: dict[str, object] = {name: found[start:end]}
    return {**page, "nextToken": str(end)} if end < len(found) else page
