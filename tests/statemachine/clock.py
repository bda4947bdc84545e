"""The machines' time in tests: faster than the real one."""

import threading
import time

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
