"""Processes that stand for containers, and the memory of them on disk, so that none outlives its stack."""

import errno
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.aws.memory import MemoryWatch
from local.leftovers import RECORD_SUFFIX, kill_group, started_at

LOG = "task.log"
TIMER_SLACK = 50_000_000
"""Nanoseconds by which Linux may wake a container's processes late, so that it wakes those of many containers together.

An idle Redis looks ten times a second whether there is anything to do. Of many, that took the processors from all else:
of 800 six tenths of one, and four tenths with this. What comes over the network is not kept waiting.
"""

_WHEN_NOTED = (
    *("/bin/sh", "-c"),
    f'read -r _ || exit; {{ echo {TIMER_SLACK} > /proc/self/timerslack_ns; }} 2> /dev/null; exec "$@" < /dev/null',
    "sh",
)
"""Begins when its input has a line, and not at all when that ends first: nothing runs that is not noted."""


class ContainerProcess:
    """One running container: its main process and whatever that starts, in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        argv: Sequence[str],
        environment: Mapping[str, str],
        on_exit: Callable[[int], None],
        memory: int | None = None,
        enter: Sequence[str] = (),
    ) -> None:
        """Start it. `on_exit` gets the exit code, as a container engine counts it, when it has ended.

        It may take `memory` bytes; None for as much as there is. `enter` is a command that runs another, which becomes
        its process. Raises OSError when the program cannot be started.
        """
        if shutil.which(argv[0], path=environment.get("PATH")) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
        folder.mkdir(parents=True, mode=0o700)
        self._folder = folder
        self._on_exit = on_exit
        with (folder / LOG).open("wb") as log:
            self._process = subprocess.Popen(
                [*enter, *_WHEN_NOTED, *argv],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._record = folder.with_suffix(RECORD_SUFFIX)
        self._record.write_text(f"{self._process.pid} {started_at(self._process.pid)}")
        assert self._process.stdin is not None
        with self._process.stdin as gate:
            gate.write(b"\n")
        self._ended = threading.Event()
        self._memory = MemoryWatch(self._process.pid, memory) if memory else None
        threading.Thread(target=self._wait, name=f"task-{folder.name}", daemon=True).start()

    @property
    def out_of_memory(self) -> bool:
        """Whether something of it was ended since it took more memory than it may."""
        return self._memory is not None and self._memory.exceeded

    def stop(self, grace_seconds: float) -> None:
        """Ask the main process to end (SIGTERM), then end it (SIGKILL). Returns at once."""
        if self._ended.is_set():
            return
        self._process.send_signal(signal.SIGTERM)
        timer = threading.Timer(grace_seconds, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """End all of it now."""
        if not self._ended.is_set():
            kill_group(self._process.pid)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after at most this time."""
        return self._ended.wait(seconds)

    def _wait(self) -> None:
        code = self._process.wait()
        if self._memory:
            self._memory.stop()
        kill_group(self._process.pid)
        self._record.unlink(missing_ok=True)
        self._ended.set()
        self._on_exit(128 - code if code < 0 else code)


def clear(folder: Path, keep_log: bool) -> None:
    """Remove a container's folder: with it, whatever keys the container wrote down."""
    if not keep_log:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != LOG:
            entry.unlink(missing_ok=True)
