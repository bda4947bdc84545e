"""The memory that a container may take, as the kernel counts it for one on Fargate: what really lies in it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_LOOK_SECONDS = 0.02
"""Between two looks a program may take some tens of MiB more."""

_PAGE = os.sysconf("SC_PAGE_SIZE")


class MemoryWatch:
    """Ends whoever takes most of a container's processes once they take more than `limit` bytes together.

    The first of them is `pid`. Where there is no /proc nobody is ended.
    """

    def __init__(self, pid: int, limit: int) -> None:
        self._pid = pid
        self._limit = limit
        self._stopped = threading.Event()
        self.exceeded = False
        threading.Thread(target=self._watch, name=f"memory-{pid}", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            taken = {process: _bytes_of(process) for process in _family(self._pid)}
            if sum(taken.values()) > self._limit:
                self.exceeded = True
                with suppress(ProcessLookupError):
                    os.kill(max(taken, key=lambda process: taken[process]), signal.SIGKILL)
            time.sleep(_LOOK_SECONDS)


def _family(pid: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield pid
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))


def _bytes_of(pid: int) -> int:
    """Without what it shares with others, as its program's own pages are."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return (int(resident) - int(shared)) * _PAGE
