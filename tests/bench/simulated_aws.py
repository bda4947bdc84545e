"""AWS as a state machine of ours sees it, on virtual time: what it answers follows from the clock and from stage times.

It answers one instance, without persistence, on the straight way: nothing fails, nothing is throttled. A look shows
what was when it was asked; what a call does is done when it has answered.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sfnx.testing import Call

from local.callbacks import Callbacks
from tests.bench import stage_times as stages
from tests.bench.simulated_tasks import ECS_ANSWERS, Cluster, Ecs, Json
from tests.bench.stage_times import Times
from tests.bench.virtual_time import BranchingClock

SDK = "arn:aws:states:::aws-sdk:"
INVOKE = "arn:aws:states:::lambda:invoke"
WAIT = f"{INVOKE}.waitForTaskToken"
SHARED = "256-512"
"""The family of the size's definition, after the stack's name."""

HOSTNAME = "1.redis.${DomainName}"
"""Of the instance `inst_1`. The definitions are run with their placeholders as they are."""


class Unsimulated(LookupError):
    """A state machine makes a call that the model does not know: it must be taught."""


class SimulatedAws(Ecs):
    """Answers every Task of one execution after another. `status` is what the instance's record says.

    `calls` are the SDK calls (`service:operation`) in order, `invocations` the functions' logical ids with the step and
    what AWS bills for each, in seconds; `done_at` when each step's function had answered.
    """

    def __init__(self, clock: BranchingClock, times: Times, status: str) -> None:
        super().__init__(times, Cluster())
        self.clock = clock
        self.status = status
        self.callbacks = Callbacks()
        self.record = False
        self.calls: list[str] = []
        self.invocations: list[tuple[str, str, float]] = []
        self.done_at: dict[str, float] = {}
        self._in_sync_at = 0.0
        self._copied_at = float("inf")
        self._warm: set[str] = set()

    def __call__(self, call: Call) -> object:
        """The result of a Task. Raises Unsimulated."""
        arguments: Any = call.arguments
        if call.resource == INVOKE:
            return self._invoke(call.state, arguments)
        if call.resource == WAIT:
            self._invoke(call.state, arguments)
            payload = arguments["Payload"]
            self.callbacks.succeed(payload["taskToken"], json.dumps(self._awaited(payload)))
            return {}
        service, _, operation = call.resource.removeprefix(SDK).partition(":")
        answer = ANSWERS.get(f"{service}:{operation}")
        if answer is None or not call.resource.startswith(SDK):
            raise Unsimulated(f"{call.state} calls {call.resource}; add it to tests/bench/simulated_aws.py")
        self.calls.append(f"{service}:{operation}")
        asked = self.clock.now()
        latency = stages.RUN_TASK if operation == "runTask" else stages.CALLS[service]
        self.clock.sleep(self.times.of(latency))
        return answer(self, arguments, asked)

    def _invoke(self, state: str, arguments: Mapping[str, Any]) -> Json:
        found = re.fullmatch(r"\$\{(\w+)Arn\}", str(arguments["FunctionName"]))
        function = found.group(1) if found else ""
        if function not in stages.WORK:
            raise Unsimulated(f"{state} calls {arguments['FunctionName']}; add it to tests/bench/stage_times.py")
        step = str(arguments["Payload"].get("step", state))
        billed = self.times.of(stages.WORK[function])
        if function not in self._warm and self.times.cold():
            billed += self.times.of(stages.COLD_START)
        self._warm.add(function)
        self.clock.sleep(self.times.of(stages.INVOKE) + billed)
        self.invocations.append((function, step, billed))
        self.done_at[step] = self.done_at[state] = self.clock.now()
        if step == "QueueRecord":
            self._change_record(arguments["Payload"]["addresses"])
        return {"Payload": self._payload(step)}

    def _awaited(self, payload: Mapping[str, Any]) -> Json:
        """What the token is sent back with, at the time when it is."""
        if payload["step"] == "AwaitTask":
            task = self.cluster.tasks[payload["task"]]
            at = {"ATTACHED": task.interface_at, "RUNNING": task.running_at, "STOPPED": task.stopped_at}
            self._until(at[payload["until"]], stages.STATUS_EVENT)
            return {"status": payload["until"], "networkInterfaceId": "eni-1"}
        if payload["step"] == "ChangeRecord":
            self._change_record(payload["addresses"])
        self._until(self._in_sync_at, stages.RECORD_LOOK)
        return {"status": "IN_SYNC", "removed": 1}

    def _until(self, moment: float, told: stages.Stage) -> None:
        """Who begins to wait later hears of it at once."""
        if (left := moment + self.times.of(told) - self.clock.now()) > 0:
            self.clock.sleep(left)

    def _change_record(self, addresses: object) -> None:
        """The writer has it made. A removal is done when it is taken."""
        self.record = bool(addresses)
        taken = self.clock.now() + self.times.of(stages.INVOKE) + self.times.of(stages.CALLS["route53"])
        self._in_sync_at = taken + self.times.of(stages.IN_SYNC) if self.record else taken

    def _payload(self, step: str) -> Json:
        now = self.clock.now()
        if step == "StartReplication":
            self._copied_at = now + self.times.of(stages.FULL_SYNC)
        serving = {"address": "192.0.2.1", "port": 6379, "task": next(iter(self.cluster.tasks), ""), "folder": ""}
        if step == "SwitchOver":
            serving["task"] = list(self.cluster.tasks)[-1]
        wanted = {"maxMemory": "1", "evictionPolicy": "noeviction", "taskCpu": "256", "taskMemory": "512"}
        turn = {"waitSeconds": 0, "hopeless": False, "resizing": False}
        place = {"hostname": HOSTNAME, "port": 6379, "folder": "", "secretArn": "arn", "redisLimits": ""}
        resize = {"recordChange": "change", "serving": serving, "committed": False, "close": now >= self._copied_at}
        definition = {"sharedDefinition": True, "sharedFamily": SHARED, "acl": "packed", "securityGroup": ""}
        return {**wanted, **turn, **place, **resize, **definition}

    # Each takes what it is asked, and when.

    def get_item(self, _: Json, asked: float) -> Json:
        running = {"port": {"N": "6379"}} if self.record else {}
        kind = {"persistence": {"Bool": False}, "sharedDefinition": {"Bool": True}}
        return {"Item": {"status": {"S": self.status}, **kind, **running}}

    def described_secret(self, _: Json, asked: float) -> Json:
        return {"Arn": "arn"}

    def describe_execution(self, _: Json, asked: float) -> Json:
        return {"Status": "SUCCEEDED"}

    def nothing(self, _: Json, asked: float) -> Json:
        return {}


Answer = Callable[[SimulatedAws, Json, float], Json]

ANSWERS: Mapping[str, Answer] = {
    "dynamodb:getItem": SimulatedAws.get_item,
    **ECS_ANSWERS,
    "secretsmanager:describeSecret": SimulatedAws.described_secret,
    "secretsmanager:deleteSecret": SimulatedAws.nothing,
    "sfn:describeExecution": SimulatedAws.describe_execution,
}
