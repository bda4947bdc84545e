"""What a pass over the fleet finds in all, for the operator: sums, which may be added up again."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from swiftcache.platform.counters import FIRST, NOTHING, Counters


@dataclass(frozen=True, slots=True)
class FleetFigures:
    """Of all that ran, of members of the warm pool only whether they could be read. Memory in bytes.

    `counted` is what clients did since the last pass, the others are as they were at this moment. `running` has those
    that could not be read, too. `not_answering` are those that had not answered for a minute, and then not again.
    """

    running: int = 0
    unreachable: int = 0
    not_read: int = 0
    keys: int = 0
    connections: int = 0
    memory_used: int = 0
    memory_limit: int = 0
    counted: Counters = NOTHING
    not_answering: int = 0

    def __add__(self, other: "FleetFigures") -> "FleetFigures":
        return FleetFigures(*(getattr(self, name) + getattr(other, name) for name in _NAMES))


_NAMES = tuple(each.name for each in fields(FleetFigures))


def fleet_figures_map(figures: FleetFigures, limits: bool) -> dict[str, Any]:
    """As plain values; with what its limits closed, and who answers nobody, only to who asks: others take no more."""
    found = asdict(figures)
    if limits:
        return found
    del found["not_answering"]
    return {**found, "counted": {name: found["counted"][name] for name in FIRST}}


def fleet_figures_of(answer: dict[str, Any]) -> FleetFigures:
    """From what `fleet_figures_map` makes of them."""
    return FleetFigures(**{**answer, "counted": Counters(**answer["counted"])})
