"""Counters of what clients do."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import add, attrgetter, sub


@dataclass(frozen=True, slots=True)
class Counters:
    """Commands, bytes inside TLS as Redis receives and sends them, and what look-ups of keys and eviction did.

    The last four are connections that Redis closed, or did not take, for its limits: of those that took most of the
    memory for all clients, of those beyond `maxclients`, and of those with too much unread or too long a query.
    """

    commands: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    hits: int = 0
    misses: int = 0
    evictions: int = 0
    evicted_clients: int = 0
    rejected_connections: int = 0
    output_limit_disconnections: int = 0
    query_limit_disconnections: int = 0

    def __add__(self, other: "Counters") -> "Counters":
        return _each(self, other, add)

    def __sub__(self, other: "Counters") -> "Counters":
        return _each(self, other, sub)

    def at_most(self, other: "Counters") -> "Counters":
        """The smaller of both, counter by counter."""
        return _each(self, other, min)

    def at_least(self, other: "Counters") -> "Counters":
        """The larger of both, counter by counter."""
        return _each(self, other, max)


# dataclasses.astuple copies deeply, which was most of what a scrape of an instance cost.
_figures = attrgetter(*(each.name for each in fields(Counters)))


def _each(one: Counters, other: Counters, operation: Callable[[int, int], int]) -> Counters:
    return Counters(*map(operation, _figures(one), _figures(other)))


FIRST = ("commands", "bytes_in", "bytes_out", "hits", "misses", "evictions")
"""Those that were there before the others. What only knows them must be given no others, and takes none amiss."""

NOTHING = Counters()
