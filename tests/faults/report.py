"""What came of the matrix: a table for people, a file for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.faults import FAULTS
from tests.faults.verdict import Complaint, Kind

GOOD, BAD = "✓", "✗"


@dataclass(frozen=True)
class Row:
    """What came of one cell. `group` is the machine or `api`, `way` the journey or the route's method and address,
    `call` the state or the number and name of the call."""

    group: str
    way: str
    call: str
    fault: str
    complaints: tuple[Complaint, ...]

    @property
    def passed(self) -> bool:
        return not self.complaints

    def __str__(self) -> str:
        return f"{self.way}/{self.call}/{self.fault}"

    def as_json(self) -> dict[str, object]:
        return {
            "group": self.group,
            "way": self.way,
            "call": self.call,
            "fault": self.fault,
            "passed": self.passed,
            "complaints": [{"kind": found.kind.value, "text": found.text} for found in self.complaints],
        }


def summary(rows: Sequence[Row]) -> dict[str, int]:
    """`leaks` and `lost_causes` are cells in which there was one."""

    def having(kind: Kind) -> int:
        return sum(any(found.kind is kind for found in row.complaints) for row in rows)

    return {
        "cells": len(rows),
        "passed": sum(row.passed for row in rows),
        "leaks": having(Kind.LEAK),
        "lost_causes": having(Kind.LOST_CAUSE),
    }


def write(target: Path, rows: Sequence[Row], seconds: float) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    found = {**summary(rows), "seconds": round(seconds), "rows": [row.as_json() for row in rows]}
    target.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def table(rows: Sequence[Row]) -> str:
    """A line for each call of a machine with a mark for each fault, and one for each route of the API."""
    lines = []
    machines = [row for row in rows if row.group != "api"]
    if machines:
        lines += _machines(machines)
    routes = [row for row in rows if row.group == "api"]
    if routes:
        lines += _routes(routes)
    return "\n".join(lines)


def _machines(rows: Sequence[Row]) -> list[str]:
    width = max(len(row.call) for row in rows) + 2
    lines = []
    for way in dict.fromkeys(row.way for row in rows):
        mine = [row for row in rows if row.way == way]
        heading = f"{mine[0].group}: {way}"
        lines += ["", heading, " " * width + "".join(f"{fault:>12}" for fault in FAULTS)]
        for call in dict.fromkeys(row.call for row in mine):
            marks = [mark(row for row in mine if (row.call, row.fault) == (call, fault)) for fault in FAULTS]
            lines.append(f"  {call:{width - 2}}" + "".join(f"{found:>12}" for found in marks))
    return lines


def _routes(rows: Sequence[Row]) -> list[str]:
    width = max(len(row.way) for row in rows) + 2
    lines = ["", "api: the function dies at each of its calls", " " * width + f"{'calls':>8}{'before':>8}{'after':>8}"]
    for way in dict.fromkeys(row.way for row in rows):
        mine = [row for row in rows if row.way == way]
        calls = len({row.call for row in mine})
        marks = [mark(row for row in mine if row.fault == fault) for fault in ("before", "after")]
        lines.append(f"  {way:{width - 2}}{calls:>8}" + "".join(f"{found:>8}" for found in marks))
    return lines


def mark(rows: Iterable[Row]) -> str:
    found = [row.passed for row in rows]
    return "" if not found else GOOD if all(found) else BAD
