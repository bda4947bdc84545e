"""An instance's operations on a simulated AWS: the real ASL, from the request until its owner can see the end."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from local import asl
from local.machine import Event, Machine
from tests.bench import stage_times as stages
from tests.bench.simulated_aws import SHARED, SimulatedAws
from tests.bench.stage_times import Times
from tests.bench.virtual_time import BranchingClock, branches_at_once

ROOT = Path(__file__).parents[2]

TTL_SECONDS = 5
"""Of an instance's DNS record: twice in a resize, old answers must expire."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What an owner asks for, or what befalls an instance.

    `last_step` is the function's step after which it is done for the owner, `status` what the record says meanwhile,
    `asked` the stages before the execution is started. `has_task`: the instance has a task and a name when it begins;
    `member`: it is a pool's, and the machine is to take it over.
    """

    name: str
    machine: str
    last_step: str
    status: str
    asked: tuple[stages.Stage, ...]
    more_input: tuple[tuple[str, object], ...] = ()
    has_task: bool = False
    member: bool = False


COLD_CREATE = Operation("cold create", "provision_instance", "MarkRunning", "PROVISIONING", (stages.API_REQUEST,))
WARM_CREATE = Operation(
    "warm create",
    "provision_instance",
    "PrepareMember",
    "PROVISIONING",
    (stages.API_REQUEST,),
    has_task=True,
    member=True,
)
DELETE = Operation(
    "delete",
    "deprovision_instance",
    "RemoveInstance",
    "DELETING",
    (stages.API_REQUEST,),
    (("mode", "DELETE"), ("attempt", 0)),
    has_task=True,
)
RESIZE = Operation(
    "resize",
    "resize_instance",
    "FinishResize",
    "RUNNING",
    (stages.API_REQUEST, stages.STREAM),
    (("changeId", "chg_1"), ("attempt", 0)),
    has_task=True,
)
RECOVERY = Operation(
    "recovery",
    "recover_instance",
    "MarkRecovered",
    "RUNNING",
    (stages.TASK_EVENT,),
    (("recoveryId", "rec_1"), ("attempt", 0)),
)
OPERATIONS = (COLD_CREATE, WARM_CREATE, DELETE, RESIZE, RECOVERY)


@dataclass(frozen=True, slots=True)
class Life:
    """One operation, run. Times are in seconds.

    `bare` is what ECS took to start the task, or for a deletion to stop it, drawn in this run: what no polling beats.
    `least` adds what must be waited for besides: the record INSYNC after the interface, and for a resize the copy and
    the TTLs. `path` has each state as it was entered.
    """

    seconds: float
    bare: float
    least: float
    path: tuple[str, ...]
    calls: Counter[str]
    invocations: tuple[tuple[str, str, float], ...]

    @property
    def transitions(self) -> int:
        """What AWS bills: each time that a step is executed. Nothing was retried."""
        return len(self.path)

    @property
    def states(self) -> Counter[str]:
        """How often each state was entered."""
        return Counter(self.path)


@lru_cache
def machine(name: str) -> Machine:
    """A machine as it is in its file, placeholders and all."""
    return Machine(asl.load(name))


def takes_over_members() -> bool:
    """Whether the provisioning knows what to do with a ready member."""
    return any(".member" in json.dumps(state) for state in machine("provision_instance").states.values())


def known() -> tuple[Operation, ...]:
    """The operations that the machines can do."""
    return tuple(operation for operation in OPERATIONS if takes_over_members() or not operation.member)


def run(operation: Operation, times: Times) -> Life:
    """Raises AssertionError if the execution does not succeed, and Unsimulated for a call that is not known here."""
    clock, noted = BranchingClock(), Noted(times)
    aws = SimulatedAws(clock, noted, operation.status)
    if operation != COLD_CREATE:
        aws.record = True
    if operation.has_task:
        aws.cluster.start("swiftcache", 0.0, 0.0, SHARED)
    clock.sleep(_until_started(operation, noted))
    path: list[str] = []

    def on_event(event: Event) -> None:
        if event.type.endswith("StateEntered"):
            path.append(str(event.details["name"]))
            clock.sleep(noted.of(stages.TRANSITION))
            if event.type.startswith(("Parallel", "Map")):
                clock.fork()

    with branches_at_once(clock):
        outcome = machine(operation.machine).run(
            _input(operation), aws, clock=clock, callbacks=aws.callbacks, on_event=on_event
        )
    assert outcome.status == "SUCCEEDED", f"{operation.name}: {outcome.error}: {outcome.cause}"
    bare, least = bounds(operation, noted)
    seconds = aws.done_at[operation.last_step]
    return Life(seconds, bare, least, tuple(path), Counter(aws.calls), tuple(aws.invocations))


class Noted:
    """Times that remember what they said."""

    def __init__(self, times: Times) -> None:
        self._times = times
        self._said: dict[stages.Stage, list[float]] = {}

    def of(self, stage: stages.Stage) -> float:
        seconds = self._times.of(stage)
        self._said.setdefault(stage, []).append(seconds)
        return seconds

    def cold(self) -> bool:
        return self._times.cold()

    def all(self, stage: stages.Stage) -> float:
        """The sum of what was said of it. Seconds."""
        return sum(self._said.get(stage, []))


def bounds(operation: Operation, noted: Noted) -> tuple[float, float]:
    """`bare` and `least` of a Life, from what was drawn for it. Seconds."""
    interface, in_sync, stop = noted.all(stages.INTERFACE), noted.all(stages.IN_SYNC), noted.all(stages.STOP)
    start = interface + noted.all(stages.PULL_AND_START)
    if operation == DELETE:
        return stop, stop
    if operation == RESIZE:
        return start, start + noted.all(stages.FULL_SYNC) + in_sync + 2 * TTL_SECONDS + stop
    return start, max(start, interface + in_sync)


def _until_started(operation: Operation, times: Times) -> float:
    """From the request, or what befell, to the first state. Seconds."""
    asked = sum(times.of(stage) for stage in operation.asked)
    if stages.API_REQUEST in operation.asked and times.cold():
        asked += times.of(stages.API_COLD)
    return asked + times.of(stages.EXECUTION_START)


def _input(operation: Operation) -> Mapping[str, object]:
    who = {"organizationId": "org_1", "instanceId": "inst_1", "requestId": "request"}
    member = {"address": "192.0.2.1", "port": 6379, "task": "arn:aws:ecs:eu-central-1:123456789012:task/1"}
    return {**who, **dict(operation.more_input), **({"member": member} if operation.member else {})}
