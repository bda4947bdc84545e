"""Counters of what clients do."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import add, attrgetter, sub


@dataclass(frozen=True, slots=True)
class Counters:
    """Commands, bytes inside TLS as Redis receives and sends them, and what look-ups of keys and eviction did."""

    commands: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    hits: int = 0
    misses: int = 0
    evictions: int = 0

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


NOTHING = Counters()
