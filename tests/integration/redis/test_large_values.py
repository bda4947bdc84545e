"""What can be written can be read, in a task of every size: by a new connection, by the writer, by several at once.

The figures are Redis's own: each test asks it for the largest value that it takes.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest
import redis

from swiftcache.instances.sizes import SIZES, TaskSize, largest_memory, task_size
from swiftcache.redis.acl import CONTROL_USER
from tests.integration.redis.hostile import words
from tests.integration.redis.redis_task import Server, start, stop
from tests.integration.redis.writers import wait_for

READERS = 4
CHUNK = 1024 * 1024
USED = [
    (size, persistence)
    for persistence in (False, True)
    for size in SIZES
    if task_size(largest_memory(size, persistence), persistence) == size
]


@dataclass
class Connection:
    """Sends and reads by hand, and reads no faster than it is told to."""

    socket: ssl.SSLSocket

    def send(self, *command: str | bytes) -> None:
        self.socket.sendall(words(*command))

    def line(self) -> str:
        found = bytearray()
        while not found.endswith(b"\r\n"):
            byte = self.socket.recv(1)
            assert byte, f"the connection was closed after {bytes(found)!r}"
            found += byte
        return found[:-2].decode()

    def bulk(self) -> int:
        """The length of a value, once all of it has come."""
        said = self.line()
        assert said.startswith("$"), said
        left = length = int(said[1:])
        while left:
            got = len(self.socket.recv(min(CHUNK, left)))
            assert got, f"the connection was closed {left} bytes before the end of {length}"
            left -= got
        assert self.line() == ""
        return length

    def close(self) -> None:
        self.socket.close()


@dataclass
class Sized:
    server: Server
    largest: int

    def connect(self) -> Connection:
        context = ssl.create_default_context(cafile=str(self.server.ca))
        plain = socket.create_connection(("127.0.0.1", self.server.port), 30)
        connection = Connection(context.wrap_socket(plain, server_hostname="localhost"))
        connection.send("AUTH", self.server.key)
        assert connection.line() == "+OK"
        return connection


@pytest.fixture(
    scope="module", params=USED, ids=[f"{size.memory} MiB{', kept' if kept else ''}" for size, kept in USED]
)
def sized(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sized]:
    size: TaskSize
    size, persistence = request.param
    folder = tmp_path_factory.mktemp("redis")
    server, process = start(folder, largest_memory(size, persistence), "noeviction", persistence=persistence)
    try:
        with ours(server) as control:
            yield Sized(server, int(control.config_get("proto-max-bulk-len")["proto-max-bulk-len"]))
    finally:
        stop(process)


def ours(server: Server) -> "redis.Redis":
    return server.connect(username=CONTROL_USER, password=server.control_password)


def test_who_has_written_the_largest_value_reads_it(sized: Sized) -> None:
    with closing(sized.connect()) as writer:
        writer.send("SET", "large", b"x" * sized.largest)
        assert writer.line() == "+OK"
        writer.send("GET", "large")
        assert writer.bulk() == sized.largest
        writer.send("GETSET", "large", b"y" * sized.largest)
        assert writer.bulk() == sized.largest


def test_a_value_that_has_grown_to_be_the_largest_is_read_by_a_new_connection(sized: Sized) -> None:
    with closing(sized.connect()) as writer:
        writer.send("DEL", "large")
        writer.line()
        writer.send("SETRANGE", "large", str(sized.largest - 2), b"x")
        assert writer.line() == f":{sized.largest - 1}"
        writer.send("APPEND", "large", b"x")
        assert writer.line() == f":{sized.largest}"
        writer.send("APPEND", "large", b"x")
        assert "exceeds maximum allowed size" in writer.line()
    with closing(sized.connect()) as reader:
        reader.send("GET", "large")
        assert reader.bulk() == sized.largest


def test_several_who_do_not_hurry_read_the_largest_value_at_once(sized: Sized) -> None:
    with ExitStack() as stack, ours(sized.server) as control:
        writer = stack.enter_context(closing(sized.connect()))
        writer.send("SETRANGE", "large", str(sized.largest - 1), b"x")
        writer.line()
        writer.close()
        readers = [stack.enter_context(closing(sized.connect())) for _ in range(READERS)]
        for reader in readers:
            reader.send("GET", "large")

        def waiting() -> list[int]:
            return [int(found["omem"]) for found in control.client_list() if int(found["omem"]) > 0]

        wait_for(lambda: len(waiting()) == READERS)
        # What waits longer than a minute must not be more than this.
        limits = control.config_get("client-output-buffer-limit")["client-output-buffer-limit"].split()
        assert max(waiting()) < int(limits[limits.index("normal") + 2])
        assert [reader.bulk() for reader in readers] == READERS * [sized.largest]


def test_the_largest_value_is_told_to_several_subscribers(sized: Sized) -> None:
    with ExitStack() as stack:
        subscribers = [stack.enter_context(closing(sized.connect())) for _ in range(READERS - 1)]
        for subscriber in subscribers:
            subscriber.send("SUBSCRIBE", "news")
            for _ in range(6):
                subscriber.line()
        publisher = stack.enter_context(closing(sized.connect()))
        publisher.send("PUBLISH", "news", b"x" * sized.largest)
        assert publisher.line() == f":{len(subscribers)}"
        for subscriber in subscribers:
            for _ in range(5):
                subscriber.line()
            assert subscriber.bulk() == sized.largest


def test_a_larger_value_is_refused_with_a_reason(sized: Sized) -> None:
    with closing(sized.connect()) as writer:
        writer.socket.sendall(b"*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$%d\r\n" % (sized.largest + 1))
        assert "invalid bulk length" in writer.line()
