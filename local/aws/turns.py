"""Lets so many executions of a state machine work at a time; the others begin when it is their turn.

Step Functions runs as many at once as there are. Here all share this machine's processors: of a thousand that work at
once, each takes as long as all of them together, longer than the machines' own timeouts allow, and what is tried again
because it came late makes all the others late.
"""

import os
import threading
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
        self._turns: dict[str, threading.Semaphore] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, machine: str) -> Iterator["TurnClock"]:
        """Waits for a turn, and has it until the end; with it comes the clock to wait by."""
        with self._lock:
            turns = self._turns.setdefault(machine, threading.Semaphore(self._width))
        with turns:
            yield TurnClock(turns, machines.RealClock())


class TurnClock:
    """A clock by which whoever sleeps leaves the turn to others."""

    def __init__(self, turns: threading.Semaphore, clock: Clock) -> None:
        self._turns = turns
        self._clock = clock

    def now(self) -> float:
        return self._clock.now()

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        self._turns.release()
        try:
            self._clock.sleep(seconds, stop)
        finally:
            self._turns.acquire()
