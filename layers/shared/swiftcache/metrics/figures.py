"""What a pass over the fleet finds in all, for the operator: sums, which may be added up again."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from swiftcache.platform.counters import FIRST, NOTHING, Counters


@dataclass(frozen=True, slots=True)
class FleetFigures:
    """Of all that ran, of members of the warm pool only whether they could be read. Memory in bytes.

    `counted` is what clients did since the last pass, the others are as they were at this moment. `running` has those
    that could not be read, too. `not_answering` are those that had not answered for a minute, and then not again.
    `certificates_end` is when the first of the certificates ends that are served, RFC 3339 in UTC.
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
    certificates_end: str | None = None

    def __add__(self, other: "FleetFigures") -> "FleetFigures":
        ends = min(filter(None, (self.certificates_end, other.certificates_end)), default=None)
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMS}
        return FleetFigures(**sums, certificates_end=ends)


_SUMS = tuple(each.name for each in fields(FleetFigures) if each.name != "certificates_end")


def fleet_figures_map(figures: FleetFigures, limits: bool, certificates: bool = False) -> dict[str, Any]:
    """As plain values; with what its limits closed, who answers nobody, and the certificates' end only to who asks:
    others take no more."""
    found = asdict(figures)
    if not certificates:
        del found["certificates_end"]
    if limits:
        return found
    del found["not_answering"]
    return {**found, "counted": {name: found["counted"][name] for name in FIRST}}


def fleet_figures_of(answer: dict[str, Any]) -> FleetFigures:
    """From what `fleet_figures_map` makes of them."""
    return FleetFigures(**{**answer, "counted": Counters(**answer["counted"])})


def days_until(end: str, now: datetime) -> float:
    """Less than 0 once it is over. `end` is RFC 3339, and `now` has its zone."""
    return (datetime.fromisoformat(end) - now) / timedelta(days=1)
