"""Requests whose answer nobody may have seen: the Idempotency-Key of each, kept in a file from before it is sent.

Who is killed, or loses the network, runs the same command again: it sends the same key, and so gets the same instance
and the same one-time key. A live process locks its file, so that two equal commands at a time make two things.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from swiftcache_cli import private_files

KEPT_SECONDS = 23 * 3600
"""The API remembers for 24 hours. An hour is for clocks, and for how long a request takes."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, by whom. Neither is in the file, nor in its name: that is a hash."""

    api_url: str
    api_key: str
    path: str
    body: dict[str, Any]

    def digest(self) -> str:
        text = json.dumps([self.api_url, self.api_key, self.path, self.body], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Kept:
    key: str
    at: float


class Pending:
    """A request that is under way. `forget` it when its answer has been shown."""

    def __init__(self, file: IO[str], path: Path, kept: _Kept, resumed: bool) -> None:
        self.key = kept.key
        self.resumed = resumed
        self._file = file
        self._path = path

    def forget(self) -> None:
        """Whoever has the file open already finds it empty."""
        self._file.seek(0)
        self._file.truncate()
        self._path.unlink(missing_ok=True)


class PendingRequests:
    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder = folder / "pending"
        self._now = now

    @contextmanager
    def take(self, request: Request) -> Iterator[Pending]:
        """That of an earlier run which did not come to its end, or a new one; nobody else has it meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest = request.digest()
        path, file = next(
            (path, file)
            for path in (self._folder / f"{digest}.{number}" for number in count())
            if (file := _locked(path)) is not None
        )
        with file:
            kept = _read(file)
            resumed = kept is not None and self._now() - kept.at < KEPT_SECONDS
            if kept is None or not resumed:
                kept = _Kept(str(uuid4()), self._now())
                _write(file, kept)
            yield Pending(file, path, kept, resumed)


def _locked(path: Path) -> IO[str] | None:
    """The file, made if need be; None if another process has it."""
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, private_files.OWNER_ONLY), "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        if _is_still(path, file):
            return file
        file.close()  # its holder has removed it meanwhile


def _is_still(path: Path, file: IO[str]) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False


def _read(file: IO[str]) -> _Kept | None:
    """None if it is new, or was not written to its end."""
    try:
        return _Kept(**json.loads(file.read()))
    except (ValueError, TypeError):
        return None


def _write(file: IO[str], kept: _Kept) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(asdict(kept)))
    file.flush()
