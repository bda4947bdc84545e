"""Task tokens: how an execution waits until somebody calls SendTaskSuccess or SendTaskFailure.

A token is made each time that a `.waitForTaskToken` state is entered or tried again, as on AWS, and is of no use once
its wait is over.
"""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sfnx import testing
from sfnx.testing import Failure

LOOK_SECONDS = 1.0
"""How often a wait looks whether its execution is to end. What it waits for wakes it at once."""

WAITING = ".waitForTaskToken"
"""The end of the resources whose calls wait for their token to come back."""

_entered = testing.entered
_here = threading.local()


class UnknownTokenError(LookupError):
    """Nobody waits for this token: it was never given out, or its wait is over."""


@dataclass
class Callback:
    """One wait. `end` is called once, with what the state's result is made of."""

    done: threading.Event
    end: Callable[[], object] | None = None

    def result(self) -> object:
        """What SendTaskSuccess was given. Raises the Failure of SendTaskFailure."""
        assert self.end is not None
        return self.end()


class Callbacks:
    """The waits of a stack, by their tokens. `event` makes what is set when one is over: on another clock, another."""

    def __init__(self, event: Callable[[], threading.Event] = threading.Event) -> None:
        self._event = event
        self._waiting: dict[str, Callback] = {}
        self._lock = threading.Lock()

    def open(self, token: str) -> Callback:
        """From now on the token can be sent back."""
        with self._lock:
            return self._waiting.setdefault(token, Callback(self._event()))

    def close(self, token: str) -> None:
        """Nobody waits for it any more."""
        with self._lock:
            self._waiting.pop(token, None)

    def succeed(self, token: str, output: str) -> None:
        """`output` is JSON. Raises UnknownTokenError, and ValueError for what is not JSON."""
        result = json.loads(output)
        self._end(token, lambda: result)

    def fail(self, token: str, error: str, cause: str) -> None:
        """Raises UnknownTokenError."""

        def failed() -> object:
            raise Failure(error, cause)

        self._end(token, failed)

    def _end(self, token: str, end: Callable[[], object]) -> None:
        with self._lock:
            callback = self._waiting.pop(token, None)
        if callback is None:
            raise UnknownTokenError(token)
        callback.end = end
        callback.done.set()


def current_token() -> str:
    """The token of the state that this thread has just entered."""
    token: str = _here.token
    return token


def _entered_with_token(
    context: Mapping[str, object], name: str, state: Mapping[str, object], retries: int = 0
) -> dict[str, object]:
    about = _entered(context, name, state, retries)
    if "Task" in about:
        _here.token = str(uuid.uuid4())
        about["Task"] = {"Token": _here.token}
    return about


testing.entered = _entered_with_token
