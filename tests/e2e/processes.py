"""The processes of a stack, found as a system administrator finds them: in /proc, by the stack's home folder.

The folder's path is unique, and stands in the environment of the stack and of all that it forks. A redis-server,
which overwrites its environment with its title, works in a folder below. Neither changes when the parent dies.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process at one moment. Its id and the time it started, in clock ticks, tell it from every other."""

    pid: int
    started: str
    command: str
    environment: str
    folder: str

    @property
    def is_redis(self) -> bool:
        return "redis-server" in self.command

    def is_alive(self) -> bool:
        return _state_and_start(self.pid) == ("alive", self.started)


def processes_of(home: Path) -> list[Process]:
    """All live processes that have the folder in their environment or command line, or work in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):  # it ended meanwhile, or is another user's
                texts = _text(entry / "cmdline"), _text(entry / "environ"), str((entry / "cwd").readlink())
                state, started = _state_and_start(int(entry.name))
                if state == "alive" and any(str(home) in text for text in texts):
                    found.append(Process(int(entry.name), started, *texts))
    return found


def _text(path: Path) -> str:
    return path.read_bytes().replace(b"\0", b"\n").decode(errors="replace")


def _state_and_start(pid: int) -> tuple[str, str]:
    try:
        # The name, second, may hold spaces and brackets; the state is the 3rd field, the start the 22nd.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "gone", ""
    return ("gone" if fields[0] in "ZX" else "alive"), fields[19]
