"""Keeping everybody to a share of requests, at no cost for those who stay far below it.

Each process counts in memory. It lets a part of a limit pass without asking; then it adds what it has counted to what
all processes share, learns how much is left, and lets a part of that pass. So an ordinary request needs no call, the
count is the more exact the nearer it comes to the limit, and whoever is over it needs no call either.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from swiftcache.access.authentication import authenticate
from swiftcache.access.credentials import Credentials
from swiftcache.access.identity import Caller
from swiftcache.access.rate_limits import (
    WINDOW_SECONDS,
    Counts,
    RateLimitKey,
    free_part,
    holder_of,
    public_at,
    refused_at,
    seconds_left,
    waiting_in,
    window_of,
)
from swiftcache.platform.errors import DependencyUnavailable, NotAuthenticated, RateLimited

if TYPE_CHECKING:
    from swiftcache.access.ports import KeyDirectory, SessionDirectory

MOST_REMEMBERED = 10_000
"""Of each kind that a process remembers; beyond, it forgets the first. More than it can serve in a window."""

T = TypeVar("T")


@dataclass(slots=True)
class _Tally:
    """`mine` are counted here alone, of which `free` need no question; `shared` are those that all know of."""

    free: int
    mine: int = 0
    shared: int = 0


class Rates:
    """What one process counts. Lambda gives it one request at a time, so there is no lock.

    `counts` gives what all processes share, once it is needed.
    """

    def __init__(self, counts: Callable[[], Counts]) -> None:
        self._counts = counts
        self._window = 0
        self._tallies: dict[str, _Tally] = {}
        self._closed: dict[str, RateLimitKey] = {}
        self._suspects: frozenset[str] = frozenset()

    def check(self, bucket: str, now: datetime) -> None:
        """Raises RateLimited if this bucket was closed in the present window."""
        self._enter(window_of(now))
        if bucket in self._closed:
            raise _refusal(self._closed[bucket], now)

    def count(self, limit_key: RateLimitKey, bucket: str, now: datetime) -> None:
        """Counts a request. If it is beyond the limit, closes the bucket for this window and raises RateLimited."""
        self._enter(window_of(now))
        tally = self._tally_of(limit_key)
        tally.mine += 1
        if tally.mine > tally.free and tally.shared <= limit_key.limit:
            self._share(limit_key, tally)
        if tally.shared > limit_key.limit:
            _remember(self._closed, bucket, limit_key)
            raise _refusal(limit_key, now)

    def _enter(self, window: int) -> None:
        if window == self._window:
            return
        # Whoever was over the limit just now is counted exactly from the beginning.
        self._suspects = frozenset(limit_key.id for limit_key in self._closed.values())
        self._window = window
        self._tallies.clear()
        self._closed.clear()

    def _tally_of(self, limit_key: RateLimitKey) -> _Tally:
        if limit_key.id not in self._tallies:
            free = 0 if limit_key.id in self._suspects else limit_key.free
            _remember(self._tallies, limit_key.id, _Tally(free))
        return self._tallies[limit_key.id]

    def _share(self, limit_key: RateLimitKey, tally: _Tally) -> None:
        try:
            tally.shared = self._counts().add(limit_key.id, self._window, tally.mine)
        except DependencyUnavailable:
            # Nobody is kept out for want of the others' counts; there still is our own.
            tally.shared += tally.mine
        tally.mine = 0
        tally.free = min(limit_key.free, free_part(limit_key.limit - tally.shared))


def admit(
    accounts: "KeyDirectory",
    sessions: "SessionDirectory",
    rates: Rates,
    credentials: Credentials,
    source_ip: str,
    request_id: str,
    now: datetime,
) -> Caller:
    """The caller that these credentials show. The request is counted: the account key's, or the address's.

    Raises NotAuthenticated, or RateLimited if the count is over the limit. What an address does without a valid key
    never keeps out a valid one: only what was already refused there is not looked up again.
    """
    shown, stranger = credentials.bucket, refused_at(source_ip)
    rates.check(shown, now)
    rates.check(f"{stranger.id} {shown}", now)
    try:
        caller = authenticate(accounts, sessions, credentials, source_ip, request_id, now)
    except NotAuthenticated:
        rates.count(stranger, f"{stranger.id} {shown}", now)
        raise
    rates.count(holder_of(caller.key_id), shown, now)
    return caller


def admit_anybody(rates: Rates, source_ip: str, now: datetime) -> None:
    """Counts a request for what is public. Raises RateLimited."""
    visitor = public_at(source_ip)
    rates.count(visitor, visitor.id, now)


def admit_waiting(rates: Rates, organization_id: str, now: datetime) -> None:
    """Counts a request that begins to wait. Raises RateLimited."""
    waiting = waiting_in(organization_id)
    rates.count(waiting, waiting.id, now)


def _remember(memory: dict[str, T], name: str, value: T) -> None:
    if name not in memory and len(memory) >= MOST_REMEMBERED:
        del memory[next(iter(memory))]
    memory[name] = value


def _refusal(limit_key: RateLimitKey, now: datetime) -> RateLimited:
    left = seconds_left(now)
    return RateLimited(
        f"more than {limit_key.limit} {limit_key.what} came within {WINDOW_SECONDS} seconds; try again in {left} s",
        left,
    )
