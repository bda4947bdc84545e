"""Time as an execution sees it: the real one for the stack, a virtual one for tests that must not wait."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from sfnx import testing


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        """Let `seconds` pass; come back at once when `stop` is set."""


class RealClock:
    """The time of this machine."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        stop.wait(seconds)


class VirtualClock:
    """A time that passes only when somebody sleeps, and then at once."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        with self._lock:
            self._now += seconds


def jsonata_functions(clock: Clock) -> dict[str, Callable[..., object]]:
    """JSONata's $millis and $now, as this clock tells them."""

    def millis() -> int:
        return int(clock.now() * 1000)

    def now(picture: str | None = None, timezone: str | None = None) -> str | None:
        return testing.from_millis(millis(), *([picture, timezone] if picture else []))

    return {"millis": millis, "now": now}
