"""A client's first command: a verified TLS connection, AUTH and PING, and nothing else that takes time."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

_ANSWER = b"+OK\r\n+PONG\r\n"
_SECONDS = 5.0


class NoPong(Exception):
    """Redis answered something else."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a Redis serves, by what name its certificate calls it, and a key that opens it."""

    host: str
    port: int
    hostname: str
    key: str


def trust(authority: Path) -> ssl.SSLContext:
    """Made once: reading an authority takes longer than a connection."""
    return ssl.create_default_context(cafile=str(authority))


def ping(door: Door, trusted: ssl.SSLContext) -> None:
    """Returns when Redis has answered. Raises OSError if it cannot be reached, NoPong if it refuses."""
    with (
        socket.create_connection((door.host, door.port), _SECONDS) as plain,
        trusted.wrap_socket(plain, server_hostname=door.hostname) as connection,
    ):
        connection.sendall(b"AUTH %b\r\nPING\r\n" % door.key.encode())
        answer = b""
        while len(answer) < len(_ANSWER) and (more := connection.recv(4096)):
            answer += more
    if answer != _ANSWER:
        raise NoPong(f"{door.host}:{door.port} did not answer PONG, but {answer[:80]!r}")
