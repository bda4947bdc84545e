"""Answers the Task states of a storm's executions: by the account's clock and quotas, and by what there is."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from sfnx.testing import Call, Failure

from local import sdk
from local.tasks import INVOKE, INVOKE_AND_WAIT, START_AND_WAIT, description
from tests.bench import stage_times as stages
from tests.bench.simulated_aws import Unsimulated
from tests.bench.storm_account import Account, Execution
from tests.bench.storm_resources import ANSWERS, Resources


@dataclass
class Tasks:
    """`resources` has those of an instance by its id. `account` is set once there is one."""

    account: Account
    resources: Callable[[str], Resources]

    def __call__(self, execution: Execution, call: Call) -> object:
        """The result of a Task. Raises Failure, and Unsimulated."""
        arguments: Any = call.arguments
        resource = call.resource
        if resource in (INVOKE, INVOKE_AND_WAIT):
            return self._invoke(arguments)
        if resource == START_AND_WAIT:
            return self._run_child(arguments)
        known = ANSWERS.get(resource.removeprefix(sdk.PREFIX))
        if known is None or not resource.startswith(sdk.PREFIX):
            raise Unsimulated(f"{call.state} calls {resource}; add it to tests/bench/storm_resources.py")
        model, operation = sdk.operation_of(resource)
        service, _, action = resource.removeprefix(sdk.PREFIX).partition(":")
        asked = self.account.scheduler.now()
        latency = stages.RUN_TASK if action == "runTask" else stages.CALLS[service]
        if refusal := self.account.request(model.service_name, operation.name, latency):
            raise Failure(sdk.error_name(model, refusal.code), refusal.message)
        return known(self.resources(str(execution.given["instanceId"])), arguments, asked)

    def _invoke(self, arguments: Any) -> object:
        function = re.sub(r"^\$\{(\w+)Arn\}$", r"\1", str(arguments["FunctionName"]))
        try:
            return {"Payload": self.account.invoke(function, arguments["Payload"]), "StatusCode": 200}
        except Unsimulated:
            raise
        except Exception as error:
            raise Failure(type(error).__name__, str(error)) from error

    def _run_child(self, arguments: Any) -> object:
        machine = machine_of(arguments["StateMachineArn"])
        if self.account.request("stepfunctions", "StartExecution", stages.CALLS["sfn"]):
            raise Failure("StepFunctions.SfnException", "Rate exceeded")
        try:
            child = self.account.start(machine, arguments["Name"], arguments["Input"])
        except ClientError as error:
            raise Failure("StepFunctions.ExecutionAlreadyExistsException", str(error)) from error
        child.ended.wait()
        assert child.outcome
        ended = description(
            child.name,
            machine,
            child.name,
            json.dumps(child.given),
            child.outcome,
            child.started_at,
            child.ended_at,
        )
        if child.status != "SUCCEEDED":
            raise Failure("States.TaskFailed", json.dumps(ended))
        return {**ended, "Input": child.given, "Output": child.outcome.output}


def machine_of(arn: str) -> str:
    """The file's name of a machine, from the placeholder that stands for its ARN: `${ProvisionStateMachineArn}`."""
    found = re.fullmatch(r"\$\{(\w+)StateMachineArn\}", arn)
    assert found, arn
    return f"{found[1].lower()}_instance"
