"""Processes on one virtual clock: exactly one runs at a time, the one that wakes up first.

A process is ordinary code in a thread of its own. It runs until it sleeps or waits, then hands over to whoever is next:
by the time, and at one time by who was woken first. So a run is the same each time. Time passes only when nobody has
anything left to do at the present one.
"""

import contextvars
import heapq
import itertools
import threading
from collections.abc import Callable
from functools import partial

Work = Callable[[], object]

STACK_BYTES = 1 << 20
"""Of a process's thread: there are thousands."""


class Cancelled(BaseException):
    """Raised in a process that is to end, wherever it sleeps or waits."""


class Process:
    """Made by `Scheduler.spawn`. `ended` once its work has returned, or raised."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.context = contextvars.copy_context()
        self.turn = threading.Lock()
        self.turn.acquire()
        self.started = False
        self.ended = False
        self.cancelled = False
        self.wake_up = 0
        """The number of the entry in the queue that wakes it. Earlier ones are void."""


class Scheduler:
    """`run` runs what was spawned, and what that spawns. Times are in seconds, and begin with 0."""

    def __init__(self) -> None:
        self._now = 0.0
        self._until = float("inf")
        self._queue: list[tuple[float, int, Process]] = []
        self._numbers = itertools.count(1)
        self._alive: dict[Process, None] = {}
        self._running: Process | None = None
        self._main = threading.Lock()
        self._main.acquire()
        self._error: BaseException | None = None

    def now(self) -> float:
        return self._now

    @property
    def current(self) -> Process:
        """The process that calls."""
        assert self._running is not None, "only a process can wait"
        return self._running

    def spawn(self, work: Work, delay: float = 0.0) -> Process:
        """Runs `work` after `delay`, beside whoever spawns it, whose context variables it sees. What it raises ends
        the whole run."""
        process = Process(work)
        self._alive[process] = None
        self.wake(process, delay)
        return process

    def run(self, until: float = float("inf")) -> None:
        """Until nobody has anything to do, or it is `until`. Then those that still wait are cancelled.

        Raises what a process raised.
        """
        self._until = until
        stack_bytes = threading.stack_size(STACK_BYTES)
        try:
            self._hand_over()
            self._main.acquire()
            self._until = float("inf")
            while self._alive:
                for process in self._alive:
                    self.cancel(process)
                self._hand_over()
                self._main.acquire()
        finally:
            threading.stack_size(stack_bytes)
        if self._error:
            raise self._error

    def sleep(self, seconds: float) -> None:
        """Lets time pass for the process that calls."""
        if seconds > 0:
            self.park(seconds)

    def park(self, seconds: float | None = None) -> None:
        """Until somebody wakes the process that calls, or for so long. Raises Cancelled."""
        me = self.current
        if me.cancelled:
            raise Cancelled
        if seconds is None:
            me.wake_up = 0
        else:
            self.wake(me, seconds)
        if self._hand_over() is not me:
            me.turn.acquire()
        if me.cancelled:
            raise Cancelled

    def wake(self, process: Process, delay: float = 0.0) -> None:
        """Lets a process that waits go on after `delay`, and not when it would have."""
        process.wake_up = next(self._numbers)
        heapq.heappush(self._queue, (self._now + delay, process.wake_up, process))

    def cancel(self, process: Process) -> None:
        """Ends a process where it waits; one that has ended already stays as it is."""
        if not process.ended and not process.cancelled:
            process.cancelled = True
            self.wake(process)

    def _hand_over(self) -> Process | None:
        """Lets the next one run, or `run` if there is none. Who that is."""
        previous, following = self._running, self._next()
        self._running = following
        if following is None:
            self._main.release()
        elif not following.started:
            following.started = True
            threading.Thread(target=following.context.run, args=(partial(self._live, following),), daemon=True).start()
        elif following is not previous:
            following.turn.release()
        return following

    def _next(self) -> Process | None:
        while self._queue and self._queue[0][0] <= self._until:
            at, number, process = heapq.heappop(self._queue)
            if number == process.wake_up and not process.ended:
                self._now = max(self._now, at)
                return process
        return None

    def _live(self, process: Process) -> None:
        try:
            if not process.cancelled:
                process.work()
        except Cancelled:
            pass
        except BaseException as error:
            self._error = self._error or error
            self._until = -1.0
        process.ended = True
        del self._alive[process]
        self._hand_over()
