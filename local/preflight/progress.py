"""What a person sees while AWS takes its time."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

PATIENCE_SECONDS = 2.0

T = TypeVar("T")


class Progress:
    """Says nothing in the first two seconds, and after these what is waited for."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._quiet_until = time.monotonic() + PATIENCE_SECONDS

    def wait(self, what: str, future: "Future[T]") -> T:
        """The future's result, or what it raises."""
        try:
            return future.result(max(0.0, self._quiet_until - time.monotonic()))
        except TimeoutError:
            if not future.done():
                self._say(f"… {what}")
            return future.result()
