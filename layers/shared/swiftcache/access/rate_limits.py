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

WAIT_LIMIT = 200
"""Requests of an organization in a window that begin to wait. Each holds a concurrent execution of Lambda, of which an
AWS account has 1,000 at first, for up to 25 seconds."""

_UNASKED = 10
"""Of a limit, a process lets one part in so many pass by itself."""

_IPV6_PREFIX = 64
"""Who has one IPv6 address has all that begin with the same bits."""


@dataclass(frozen=True, slots=True)
class RateLimitKey:
    """Who is counted, and how many requests it may send in a window. `what` it sends, in words.

    `free` are those that a process lets pass before it asks how many the others have counted.
    """

    id: str
    limit: int
    what: str
    free: int


def free_part(left: int) -> int:
    """How many of those that are left a process lets pass by itself."""
    return max(0, left) // _UNASKED


def holder_of(key_id: str) -> RateLimitKey:
    """Whoever sends requests with this valid account key."""
    return RateLimitKey(key_id, KEY_LIMIT, "requests with this account key", free_part(KEY_LIMIT))


def refused_at(source_ip: str) -> RateLimitKey:
    """Whoever sends requests without a valid account key from this address."""
    what = "requests without a valid account key"
    return RateLimitKey(f"refused#{_network(source_ip)}", REFUSED_LIMIT, what, free_part(REFUSED_LIMIT))


def public_at(source_ip: str) -> RateLimitKey:
    """Whoever asks from this address for what needs no account key."""
    what = "requests without an account key"
    return RateLimitKey(f"public#{_network(source_ip)}", PUBLIC_LIMIT, what, free_part(PUBLIC_LIMIT))


def waiting_in(organization_id: str) -> RateLimitKey:
    """The organization's requests that wait. None is free: while it waits, a process sees no other."""
    return RateLimitKey(
        f"waiting#{organization_id}", WAIT_LIMIT, "requests with waitFor from your organization", free=0
    )


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

    def add(self, limit_key_id: str, window: int, requests: int) -> int:
        """Counts so many more; how many there are then. Raises DependencyUnavailable."""
