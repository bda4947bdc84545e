"""How many requests one may send: counted by account key, or by address where there is no valid key.

Time is cut into windows by the clock, the same for every process: what a process remembers of another window, as one
that begins from a snapshot may, counts for nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil
from typing import Protocol

WINDOW_SECONDS = 10

KEY_LIMIT = 1_000
"""Requests of an account key in a window."""

REFUSED_LIMIT = 100
"""Requests without a valid account key from an address in a window."""

PUBLIC_LIMIT = 1_000
"""Requests from an address in a window for what needs no account key."""

_IPV6_PREFIX = 64
"""Who has one IPv6 address has all that begin with the same bits."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is counted, and how many requests it may send in a window. `what` it sends, in words."""

    id: str
    limit: int
    what: str


def holder_of(key_id: str) -> Subject:
    """Whoever sends requests with this valid account key."""
    return Subject(key_id, KEY_LIMIT, "requests with this account key")


def refused_at(source_ip: str) -> Subject:
    """Whoever sends requests without a valid account key from this address."""
    return Subject(f"refused#{_network(source_ip)}", REFUSED_LIMIT, "requests without a valid account key")


def public_at(source_ip: str) -> Subject:
    """Whoever asks from this address for what needs no account key."""
    return Subject(f"public#{_network(source_ip)}", PUBLIC_LIMIT, "requests without an account key")


def _network(source_ip: str) -> str:
    address = ip_address(source_ip)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _IPV6_PREFIX), strict=False))
    return str(address)


def window_of(now: datetime) -> int:
    """The number of the window that this moment is in."""
    return int(now.timestamp() // WINDOW_SECONDS)


def seconds_left(now: datetime) -> int:
    """Whole seconds until the next window, 1 at least."""
    return max(1, ceil((window_of(now) + 1) * WINDOW_SECONDS - now.timestamp()))


class Counts(Protocol):
    """What all processes together have counted."""

    def add(self, subject_id: str, window: int, requests: int) -> int:
        """Counts so many more; how many there are then. Raises DependencyUnavailable."""
