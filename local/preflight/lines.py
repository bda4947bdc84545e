"""What a check says: one line for each thing that was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """FAIL: the deployment would fail, or what it makes would not work. WARN: a person has to decide."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Line:
    """`advice` says what to do about it, and `command` does it or tells more, ready to be pasted."""

    subject: str
    status: Status
    found: str
    advice: str = ""
    command: str = ""


def ok(subject: str, found: str) -> Line:
    return Line(subject, Status.OK, found)


def warn(subject: str, found: str, advice: str = "", command: str = "") -> Line:
    return Line(subject, Status.WARN, found, advice, command)


def fail(subject: str, found: str, advice: str = "", command: str = "") -> Line:
    return Line(subject, Status.FAIL, found, advice, command)


def has_failed(lines: Iterable[Line]) -> bool:
    return any(line.status is Status.FAIL for line in lines)


def counted(number: float, noun: str) -> str:
    """`1 instance`, `2 instances`, `1.5 vCPUs`; in thousands with commas, and without a fraction that is zero."""
    return f"{number:,g}" + f" {noun}{'' if number == 1 else 's'}" if number < 1e6 else f"{number:,.0f} {noun}s"
