"""Copying what a running Redis holds, by asking as a replica would.

Redis forks for it, and what the child sees is of one moment. A replica that wants the RDB alone (`rdb-only`) is sent
nothing else, so what is written meanwhile is kept for nobody. https://redis.io/docs/latest/operate/oss_and_stack/management/replication/
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import redis

from swiftcache.backups.headroom import Look, afterwards, before_the_fork, check_before, check_during
from swiftcache.backups.ports import Copy, Source
from swiftcache.platform.errors import BackupTimedOut, CopyInterrupted, SwiftCacheError
from swiftcache.redis.acl import CONTROL_USER
from swiftcache.redis.connection import connect, dial
from swiftcache.redis.reach import Reach, from_outside

_CONNECT_SECONDS = 2.0
_ANSWER_SECONDS = 10.0
"""For what is answered at once: Redis may be at work on one long command."""

_QUIET_SECONDS = 1.0
"""For a piece of the copy: then it is seen whether there is still time."""

_CHUNK_BYTES = 1024 * 1024
_MARK_BYTES = 40
_LINE_BYTES = 1024


class RedisCopies:
    """Times are in seconds: how long another child of Redis's is waited for, and how often its memory is looked at.

    `now` gives the time with its zone: that of whoever notes since when writes are paused, for the two are compared.
    """

    def __init__(
        self, now: Callable[[], datetime], reach: Reach = from_outside, begin: float = 60.0, look: float = 1.0
    ) -> None:
        self._now = now
        self._reach = reach
        self._begin = begin
        self._look = look

    @contextmanager
    def copy(self, source: Source, seconds: float) -> Iterator[Copy]:
        end = time.monotonic() + seconds
        source = replace(source, endpoint=self._reach(source.endpoint))
        with _watching(source, self._look) as watch:
            check_before(watch.memory, source.memory)
            with _asking(source) as stream:
                stream.wait_until(min(end, time.monotonic() + self._begin))
                # Before it is asked, since its answer may be read late: what is acknowledged meanwhile is not in it.
                taken_at = self._now()
                stream.begin()
                keys = watch.begin(stream.stop)
                yield Copy(taken_at, keys, _chunks(stream, watch, end))


def _chunks(stream: "_Stream", watch: "_Watch", end: float) -> Iterator[bytes]:
    try:
        stream.wait_until(end)
        yield from stream.content()
    except CopyInterrupted:
        # The watch closes the connection for a reason of its own, and that is the first.
        if watch.fault:
            raise watch.fault from None
        raise


class _Stream:
    """Our connection as a replica. Raises CopyInterrupted whatever is wrong with it, BackupTimedOut after its time."""

    def __init__(self, source: Source) -> None:
        self._where = f"{source.endpoint.address}:{source.endpoint.port}"
        self._end = time.monotonic() + _ANSWER_SECONDS
        self._received = bytearray()
        try:
            self._socket = dial(source.endpoint, source.hostname, _CONNECT_SECONDS, _QUIET_SECONDS)
        except OSError as error:
            raise self._interruption(error) from None

    def wait_until(self, end: float) -> None:
        self._end = end

    def stop(self) -> None:
        """From any thread: what is read at this moment ends, and the child of Redis with it.

        Not by closing: another connection could come by the same number while it is still read from.
        """
        with suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def ask(self, *words: str) -> str:
        """The answer. The words are not in any error: they could be a password."""
        said = b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
        try:
            self._socket.sendall(b"*%d\r\n%s" % (len(words), said))
        except OSError as error:
            raise self._interruption(error) from None
        answer = self._line()
        if answer.startswith("-"):
            raise CopyInterrupted(f"{self._where} answered {words[0]} with {answer[1:].split(' ')[0]}")
        return answer

    def begin(self) -> None:
        """Returns when Redis has forked: the copy is of a moment before that."""
        try:
            answer = self.ask("PSYNC", "?", "-1")
        except BackupTimedOut:
            raise CopyInterrupted(f"{self._where} is at work on another copy") from None
        if not answer.startswith("+FULLRESYNC "):
            raise CopyInterrupted(f"{self._where} sends no copy")

    def content(self) -> Iterator[bytes]:
        announced = self._line()
        if announced.startswith("$EOF:") and len(announced) == len("$EOF:") + _MARK_BYTES:
            yield from self._until(announced.removeprefix("$EOF:").encode())
        elif announced[1:].isdigit():
            yield from self._exactly(int(announced[1:]))
        else:
            raise CopyInterrupted(f"{self._where} announced its copy in a way that we do not know")

    def _until(self, mark: bytes) -> Iterator[bytes]:
        """The mark comes after all else, and is nothing that could be part of it."""
        buffer = bytearray(_CHUNK_BYTES + _MARK_BYTES)
        view = memoryview(buffer)
        filled = self._take(view)
        while True:
            if filled >= _MARK_BYTES and view[filled - _MARK_BYTES : filled] == mark:
                yield bytes(view[: filled - _MARK_BYTES])
                return
            if filled == len(buffer):
                yield bytes(view[:_CHUNK_BYTES])
                view[:_MARK_BYTES] = view[_CHUNK_BYTES:]
                filled = _MARK_BYTES
            filled += self._receive(view[filled:])

    def _exactly(self, left: int) -> Iterator[bytes]:
        view = memoryview(bytearray(_CHUNK_BYTES))
        while left:
            wanted = view[: min(left, _CHUNK_BYTES)]
            filled = self._take(wanted)
            while filled < len(wanted):
                filled += self._receive(wanted[filled:])
            yield bytes(wanted)
            left -= len(wanted)

    def _take(self, into: memoryview) -> int:
        """What came together with the line before."""
        taken = bytes(self._received[: len(into)])
        del self._received[: len(taken)]
        into[: len(taken)] = taken
        return len(taken)

    def _line(self) -> str:
        """The next line that is not empty: an empty one says that Redis is still there, and not ready."""
        while True:
            while (at := self._received.find(b"\n")) < 0:
                if len(self._received) > _LINE_BYTES:
                    raise CopyInterrupted(f"{self._where} does not answer as Redis does")
                piece = bytearray(_LINE_BYTES)
                self._received += piece[: self._receive(memoryview(piece))]
            line = bytes(self._received[:at]).strip()
            del self._received[: at + 1]
            if line:
                return line.decode("ascii", "replace")

    def _receive(self, into: memoryview) -> int:
        while time.monotonic() < self._end:
            try:
                received = self._socket.recv_into(into)
            except TimeoutError:
                continue
            except OSError as error:
                raise self._interruption(error) from None
            if not received:
                raise CopyInterrupted(f"{self._where} ended the copy before it was whole")
            return received
        raise BackupTimedOut(f"{self._where} had not sent all in time")

    def _interruption(self, error: OSError) -> CopyInterrupted:
        # The class and not the text, which names more.
        return CopyInterrupted(f"{self._where} gave {type(error).__name__}")


@contextmanager
def _asking(source: Source) -> Iterator[_Stream]:
    stream = _Stream(source)
    try:
        stream.ask("AUTH", CONTROL_USER, source.password)
        stream.ask("REPLCONF", "rdb-only", "1")
        stream.ask("REPLCONF", "capa", "eof")
        yield stream
    finally:
        stream.close()


class _Watch:
    """Looks at Redis's memory while it is copied, by a connection of its own."""

    def __init__(self, client: "redis.Redis", limit: int, seconds: float) -> None:
        self._client = client
        self._limit = limit
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.fault: SwiftCacheError | None = None
        self.memory = before_the_fork(_look_of(self._info()))

    def begin(self, stop: Callable[[], None]) -> int | None:
        """How many keys Redis had when it forked. From now on `stop` is called if the copy takes too much."""
        info = self._info()
        self._thread = threading.Thread(target=self._run, args=(stop,), daemon=True)
        self._thread.start()
        return int(info["current_save_keys_total"]) if info["rdb_bgsave_in_progress"] else None

    def end(self) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()

    def _run(self, stop: Callable[[], None]) -> None:
        while not self._ended.wait(self._seconds):
            try:
                found = afterwards(self.memory, _look_of(self._info()))
                check_during(self.memory, found, self._limit)
                self.memory = found
            except SwiftCacheError as fault:
                self.fault = fault
                stop()
                return

    def _info(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._client.info("memory", "persistence", "stats")
        except (redis.RedisError, OSError) as error:
            raise CopyInterrupted(f"Redis does not tell how much it takes: {type(error).__name__}") from None
        return found


def _look_of(info: dict[str, Any]) -> Look:
    return Look(
        resident=int(info["used_memory_rss"]),
        reported=int(info["current_cow_size"]),
        age=int(info["current_cow_size_age"]),
        received=int(info["total_net_input_bytes"]),
        changes=int(info["rdb_changes_since_last_save"]),
    )


@contextmanager
def _watching(source: Source, seconds: float) -> Iterator[_Watch]:
    with connect(source.endpoint, source.hostname, source.password, _ANSWER_SECONDS) as client:
        watch = _Watch(client, source.memory, seconds)
        try:
            yield watch
        finally:
            watch.end()
