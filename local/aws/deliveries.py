"""Work that AWS does after it has answered: tried a few times, in the background, until the stack stops."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.1


class Deliveries:
    """Runs deliveries side by side. One that fails is tried again, then reported on stderr and dropped."""

    def __init__(self, workers: int = 32) -> None:
        self._pool = ThreadPoolExecutor(workers, "delivery")
        self._stop = threading.Event()

    def submit(self, what: str, work: Callable[[], object]) -> None:
        """Do `work` soon. `what` names it in a report. Nothing is taken any more after `stop`."""
        if not self._stop.is_set():
            self._pool.submit(self._try, what, work)

    def stop(self) -> None:
        """Begin nothing more, and leave what is under way to its end."""
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _try(self, what: str, work: Callable[[], object]) -> None:
        pause = FIRST_PAUSE_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            try:
                work()
                return
            except Exception as error:
                if self._stop.is_set():
                    return
                if attempt == ATTEMPTS:
                    print(f"aws: gave up {what} after {ATTEMPTS} attempts: {error}", file=sys.stderr)
            if self._stop.wait(pause):
                return
            pause *= 5
