"""The bench's results as they were written: `bench.json`, read back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.lines import Goal, Line, Part, Plot, Source


@dataclass(frozen=True, slots=True)
class Results:
    """`machine` is what report.machine() says. Of a plot, only the name is there; its file lies beside."""

    machine: Mapping[str, Any]
    seconds: float
    parts: tuple[Part, ...]

    def line(self, part: str, *words: str) -> Line | None:
        """The first line of a part whose name has all these words; None if there is none."""
        lines = (line for found in self.parts if found.name == part for line in found.lines)
        return next((line for line in lines if set(words) <= set(line.name.replace(",", "").split())), None)


def read(file: Path) -> Results:
    """Raises FileNotFoundError."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return Results(found["machine"], found["seconds"], tuple(map(_part, found["parts"])))


def _part(found: Mapping[str, Any]) -> Part:
    return Part(
        found["name"],
        found["title"],
        found["method"],
        [_line(line) for line in found["lines"]],
        [Plot(Path(name).stem, "") for name in found["plots"]],
    )


def _line(found: Mapping[str, Any]) -> Line:
    goal = found["goal"]
    return Line(
        found["name"],
        found["value"],
        found["unit"],
        found["baseline"],
        found["against"],
        Goal(goal["limit"], goal["ofBaseline"], goal["atLeast"]) if goal else None,
        found["why"],
        Source(found["source"]),
    )
