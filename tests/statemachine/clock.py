"""The machines' time in tests: faster than the real one, for them and for what they wait for."""

import threading
import time
from collections.abc import Callable

from local.aws.processes import ContainerProcess

SPEED = 40


class FastClock:
    """A time in which a real second is `speed` seconds: as many as when the clock was made.

    What takes real time takes `speed` times as long for the machines, so a busy computer needs a slower clock.
    """

    speed: float = SPEED

    def __init__(self) -> None:
        self._start = time.time()
        self._speed = self.speed

    def now(self) -> float:
        return self._start + (time.time() - self._start) * self._speed

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        stop.wait(seconds / self._speed)


def hurried_epoch() -> Callable[[], float]:
    """The same time for functions that wait by themselves. Seconds since the epoch."""
    start = time.time()
    return lambda: start + (time.time() - start) * FastClock.speed


def hurried_sleep(seconds: float) -> None:
    """So many seconds of it pass."""
    time.sleep(seconds / FastClock.speed)


LONGEST_STOP_SECONDS = 40
"""Of the machines' time. They wait 90 for a task that is to stop; Redis, if it heeds SIGTERM, takes about 5."""


class HurriedProcess(ContainerProcess):
    """Ended in the machines' time: five real seconds, as on AWS, would be longer than the machines wait for a stop.

    Redis does not always heed SIGTERM: not while it writes its first append-only file, as a standby does.
    """

    def stop(self, grace_seconds: float) -> None:
        super().stop(min(grace_seconds, LONGEST_STOP_SECONDS / FastClock.speed))
