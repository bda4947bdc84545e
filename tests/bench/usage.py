"""What processes have used: processor time and memory, as /proc tells it."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.processes import Process
from tests.e2e.stack import Stack

_TICKS = os.sysconf("SC_CLK_TCK")
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """In bytes. `resident` counts what processes share in each of them, `proportional` (PSS) once."""

    processes: int = 0
    resident: int = 0
    proportional: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time: of the process that `make run` starts, and of all others that it starts for us."""

    main: float
    functions: float

    @property
    def all(self) -> float:
        return self.main + self.functions

    def __sub__(self, before: "Spent") -> "Spent":
        return Spent(self.main - before.main, self.functions - before.functions)


def ours(stack: Stack) -> list[Process]:
    """The processes of a stack without its redis-servers."""
    return [process for process in stack.processes() if not process.is_redis]


def spent(stack: Stack) -> Spent:
    """By a stack since it began, its redis-servers left out while they run."""
    ticks = {process.pid: _ticks(process.pid) for process in ours(stack)}
    main = ticks.pop(stack.process.pid, 0)
    return Spent(main / _TICKS, sum(ticks.values()) / _TICKS)


def memory(processes: Iterable[Process]) -> Memory:
    """All of them together. One that has ended meanwhile counts nothing."""
    total = Memory()
    for process in processes:
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            total = Memory(
                total.processes + 1,
                total.resident + rolled_up(rollup, "Rss"),
                total.proportional + rolled_up(rollup, "Pss"),
            )
    return total


def rolled_up(rollup: str, name: str) -> int:
    """A figure of `smaps_rollup`, in bytes; 0 where it is not told, as for a process that is about to end."""
    for line in rollup.splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * _KIB
    return 0


def _ticks(pid: int) -> int:
    """Of a process and of the children that it has waited for; 0 when it has ended."""
    try:
        # The name, second, may hold spaces and brackets. Fields 14 to 17: its own, and its children's.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))
