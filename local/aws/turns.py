"""Lets so many executions of a state machine work at a time; the others begin when it is their turn.

Step Functions runs as many at once as there are. Here all share this machine's processors: of a thousand that work at
once, each takes as long as all of them together, longer than the machines' own timeouts allow, and what is tried again
because it came late makes all the others late.
"""

import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from local import machine as machines
from local.clock import Clock

WIDTH = max(8, 4 * (os.cpu_count() or 1))
"""Executions of one state machine that work at a time."""


class Turns:
    """The turns of all state machines, each with its own: one whose calls hang keeps no other from its work."""

    def __init__(self, width: int = WIDTH) -> None:
        self._width = width
        self._queues: dict[str, _Queue] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, machine: str) -> Iterator["TurnClock"]:
        """Waits for a turn, and has it until the end; with it comes the clock to wait by."""
        with self._lock:
            queue = self._queues.setdefault(machine, _Queue(self._width))
        queue.acquire()
        try:
            yield TurnClock(queue, machines.RealClock())
        finally:
            queue.release()

    def waiting(self, machine: str) -> int:
        """How many wait for a turn."""
        return self._queues[machine].waiting


class _Queue:
    """Who waits for a turn of one machine. Those that have begun come first: their deadlines run.

    Where there is more to do than can be done, some are then done in time, and not all of them late.
    """

    def __init__(self, width: int) -> None:
        self._free = width
        self._begun: deque[threading.Lock] = deque()
        self._new: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        with self._lock:
            return len(self._begun) + len(self._new)

    def acquire(self, *, begun: bool = False) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Lock()
            mine.acquire()
            (self._begun if begun else self._new).append(mine)
        mine.acquire()

    def release(self) -> None:
        with self._lock:
            if waiting := self._begun or self._new:
                waiting.popleft().release()
            else:
                self._free += 1


class TurnClock:
    """A clock by which whoever sleeps leaves the turn to others."""

    def __init__(self, queue: _Queue, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock

    def now(self) -> float:
        return self._clock.now()

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        self._queue.release()
        try:
            self._clock.sleep(seconds, stop)
        finally:
            self._queue.acquire(begun=True)
