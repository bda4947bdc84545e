"""Measuring things by turns, so that what else the machine does hits all of them alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.lines import percentile


@dataclass(frozen=True, slots=True)
class Times:
    """How long one thing took, in milliseconds: by the clock, and of processors by this process."""

    wall: Sequence[float]
    cpu: Sequence[float]

    def p(self, percent: float) -> float:
        return percentile(self.wall, percent)

    @property
    def cpu_p50(self) -> float:
        return percentile(self.cpu, 50)


def alternately(rounds: int, *actions: Callable[[], object]) -> list[Times]:
    """Does all of them once unmeasured, then each in every round; the times of each."""
    for action in actions:
        action()
    measured: list[tuple[list[float], list[float]]] = [([], []) for _ in actions]
    for _ in range(rounds):
        for action, (wall, cpu) in zip(actions, measured, strict=True):
            began, used = time.perf_counter(), time.process_time()
            action()
            wall.append(1000 * (time.perf_counter() - began))
            cpu.append(1000 * (time.process_time() - used))
    return [Times(wall, cpu) for wall, cpu in measured]
