"""One AWS account on virtual time: quotas, functions, executions and task tokens, shared by all that run in it.

A function is a Python callable, which runs as a process: it may sleep on the scheduler's clock, call services, which
refuse it beyond their quotas, start executions, and complete task tokens.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from sfnx.testing import Call, Failure

from local.aws.quotas import QUOTAS, TRANSITIONS_BURST, TRANSITIONS_RATE, Quota, Refusal, TokenBucket
from local.aws.throttling import Throttle
from local.callbacks import Callbacks, UnknownTokenError
from local.machine import Event, Identity, Machine, Outcome
from tests.bench import stage_times as stages
from tests.bench.simulated_aws import Unsimulated
from tests.bench.stage_times import Stage, Times
from tests.bench.storm_machines import ProcessClock, Stop
from tests.bench.storm_scheduler import Scheduler
from tests.bench.storm_signals import Signal

Json = dict[str, Any]
Function = Callable[[Json], object]

ATTEMPTS = 2
"""Of a function's call to AWS, by the config of platform/aws.py."""


@dataclass(eq=False)
class Execution:
    """One execution. Times are in seconds; `outcome` is None while it runs."""

    name: str
    machine: str
    given: Json
    stop: Stop
    ended: Signal
    started_at: float
    ended_at: float = 0.0
    outcome: Outcome | None = None

    @property
    def status(self) -> str:
        return self.outcome.status if self.outcome else "RUNNING"


@dataclass
class Account:
    """`tasks` answers an execution's Task states, `machine` is a machine by its name, and `ended` hears of each
    execution that has ended.

    `functions` are by their logical ids. Each environment of a function is cold at first, and then is used again.
    """

    scheduler: Scheduler
    times: Times
    machine: Callable[[str], Machine]
    tasks: Callable[[Execution, Call], object]
    quotas: tuple[Quota, ...] = QUOTAS
    seed: int = 0
    ended: Callable[[Execution], None] = lambda _: None
    functions: dict[str, Function] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = ProcessClock(self.scheduler)
        self.throttle = Throttle(self.scheduler.now, self.quotas)
        self._transitions = TokenBucket(TRANSITIONS_BURST, TRANSITIONS_RATE, self.scheduler.now)
        self._idle: Counter[str] = Counter()
        self.callbacks = Callbacks(partial(Stop, self.scheduler))
        self._rng = random.Random(f"{self.seed} retries")

    def request(self, service: str, operation: str, latency: Stage) -> Refusal | None:
        """One request, by boto3's names, which takes its time. What it is refused with."""
        refusal = self.throttle.request(service, operation)
        self.scheduler.sleep(self.times.of(latency))
        return refusal

    def call(self, service: str, operation: str) -> None:
        """A function's call to a service, tried again as botocore does. Raises ClientError beyond a quota."""
        latency = stages.CALLS["sfn" if service == "stepfunctions" else service]
        for attempt in range(ATTEMPTS):
            refusal = self.request(service, operation, latency)
            if refusal is None:
                return
            if attempt + 1 < ATTEMPTS:
                self.scheduler.sleep(self._rng.random() * 2**attempt)
        assert refusal
        raise client_error(operation, refusal.code, refusal.message)

    def invoke(self, function: str, payload: Json) -> object:
        """What a function answers. Raises Unsimulated, and whatever the function raises."""
        if function not in self.functions or function not in stages.WORK:
            raise Unsimulated(f"{function} is invoked; add it to tests/bench/storm_fleet.py and stage_times.py")
        seconds = self.times.of(stages.INVOKE) + self.times.of(stages.WORK[function])
        if self._idle[function]:
            self._idle[function] -= 1
        else:
            seconds += self.times.of(stages.COLD_START)
        self.scheduler.sleep(seconds)
        try:
            return self.functions[function](payload)
        finally:
            self._idle[function] += 1

    def start(self, machine: str, name: str, given: Json) -> Execution:
        """Raises ClientError ExecutionAlreadyExists."""
        if name in self.executions:
            raise client_error("StartExecution", "ExecutionAlreadyExists", f"Execution Already Exists: '{name}'")
        stop = Stop(self.scheduler)
        execution = Execution(name, machine, given, stop, Signal(self.scheduler), self.scheduler.now())
        self.executions[name] = execution
        self.scheduler.spawn(partial(self._run, execution), self.times.of(stages.EXECUTION_START))
        return execution

    def complete(self, token: str, result: object = None, failure: Failure | None = None) -> None:
        """SendTaskSuccess, or SendTaskFailure. Raises ClientError TaskTimedOut for a token that nobody waits for."""
        operation = "SendTaskFailure" if failure else "SendTaskSuccess"
        self.call("stepfunctions", operation)
        try:
            if failure:
                self.callbacks.fail(token, failure.error, failure.cause)
            else:
                self.callbacks.succeed(token, json.dumps(result))
        except UnknownTokenError as error:
            message = "Task Timed Out: 'Provided task does not exist anymore'"
            raise client_error(operation, "TaskTimedOut", message) from error

    def _run(self, execution: Execution) -> None:
        outcome = self.machine(execution.machine).run(
            execution.given,
            partial(self.tasks, execution),
            identity=Identity(execution.name, execution.machine),
            clock=self.clock,
            stop=execution.stop,
            callbacks=self.callbacks,
            on_event=self._on_event,
        )
        execution.outcome, execution.ended_at = outcome, self.scheduler.now()
        execution.ended.set()
        self.ended(execution)

    def _on_event(self, event: Event) -> None:
        if event.type.endswith("StateEntered"):
            self.scheduler.sleep(self._transitions.reserve() + self.times.of(stages.TRANSITION))


def client_error(operation: str, code: str, message: str) -> ClientError:
    """As boto3 raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
