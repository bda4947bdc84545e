"""The bench's results: a table for people, JSON for machines."""

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from tests.bench.lines import Line, Part


def table(part: Part) -> str:
    """One line for each figure."""
    rows = [("", "value", "baseline", "ratio", "goal", "")] + [_row(line) for line in part.lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    why = [f"  {line.name}: {line.why}" for line in part.lines if line.met is False and line.why]
    return "\n".join(["", part.title, *lines, *why])


def write(target: Path, parts: Sequence[Part], seconds: float) -> None:
    """`bench.json`, and each plot as `<name>.svg`."""
    target.mkdir(parents=True, exist_ok=True)
    for plot in (plot for part in parts for plot in part.plots):
        (target / f"{plot.name}.svg").write_text(plot.svg, encoding="utf-8")
    found = {"machine": machine(), "seconds": round(seconds, 1), "parts": [_part(part) for part in parts]}
    (target / "bench.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def machine() -> dict[str, object]:
    """On what it was measured."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _part(part: Part) -> dict[str, object]:
    return {
        "name": part.name,
        "title": part.title,
        "method": part.method,
        "lines": [_line(line) for line in part.lines],
        "plots": [f"{plot.name}.svg" for plot in part.plots],
    }


def _line(line: Line) -> dict[str, object]:
    goal = line.goal
    return {
        "name": line.name,
        "value": line.value,
        "unit": line.unit,
        "source": line.source.value,
        "baseline": line.baseline,
        "against": line.against,
        "ratio": line.ratio,
        "goal": goal and {"limit": goal.limit, "ofBaseline": goal.of_baseline, "atLeast": goal.at_least},
        "met": line.met,
        "why": line.why,
    }


def _row(line: Line) -> tuple[str, ...]:
    return (line.name, figure(line.value, line.unit), _baseline(line), _ratio(line), goal_text(line), _verdict(line))


def figure(value: float, unit: str) -> str:
    """With three digits that count."""
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return f"{text} {unit}".rstrip()


def goal_text(line: Line) -> str:
    goal = line.goal
    if goal is None:
        return ""
    sign = "≥" if goal.at_least else "≤"
    return f"{sign} {goal.limit:g} ×" if goal.of_baseline else f"{sign} {figure(goal.limit, line.unit)}"


def _baseline(line: Line) -> str:
    return "" if line.baseline is None else f"{figure(line.baseline, line.unit)} ({line.against})"


def _ratio(line: Line) -> str:
    return "" if line.ratio is None else f"{line.ratio:.2f} ×"


def _verdict(line: Line) -> str:
    return {None: "", True: "met", False: "not met"}[line.met]
