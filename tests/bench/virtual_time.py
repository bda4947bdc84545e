"""Virtual time for a state machine: nobody waits, and the branches of a Parallel pass the same time, not one another's.

sfnx runs the branches of a Parallel and the items of a Map one after the other. Here each begins when the state that
holds them was entered, and that state ends with the slowest of them, as on AWS. A Map's MaxConcurrency is not looked
at.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from sfnx import testing


@dataclass(slots=True)
class _Fork:
    """Where branches begin, and where the slowest of them has come to. In seconds."""

    start: float
    latest: float


class BranchingClock:
    """Seconds that pass only when somebody lets them. A clock of `local.clock`, for one execution."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._forks: list[_Fork | None] = [None]

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        self._now += seconds

    def fork(self) -> None:
        """The branches that come next, at this depth, begin now."""
        self._forks[-1] = _Fork(self._now, self._now)

    @contextmanager
    def branch(self) -> Iterator[None]:
        """One branch of the last fork. After it the time is that of the slowest branch so far."""
        fork = self._forks[-1]
        if fork:
            self._now = fork.start
        self._forks.append(None)
        try:
            yield
        finally:
            self._forks.pop()
            if fork:
                self._now = fork.latest = max(fork.latest, self._now)


@contextmanager
def branches_at_once(clock: BranchingClock) -> Iterator[None]:
    """While this lasts, whatever sfnx runs has its branches on clocks of their own. Call `fork` where they begin."""
    one_after_the_other = testing.scope

    def scope(*given: Any) -> object:
        with clock.branch():
            return one_after_the_other(*given)

    with patch.object(testing, "scope", scope):
        yield
