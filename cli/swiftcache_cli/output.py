"""What is printed: tables for people, JSON for programs, and what is said meanwhile, on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swiftcache_cli.errors import CliError

NOTHING = "-"
UNITS = ("B", "KB", "MB", "GB", "TB")
_NARROWEST = 6
"""Of a column of names, so that short lists that follow each other are aligned."""
_ENDLESS = 100_000
"""Columns: nothing is cut, since what is cut cannot be pasted. A terminal that is too narrow begins a new line."""


def as_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False), flush=True)


def as_json_line(value: object) -> None:
    """For a stream of them."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def line(text: str) -> None:
    """At once, so that who is killed later has it."""
    print(visible(text), flush=True)


def note(text: str) -> None:
    """For a person: a program reads standard output alone."""
    print(visible(text), file=sys.stderr, flush=True)


def error(found: "CliError", *, in_json: bool) -> None:
    if in_json:
        said = {"code": found.code, "message": str(found), "hint": found.hint, "exitCode": int(found.exit_code)}
        print(json.dumps({"error": said}, ensure_ascii=False), file=sys.stderr, flush=True)
        return
    note(f"swiftcache: {found} ({found.code})")
    if found.hint:
        note(f"  {found.hint}")


def visible(text: str) -> str:
    """Without what would move the cursor or change the colours of a terminal."""
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in text)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """One line for each row, whatever a cell holds."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column, no_wrap=True)
    for row in rows:
        drawn.add_row(*(Text(visible(cell(one))) for one in row))
    Console(highlight=False, width=_ENDLESS).print(drawn, crop=False)


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """A line for each, the names aligned."""
    shown = [(name, cell(value)) for name, value in pairs if value is not None]
    width = max((_NARROWEST, *(len(name) for name, _ in shown)))
    for name, value in shown:
        line(f"{name:<{width}}  {value}")


def cell(value: object) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def size(number: int | float | None) -> str:
    """Bytes, in units of 1024."""
    if number is None:
        return NOTHING
    value = float(number)
    for unit in UNITS:
        if abs(value) < 1024 or unit == UNITS[-1]:
            break
        value /= 1024
    return f"{value:.0f} {unit}" if value == round(value) or unit == "B" else f"{value:.1f} {unit}"


def moment(text: str | None) -> str:
    """A time of the API, to the second, in UTC as it comes."""
    return NOTHING if text is None else text[:19].replace("T", " ")


def dollars(number: float) -> str:
    return f"${number:,.2f}"
