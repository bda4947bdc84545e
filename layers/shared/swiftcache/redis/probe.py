"""Verifying a new Redis the way its first client will meet it."""

import secrets
import socket
import time
from collections.abc import Callable

import redis

from swiftcache.instances.model import Endpoint
from swiftcache.platform.counters import Counters
from swiftcache.platform.errors import DependencyUnavailable, VerificationFailed
from swiftcache.platform.tokens import new_control_password
from swiftcache.redis import resp
from swiftcache.redis.acl import CONTROL_USER, VERIFY_PREFIX
from swiftcache.redis.connection import connect
from swiftcache.redis.reach import Reach, from_outside

_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 0.5
_KEY_SECONDS = 60
_LEAST, _NUMBERS = 10**15, 9 * 10**15


def _share() -> Counters:
    key, value = VERIFY_PREFIX + "0" * 16, _LEAST
    sent = (
        ("AUTH", CONTROL_USER, "0" * len(new_control_password())),
        ("SET", key, value, "EX", _KEY_SECONDS),
        ("INCRBY", key, 1),
        ("DEL", key),
    )
    return Counters(
        commands=len(sent),
        bytes_in=sum(resp.command(*words) for words in sent),
        bytes_out=2 * resp.OK + resp.integer(value) + resp.integer(1),
    )


VERIFICATION = _share()
"""What one verification adds to Redis's counters. All its parts have a fixed length."""


class NameLeadsElsewhere(OSError):
    """A client would not come to this task."""


class RedisProbe:
    """`deadline` is in seconds, for all tries together. A started task may need a moment until it listens."""

    def __init__(
        self, reach: Reach = from_outside, deadline: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reach = reach
        self._deadline = deadline
        self._clock = clock

    def verify(self, hostname: str, endpoint: Endpoint, password: str) -> None:
        end = self._clock() + self._deadline
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                if not _addresses(hostname) & _addresses(endpoint.address):
                    raise NameLeadsElsewhere(hostname)
                return _converse(self._reach(endpoint), hostname, password)
            except (redis.RedisError, OSError) as error:
                late = self._clock() + pause > end
                if late and isinstance(error, redis.exceptions.BusyLoadingError):
                    raise DependencyUnavailable(f"{hostname}:{endpoint.port} still loads its data") from None
                if late:
                    # The class and not the text: it would name addresses, and a proxy's text could hold a secret.
                    raise VerificationFailed(
                        f"{hostname}:{endpoint.port} gave {type(error).__name__} for {self._deadline:g} seconds"
                    ) from None
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _addresses(host: str) -> set[str]:
    """Those that a name leads to; an address leads to itself."""
    return {str(found[4][0]) for found in socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)}


def _converse(endpoint: Endpoint, hostname: str, password: str) -> None:
    """Verifies TLS for the name, then AUTH, SET, INCRBY, DEL.

    One that is full takes no SET, and says so: that is what its owner's clients hear.
    INCRBY answers what is stored as GET would, but Redis counts no hit for it: hits and misses are the owner's alone.
    """
    key = VERIFY_PREFIX + secrets.token_hex(8)
    value = _LEAST + secrets.randbelow(_NUMBERS - 1)
    with connect(endpoint, hostname, password) as client:
        # The key goes by itself, should we die before the DEL.
        try:
            client.set(key, value, ex=_KEY_SECONDS)
        except redis.exceptions.OutOfMemoryError:
            return  # it is full, and may not evict: with the data that a recovery brings back it is as it was
        found = client.incrby(key)
        client.delete(key)
    if found != value + 1:
        raise redis.RedisError("INCRBY did not find what SET had stored")
