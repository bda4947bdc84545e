"""The folder of one local stack: who holds it, its logs, and where it listens: `local.json`, `env`, `bin` and `sam`.

A lock on a file, which the system drops when its holder dies, tells a live stack from a killed one.
"""

import fcntl
import json
import os
import shutil
import time
from pathlib import Path
from typing import IO

from local.errors import StartupError

_CLEANING_SECONDS = 5.0
_LOOK_SECONDS = 0.02


class Home:
    """A folder that one stack at a time holds, from `acquire` to `release`."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.announcement = self.path / "local.json"
        self.shell_file = self.path / "env"
        self.logs = self.path / "logs"
        self.tasks = self.path / "tasks"
        self.sam = self.path / "sam"
        self.programs = self.path / "bin"
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Takes the folder, creates it if need be, and removes what a killed stack announced.

        Raises StartupError if a live stack holds it or the folder cannot be written.
        """
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise StartupError(
                f"cannot write to {self.path} ({error.strerror}); choose a folder with SWIFTCACHE_HOME=…"
            ) from error
        if not _taken(lock):
            holder = _holder(lock)
            lock.close()
            raise StartupError(
                f"{self.path} is in use by the stack with process id {holder}; "
                "stop it, or start a second one with SWIFTCACHE_HOME=<folder> PORT=<port>"
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        self.withdraw()

    def announce(self, facts: dict[str, str | int], shell: str, program: str) -> None:
        """Writes `bin/swiftcache` and `env`, for shells, and then `local.json`, each in one step."""
        self.programs.mkdir(exist_ok=True)
        self._write(self.programs / "swiftcache", program, 0o700)
        self._write(self.shell_file, shell)
        self._write(self.announcement, json.dumps(facts, indent=2) + "\n")

    def _write(self, target: Path, text: str, mode: int = 0o600) -> None:
        """For its owner only, for it holds an account key."""
        draft = target.with_name(target.name + ".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
        draft.replace(target)

    def withdraw(self) -> None:
        """Removes what was announced."""
        for file in (self.announcement, self.shell_file):
            file.unlink(missing_ok=True)
        for folder in (self.programs, self.sam):
            shutil.rmtree(folder, ignore_errors=True)

    def release(self) -> None:
        """Removes what was announced and gives the folder up; safe to call twice."""
        if self._lock is None:
            return
        self.withdraw()
        self._lock.close()
        self._lock = None


def _taken(lock: IO[str]) -> bool:
    """Waits where the holder has died, and its watchdog still has the lock to clean up."""
    end = time.monotonic() + _CLEANING_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end or _lives(_holder(lock)):
                return False
            time.sleep(_LOOK_SECONDS)


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read().strip() or "unknown"


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True  # another's; or it has not written its id yet
    return True
