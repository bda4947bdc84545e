"""A Redis whose default user may ask what another user may: what its ACL allows, command by command."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from swiftcache.instances.key import InstanceKey
from swiftcache.redis.acl import users


@dataclass(frozen=True)
class Command:
    """A command or subcommand by Redis's name, with as many arguments as it must have at least."""

    name: str
    words: tuple[str, ...]
    flags: frozenset[str]
    categories: frozenset[str]


class OpenServer:
    def __init__(self, socket: Path) -> None:
        self.socket = str(socket)
        self.client = redis.Redis(unix_socket_path=self.socket, decode_responses=True, protocol=2)

    def ask(self, *words: object) -> Any:
        # Without redis-py's own reading of the answer.
        connection: Any = self.client.connection_pool.get_connection()
        try:
            connection.send_command(*words)
            return connection.read_response()
        finally:
            self.client.connection_pool.release(connection)

    def commands(self) -> list[Command]:
        found, pending = [], list(self.ask("COMMAND"))
        while pending:
            name, arity, flags, *_, categories, _, _, subcommands = pending.pop()
            pending += subcommands
            words = name.split("|")
            arguments = ["1"] * max(abs(arity) - len(words), 0)
            if not subcommands:
                found.append(Command(name.lower(), (*words, *arguments), frozenset(flags), frozenset(categories)))
        return found

    def allows(self, user: str, *words: str) -> bool:
        return bool(self.ask("ACL", "DRYRUN", user, *words) == "OK")

    def as_user(self, user: str, password: str) -> "redis.Redis":
        return redis.Redis(
            unix_socket_path=self.socket, username=user, password=password, decode_responses=True, protocol=2
        )


@contextmanager
def open_server(folder: Path, keys: Sequence[InstanceKey]) -> Iterator[OpenServer]:
    """With these keys' users, as they are in the Redis of an instance."""
    socket = folder / "socket"
    process = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        while not socket.exists():
            assert process.poll() is None
            time.sleep(0.01)
        server = OpenServer(socket)
        with server.client:
            for key in keys:
                server.ask("ACL", "SETUSER", key.id, "reset", *users(keys, "c" * 64)[key.id].split())
            yield server
    finally:
        process.terminate()
        process.wait(5)
