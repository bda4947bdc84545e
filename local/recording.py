"""What one run of a state machine passes through: states, calls and waits, with limits and events."""

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sfnx import testing
from sfnx.testing import Call, Failure, Wait

from local.callbacks import LOOK_SECONDS, WAITING, Callbacks, current_token
from local.clock import Clock
from local.retries import Retries

DATA_LIMIT_BYTES = 262_144
"""The largest result of a Task that AWS carries."""

BLOCKING = (":lambda:invoke", ".sync", ".sync:2", WAITING)
"""The ends of the resources whose calls can take long, so that their TimeoutSeconds must be watched."""


@dataclass(frozen=True)
class Event:
    """Something that happened in an execution, with the type and details that GetExecutionHistory gives."""

    type: str
    details: Mapping[str, object]


class EndedError(RuntimeError):
    """The execution ends here without an error of its own: it was stopped, or its time was up."""

    def __init__(self, status: Literal["ABORTED", "TIMED_OUT"]) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class Limits:
    """What can end an execution or one of its calls from outside. Times are in seconds."""

    clock: Clock
    stop: threading.Event
    deadline: float | None
    timeouts: Mapping[str, float | None]

    def check(self) -> None:
        """Raises EndedError for an execution that is not to go on."""
        if self.stop.is_set():
            raise EndedError("ABORTED")
        if self.deadline is not None and self.clock.now() >= self.deadline:
            raise EndedError("TIMED_OUT")

    def sleep(self, seconds: float) -> None:
        """Let time pass, but not beyond the execution's own end."""
        if self.deadline is not None:
            seconds = min(seconds, self.deadline - self.clock.now())
        self.clock.sleep(max(seconds, 0.0), self.stop)
        self.check()


class Record(testing.Record):
    """sfnx enters each state in `states`, makes each call through `call`, and ends each Wait in `waits`."""

    def __init__(
        self,
        answer: testing.Tasks,
        machine_states: Mapping[str, Mapping[str, object]],
        limits: Limits,
        callbacks: Callbacks,
        tell: Callable[[Event], None],
    ) -> None:
        super().__init__(tasks=answer, waits=self.wait, states=Entries(self.entered))
        self._answer = answer
        self._types = {name: str(state["Type"]) for name, state in machine_states.items()}
        self._retries = Retries(machine_states)
        self._limits = limits
        self._callbacks = callbacks
        self._tell = tell

    def entered(self, state: str) -> None:
        self._tell(Event(f"{self._types[state]}StateEntered", {"name": state}))

    def wait(self, wait: Wait) -> None:
        self._limits.check()
        seconds = float(wait.seconds or 0)
        if wait.timestamp is not None:
            seconds = datetime.fromisoformat(wait.timestamp).timestamp() - self._limits.clock.now()
        self._limits.sleep(seconds)

    def call(self, state: str, resource: object, arguments: object) -> object:
        assert isinstance(resource, str)
        self._limits.check()
        call = Call(state, resource, arguments)
        self._tell(Event("TaskScheduled", {**_kind(resource), "parameters": json.dumps(arguments)}))
        try:
            result, output = self._result(call)
        except Failure as failure:
            ended = "TaskTimedOut" if failure.error == "States.Timeout" else "TaskFailed"
            self._tell(Event(ended, {**_kind(resource), "error": failure.error, "cause": failure.cause}))
            self._limits.check()
            if delay := self._retries.delay(state, failure.error):
                self._limits.sleep(delay)
            raise
        self._retries.succeeded(state)
        self._tell(Event("TaskSucceeded", {**_kind(resource), "output": output}))
        self._limits.check()
        return result

    def _result(self, call: Call) -> tuple[object, str]:
        result = self._called_back(call) if call.resource.endswith(WAITING) else self._answered(call)
        output = json.dumps(result)
        if len(output) > DATA_LIMIT_BYTES:
            raise Failure(
                "States.DataLimitExceeded",
                f"The state/task '{call.resource}' returned a result with a size exceeding the maximum number"
                " of bytes service limit.",
            )
        return result, output

    def _answered(self, call: Call) -> object:
        timeout = self._limits.timeouts[call.state]
        if timeout is not None and call.resource.endswith(BLOCKING):
            return within(timeout, lambda: self._answer(call))
        return self._answer(call)

    def _called_back(self, call: Call) -> object:
        """Makes the call, and waits for its token: what the call itself answers is not looked at."""
        token, clock = current_token(), self._limits.clock
        timeout = self._limits.timeouts[call.state]
        end = None if timeout is None else clock.now() + timeout
        callback = self._callbacks.open(token)
        try:
            self._answered(call)
            while not callback.done.is_set():
                left = LOOK_SECONDS if end is None else min(LOOK_SECONDS, end - clock.now())
                if left <= 0:
                    raise Failure("States.Timeout", f"Nobody sent the task token back within {timeout:g} seconds.")
                clock.sleep(left, callback.done)
                self._limits.check()
            return callback.result()
        finally:
            self._callbacks.close(token)


class Entries(list[str]):
    """The states entered, telling of each."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell_entry = tell

    def append(self, state: str) -> None:
        super().append(state)
        self._tell_entry(state)


def within(seconds: float, work: Callable[[], object]) -> object:
    """The result of `work`. Raises Failure States.Timeout after `seconds`; the work goes on unwatched."""
    future: Future[object] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="task", daemon=True).start()
    with contextlib.suppress(TimeoutError):
        future.exception(seconds)
    if not future.done():
        raise Failure("States.Timeout", f"The task did not end within {seconds:g} seconds.")
    return future.result()


def _kind(resource: str) -> dict[str, object]:
    """How a history names a resource: that of aws-sdk:ecs:runTask is runTask, of the type aws-sdk:ecs."""
    _, _, rest = resource.partition(":::")
    kind, _, action = rest.rpartition(":")
    if action == "2":
        kind, _, action = kind.rpartition(":")
        action += ":2"
    return {"resourceType": kind, "resource": action}
