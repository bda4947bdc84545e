"""What a part of the bench finds: lines, each with the baseline that was measured beside it, and plots."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Say = Callable[[str], None]
"""Takes a line of progress: what is being measured, and how far it is."""


class Source(StrEnum):
    """Where a figure comes from."""

    MEASURED = "measured"
    COUNTED = "counted"
    MODELLED = "modelled"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a line is to reach: its ratio to the baseline if `of_baseline`, else its value, at most or at least."""

    limit: float
    of_baseline: bool = False
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `name` is stable and unique in the part; `unit` is `ms`, `s`, `MB`, `USD`, `/s` or empty for a count.

    `baseline` is in the same unit, measured in the same run, and `against` says what it is of. `why` says, of a goal
    that is not met, why it is not.
    """

    name: str
    value: float
    unit: str
    baseline: float | None = None
    against: str = ""
    goal: Goal | None = None
    why: str = ""
    source: Source = Source.MEASURED

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """None without a goal."""
        if self.goal is None:
            return None
        reached = self.ratio if self.goal.of_baseline else self.value
        if reached is None:
            return False
        return reached >= self.goal.limit if self.goal.at_least else reached <= self.goal.limit


@dataclass(frozen=True, slots=True)
class Plot:
    """An SVG, as text. `name` becomes its file's."""

    name: str
    svg: str


@dataclass(frozen=True, slots=True)
class Part:
    """`title` says what is measured, `method` how, in a sentence or two of Markdown."""

    name: str
    title: str
    method: str
    lines: Sequence[Line]
    plots: Sequence[Plot] = field(default=())


def percentile(values: Iterable[float], percent: float) -> float:
    """The nearest rank: a value that was measured, never one in between. Raises ValueError for no values."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("nothing was measured")
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]
