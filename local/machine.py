"""Runs one execution of a state machine (JSONata-mode ASL), in real or in virtual time.

sfnx interprets the states. This adds what a running stack needs and a test wants to choose: waits and
back-offs that take time (on a `Clock`), timeouts, stopping, events for a history, and the execution's own
`$states.context`.

Differences from AWS that a machine must live with: the branches of a Parallel and the items of a Map run
one after the other; a Retry on a Parallel or a Map does not back off; `$states.context.State.EnteredTime`
is the start time; a stopped or timed out execution ends in a wait or after the call under way, never in
the middle of a call.

It calls `scope` and `Record` of sfnx.testing and replaces its `evaluate` and `entered`, which sfnx does not promise to
keep: sfnx is pinned, and tests/unit/local/test_machine.py shows each behaviour that this relies on.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sfnx import testing
from sfnx.testing import Call, Failure, InvalidDefinition, Tasks, Unsupported

from local import expressions
from local.callbacks import Callbacks
from local.clock import Clock, RealClock, VirtualClock, jsonata_functions
from local.recording import EndedError, Event, Limits, Record

__all__ = [
    "Call",
    "Clock",
    "Event",
    "Failure",
    "Identity",
    "InvalidDefinition",
    "Machine",
    "Outcome",
    "RealClock",
    "Tasks",
    "Unsupported",
    "VirtualClock",
]

testing.evaluate = expressions.evaluate

Status = Literal["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"]


@dataclass(frozen=True)
class Identity:
    """Who an execution is: what its states read in `$states.context`."""

    name: str = "execution"
    machine: str = "machine"
    role_arn: str = "arn:aws:iam::123456789012:role/machine"
    region: str = "eu-central-1"
    account: str = "123456789012"

    @property
    def arn(self) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:execution:{self.machine}:{self.name}"

    @property
    def machine_arn(self) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{self.machine}"

    def context(self, execution_input: object, start: float) -> dict[str, object]:
        """The Context Object of an execution that started at `start`, in seconds since the epoch."""
        return {
            "Execution": {
                "Id": self.arn,
                "Input": execution_input,
                "Name": self.name,
                "RoleArn": self.role_arn,
                "StartTime": timestamp(start),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": self.machine_arn, "Name": self.machine},
        }


@dataclass(frozen=True)
class Outcome:
    """How an execution ended: with `output`, or with `error` and `cause`. `states` in order of entry."""

    status: Status
    output: object = None
    error: str | None = None
    cause: str | None = None
    states: tuple[str, ...] = ()


class Machine:
    """A state machine: checked once, then run any number of times, from any thread.

    Raises InvalidDefinition for a definition that AWS refuses, and Unsupported for one that cannot run here.
    """

    def __init__(self, definition: Mapping[str, object]) -> None:
        try:
            testing.check(definition)
        except (KeyError, TypeError, AttributeError, AssertionError) as error:
            raise InvalidDefinition(f"the definition is not a state machine: {error!r}") from error
        self.definition = definition
        self.states: Mapping[str, Mapping[str, object]] = dict(testing.every_state(definition))
        self._timeouts = {name: _timeout(name, state) for name, state in self.states.items()}
        self._limit = _timeout("the definition", definition)

    def run(
        self,
        execution_input: object,
        tasks: Tasks,
        *,
        identity: Identity | None = None,
        clock: Clock | None = None,
        stop: threading.Event | None = None,
        callbacks: Callbacks | None = None,
        on_event: Callable[[Event], None] = lambda _: None,
    ) -> Outcome:
        """Run to the end, each Task answered by `tasks`, which returns a JSON value or raises Failure.

        A state that waits for its token waits in `callbacks`. Setting `stop` aborts the execution when its call under
        way has ended, or in a wait.
        Raises whatever `tasks` raises other than Failure.
        """
        clock = clock or RealClock()
        start = clock.now()
        deadline = None if self._limit is None else start + self._limit
        limits = Limits(clock, stop or threading.Event(), deadline, self._timeouts)
        record = Record(tasks, self.states, limits, callbacks or Callbacks(), on_event)
        context = (identity or Identity()).context(execution_input, start)
        token = testing.REPLACED.set(jsonata_functions(clock))
        try:
            output = testing.scope(self.definition, {}, execution_input, context, record)
        except Failure as failure:
            return Outcome("FAILED", None, failure.error, failure.cause, tuple(record.states))
        except EndedError as ended:
            return Outcome(ended.status, states=tuple(record.states))
        finally:
            testing.REPLACED.reset(token)
        return Outcome("SUCCEEDED", output, states=tuple(record.states))


def timestamp(seconds: float) -> str:
    """Seconds since the epoch as Step Functions writes a moment: `2026-01-01T00:00:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _timeout(where: str, state: Mapping[str, object]) -> float | None:
    """TimeoutSeconds as a number; an expression must not need the execution's data."""
    if "TimeoutSeconds" not in state:
        return None
    try:
        seconds = testing.value(state["TimeoutSeconds"], {}, {})
    except Failure as failure:
        raise Unsupported(f"{where}: TimeoutSeconds must be a constant: {failure.cause}") from failure
    if not isinstance(seconds, int | float):
        raise InvalidDefinition(f"{where}: TimeoutSeconds is {seconds!r}, not a number")
    return float(seconds)
