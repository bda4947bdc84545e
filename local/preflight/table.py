"""The lines as a table for people, within 100 columns, and as JSON for programs."""

import json
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from local.preflight.lines import Line, Status, has_failed

WIDTH = 100
_STATUS = 6
_SUBJECT = "looked at"
_GAP = 2
_OPTION = " --"
_INDENT = " " * 4


def table(lines: Sequence[Line]) -> str:
    """A heading, the rows, and how many lines there are of each status."""
    width = max(len(text) for text in (_SUBJECT, *(line.subject for line in lines))) + _GAP
    heading = "".ljust(_STATUS) + _SUBJECT.ljust(width) + "found"
    return "\n".join([heading, *rows(lines, width), "", summary(lines)])


def rows(lines: Sequence[Line], width: int = 0) -> list[str]:
    """What was found, below it what to do, and below that a command, ready to be pasted.

    `width` is that of the column of subjects, which is at least as wide as they are.
    """
    width = max([width, *(len(line.subject) + _GAP for line in lines)])
    found = []
    for line in lines:
        head = line.status.value.ljust(_STATUS) + line.subject.ljust(width)
        found += _wrapped(line.found, head)
        found += _wrapped(line.advice, " " * len(head)) if line.advice else []
        found += _pasted(line.command) if line.command else []
    return found


def summary(lines: Sequence[Line]) -> str:
    """How many lines there are of each status."""
    number = Counter(line.status for line in lines)
    return f"{number[Status.FAIL]} FAIL, {number[Status.WARN]} WARN, {number[Status.OK]} OK"


def as_json(lines: Sequence[Line]) -> str:
    """`ok`, and `lines` with subject, status, found, advice and command; the last two may be empty."""
    return json.dumps({"ok": not has_failed(lines), "lines": [asdict(line) for line in lines]}, indent=2)


def _wrapped(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _pasted(command: str) -> list[str]:
    """The command with a shell's line breaks before options; what is longer in itself stays whole."""
    first, *options = command.split(_OPTION)
    rows = [f"{_INDENT}$ {first}"]
    for option in options:
        if len(rows[-1]) + len(_OPTION) + len(option) + 2 <= WIDTH:
            rows[-1] += _OPTION + option
        else:
            rows[-1] += " \\"
            rows.append(f"{_INDENT}    {_OPTION.strip()}{option}")
    return rows
