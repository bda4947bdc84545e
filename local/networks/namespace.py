"""Network namespaces of Linux. They have no names, so each is there as long as somebody has it open or runs in it.

Therefore nothing is left of a stack that was killed: the kernel removes its namespaces, with their links and rules.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_OF_THIS_THREAD = "/proc/thread-self/ns/net"


@dataclass(frozen=True, slots=True)
class Namespace:
    """One that this process has open. It may be given to others, who find it by its path until it is closed."""

    path: str
    _file: int = field(repr=False)

    @classmethod
    def create(cls) -> "Namespace":
        """One with nothing in it but loopback. Raises OSError where the system, or our rights, have none."""
        with _coming_back():
            _call("unshare", _NEW_NETWORK)
            file = os.open(_OF_THIS_THREAD, os.O_RDONLY)
        return cls(f"/proc/{os.getpid()}/fd/{file}", file)

    def close(self) -> None:
        """Gives it up. It goes when nothing runs in it any more."""
        os.close(self._file)

    @property
    def enter(self) -> tuple[str, ...]:
        """What a command line is begun with, to run in it."""
        return ("nsenter", f"--net={self.path}")

    def run(self, *command: str, given: str = "") -> None:
        """Runs a program in it that reads `given`. Raises CalledProcessError, with what it wrote in `stderr`."""
        run_to_its_end(*self.enter, *command, given=given)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread, and no other, is in it: sockets that are made meanwhile stay there, and so would threads."""
        with _coming_back():
            _call("setns", self._file, _NEW_NETWORK)
            yield

    def stay(self) -> None:
        """In a process that was given it: this thread, and those that it starts, are in it for good."""
        file = os.open(self.path, os.O_RDONLY)
        _call("setns", file, _NEW_NETWORK)
        os.close(file)


def run_to_its_end(*command: str, given: str = "") -> None:
    """Runs one of the system's tools. Raises CalledProcessError, with what it wrote in `stderr`."""
    # In a session of its own, Ctrl-C at the terminal does not end it half-way.
    subprocess.run(
        command, input=given, env=search_path(), capture_output=True, text=True, check=True, start_new_session=True
    )


def search_path() -> dict[str, str]:
    """The environment, in which the system's tools are found by whoever is not root too."""
    return {**os.environ, "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])}


@contextmanager
def _coming_back() -> Iterator[None]:
    here = os.open(_OF_THIS_THREAD, os.O_RDONLY)
    try:
        # First where we are already: whoever may not come back is told before the thread has left.
        _call("setns", here, _NEW_NETWORK)
        try:
            yield
        finally:
            _call("setns", here, _NEW_NETWORK)
    finally:
        os.close(here)


def _call(name: str, *arguments: int) -> None:
    """A system call that `os` has only from Python 3.12 on."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
