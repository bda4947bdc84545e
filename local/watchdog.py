"""Ends what a stack leaves behind, however the stack ends: by itself, or by `kill -9`, which lets it do nothing.

It is a process that the stack forks before it has loaded anything, and that waits for the end of a pipe which only the
stack holds. It has the home's lock too, so the next stack begins when it is done.
"""

import os
import signal
from collections.abc import Callable
from typing import NoReturn


class Watchdog:
    """Runs `clean` once the stack has ended, or `stop` was called."""

    def __init__(self, clean: Callable[[], None]) -> None:
        self._clean = clean
        self._pid = 0
        self._pipe = -1

    def start(self) -> None:
        """To be called before there is a second thread: it forks."""
        reading, self._pipe = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.close(self._pipe)
            self._watch(reading)
        os.close(reading)

    def stop(self) -> None:
        """Returns when it has cleaned up."""
        os.close(self._pipe)
        os.waitpid(self._pid, 0)

    def _watch(self, reading: int) -> NoReturn:
        try:
            # No terminal's Ctrl-C, and no pipe that somebody reads to its end, has to do with it.
            os.setsid()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            nothing = os.open(os.devnull, os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(nothing, standard)
            os.read(reading, 1)
            self._clean()
        finally:
            os._exit(0)
