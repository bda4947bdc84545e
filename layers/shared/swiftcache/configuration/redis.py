"""Configuring a running Redis: users, memory, policy, settings; and closing the connections of keys that are no more.

Redis does not tell which of its passwords a connection of the default user came with. So when a read-write key goes,
each connection that the default user has at that moment is closed, because revoked must mean closed: a client with a
valid key connects again by itself, one with the revoked key cannot. Connections made with a key's id as user name are
told apart exactly, and only those of the revoked key are closed.

The revoked key's user stays, shut, until its connections are closed: it is the note that this is still to be done,
should we die before.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, ip_address
from typing import Any

import redis

from swiftcache.configuration.model import Configuration
from swiftcache.instances.model import Endpoint
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.redis.acl import CONTROL_USER, DEFAULT_USER, writes
from swiftcache.redis.connection import connect
from swiftcache.redis.scripts import unless_busy

_PATIENCE_SECONDS = 1.0
"""How long a connection may take to come to the end of its commands, before it is closed all the same."""

_LOOK_EVERY_SECONDS = 0.05

_LOOKS_FOR_OTHERS = 3
_COMES_AGAIN_SECONDS = 0.75
"""Together less than the caller waits for us."""


class RedisServerControl:
    """`clock` gives seconds and only goes forward."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep

    def apply(self, endpoint: Endpoint, hostname: str, password: str, configuration: Configuration) -> None:
        try:
            with connect(endpoint, hostname, password) as client:
                unless_busy(client, lambda: self._apply(client, configuration))
        except (redis.RedisError, OSError) as error:
            # The class and not the text: it would name addresses.
            raise DependencyUnavailable(f"{hostname} gave {type(error).__name__}") from None

    def shut_down(self, endpoint: Endpoint, hostname: str, password: str) -> None:
        try:
            with connect(endpoint, hostname, password) as client:
                client.shutdown(nosave=True)
        except (redis.RedisError, OSError) as error:
            raise DependencyUnavailable(f"{hostname} gave {type(error).__name__}") from None

    def close_others(self, endpoint: Endpoint, hostname: str, password: str, cidrs: Sequence[str]) -> None:
        try:
            with connect(endpoint, hostname, password) as client:
                unless_busy(client, lambda: self._close_others(client, [IPv4Network(cidr) for cidr in cidrs]))
        except (redis.RedisError, OSError) as error:
            raise DependencyUnavailable(f"{hostname} gave {type(error).__name__}") from None

    def _close_others(self, client: "redis.Redis", networks: Sequence[IPv4Network]) -> None:
        """Whoever has not said yet who it is, is of the default user, and goes too. We are from elsewhere, and stay.

        Clients come again at once, and EC2's rules take a moment to count everywhere: who got in meanwhile would stay.
        """
        for _ in range(_LOOKS_FOR_OTHERS):
            owners = [found for found in client.client_list() if found["user"] != CONTROL_USER]
            others = {found["id"] for found in owners if not _comes_from(found, networks)}
            if not others:
                return
            self._close(client, others)
            self._sleep(_COMES_AGAIN_SECONDS)
        raise DependencyUnavailable("connections from elsewhere are opened again and again")

    def _apply(self, client: "redis.Redis", configuration: Configuration) -> None:
        ask: Callable[..., Any] = client.execute_command
        ask("CONFIG", "SET", *configuration.capacity.words)
        users = configuration.users
        revoked = {name: rules for name, rules in _users(client).items() if name not in users}
        with client.pipeline(transaction=False) as together:
            add: Callable[..., Any] = together.execute_command
            for name, rules in users.items():
                add("ACL", "SETUSER", name, "reset", *rules.split())
            for name in revoked:
                add("ACL", "SETUSER", name, "off")
                add("CLIENT", "KILL", "USER", name)
            # Behind them in the same batch: what connects later cannot have used a revoked key.
            together.client_list()
            connections = together.execute()[-1]
        if any(map(writes, revoked.values())):
            self._close(client, {found["id"] for found in connections if _may_have_used_any_key(found)})
        if revoked:
            ask("ACL", "DELUSER", *revoked)
        if configuration.resume:
            client.client_unpause()

    def _close(self, client: "redis.Redis", suspects: set[str]) -> None:
        """Closes each when it is between two commands, so that none is lost, or when our patience is at its end."""
        end = self._clock() + _PATIENCE_SECONDS
        while suspects:
            late = self._clock() >= end
            open_ = [found for found in client.client_list() if found["id"] in suspects]
            closing = {found["id"] for found in open_ if late or _is_between_commands(found)}
            with client.pipeline(transaction=False) as together:
                add: Callable[..., Any] = together.execute_command
                for connection in closing:
                    add("CLIENT", "KILL", "ID", connection)
                together.execute()
            suspects = {found["id"] for found in open_} - closing
            if suspects:
                self._sleep(_LOOK_EVERY_SECONDS)


def _users(client: "redis.Redis") -> dict[str, str]:
    """The rules of every user by name."""
    ask: Callable[..., list[str]] = client.execute_command
    named = (line.split(" ", 2) for line in ask("ACL", "LIST"))
    return {name: rules for _, name, rules in named}


def _may_have_used_any_key(found: Mapping[str, str]) -> bool:
    """A connection that has sent nothing yet is of the default user too; it still has to show a key."""
    return found["user"] == DEFAULT_USER and found["cmd"] != "NULL"


def _comes_from(found: Mapping[str, str], networks: Sequence[IPv4Network]) -> bool:
    address = ip_address(found["addr"].rpartition(":")[0].strip("[]"))
    return any(address in network for network in networks)


def _is_between_commands(found: Mapping[str, str]) -> bool:
    """Nothing read and not done, no answer under way, no MULTI open."""
    return found["qbuf"] == "0" and found["oll"] == "0" and found["multi"] == "-1"
