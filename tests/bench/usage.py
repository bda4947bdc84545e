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
    """Seconds of processor time: of the process that `make run` starts, of all others that it starts for us, and of the
    redis-servers."""

    main: float
    functions: float
    redis: float

    @property
    def ours(self) -> float:
        return self.main + self.functions

    def __sub__(self, before: "Spent") -> "Spent":
        return Spent(self.main - before.main, self.functions - before.functions, self.redis - before.redis)


def ours(stack: Stack) -> list[Process]:
    """The processes of a stack without its redis-servers."""
    return [process for process in stack.processes() if not process.is_redis]


def spent(stack: Stack) -> Spent:
    """By a stack since it began. A redis-server counts for itself while it runs, then for the main process."""
    main = functions = redis = 0
    for process in stack.processes():
        ticks = _ticks(process.pid)
        if process.is_redis:
            redis += ticks
        elif process.pid == stack.process.pid:
            main += ticks
        else:
            functions += ticks
    return Spent(main / _TICKS, functions / _TICKS, redis / _TICKS)


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
