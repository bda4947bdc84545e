"""A small client of Redis over TLS, for a computer without redis-cli: one command, or a line at a time."""

import shlex
import socket
import ssl
import sys
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from swiftcache_cli import output
from swiftcache_cli.errors import CliError, NotSignedInError
from swiftcache_cli.reaching import Endpoint, Login

CONNECT_SECONDS = 10.0

Answer = bytes | int | None | list["Answer"] | Exception


class RefusedError(Exception):
    """What Redis answered with a minus."""


class RedisConnection:
    def __init__(self, endpoint: Endpoint, login: Login) -> None:
        context = ssl.create_default_context(cafile=endpoint.ca_file)
        self._socket = _connected(endpoint, context)
        self._answers: BinaryIO = self._socket.makefile("rb")
        answer = self.ask(["AUTH", login.user, login.key])
        if isinstance(answer, Exception):
            self.close()
            raise NotSignedInError(
                f"Redis refuses the key: {answer}",
                code="KEY_REFUSED",
                hint="It is revoked, or of another instance: swiftcache keys list",
            )
        self._socket.settimeout(None)  # a command may wait as long as it likes

    def ask(self, words: Sequence[str]) -> Answer:
        parts = [word.encode("utf-8", "surrogateescape") for word in words]
        sent = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        try:
            self._socket.sendall(sent)
            return read(self._answers)
        except (OSError, EOFError) as error:
            raise CliError(f"the connection to Redis is lost: {error}", code="CONNECTION_LOST") from None

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


def _connected(endpoint: Endpoint, context: ssl.SSLContext) -> ssl.SSLSocket:
    try:
        plain = socket.create_connection((endpoint.address, endpoint.port), CONNECT_SECONDS)
        return context.wrap_socket(plain, server_hostname=endpoint.host)
    except OSError as error:
        raise CliError(
            f"{endpoint.host}:{endpoint.port} cannot be reached: {error}",
            code="REDIS_UNREACHABLE",
            hint="Does your network let port 6379 out? Does the instance answer? swiftcache metrics",
        ) from None


def read(stream: BinaryIO) -> Answer:
    """One answer of RESP2. Raises EOFError where the connection ends in it."""
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError("it was closed")
    kind, rest = line[:1], line[1:-2]
    if kind == b"+":
        return rest
    if kind == b"-":
        return RefusedError(rest.decode(errors="replace"))
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return _bulk(stream, int(rest))
    if kind == b"*":
        return None if int(rest) < 0 else [read(stream) for _ in range(int(rest))]
    raise EOFError("what came is no answer of Redis")


def _bulk(stream: BinaryIO, length: int) -> bytes | None:
    if length < 0:
        return None
    found = stream.read(length + 2)
    if len(found) < length + 2:
        raise EOFError("it was closed")
    return found[:-2]


def printed(answer: Answer) -> list[str]:
    """As redis-cli prints where it is no terminal: a line for each value."""
    if isinstance(answer, list):
        return [line for one in answer for line in printed(one)]
    if isinstance(answer, bytes):
        return [answer.decode(errors="backslashreplace")]
    return ["" if answer is None else str(answer)]


def run(endpoint: Endpoint, login: Login, words: Sequence[str]) -> int:
    """0, or 1 if Redis refused a command. Without words, those of standard input, a line each."""
    connection = RedisConnection(endpoint, login)
    try:
        refused = 0
        for line in [words] if words else _typed(endpoint):
            refused |= _ask(connection, line)
        return refused
    finally:
        connection.close()


def _ask(connection: RedisConnection, words: Sequence[str]) -> bool:
    """Whether it was refused."""
    answer = connection.ask(words)
    for line in printed(answer):
        output.line(line)
    return isinstance(answer, Exception)


def _typed(endpoint: Endpoint) -> Iterable[list[str]]:
    asking = sys.stdin.isatty()
    while True:
        if asking:
            print(f"{endpoint.host}:{endpoint.port}> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        try:
            words = shlex.split(line)
        except ValueError as error:
            output.note(f"(error) {error}")
            continue
        if words and words[0].lower() in ("quit", "exit"):
            return
        if words:
            yield words
