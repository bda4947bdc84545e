"""The one style of the state machines' files: `python -m local.asl_format` rewrites them, as `make format` does.

States are blocks, with an empty line between those of the top level. Inside them what fits in a line stands in one, and
a retrier in as few as it can. A string stands bare only if every version of YAML takes it for one, and never with a
placeholder in it: CloudFormation fills these in before it reads the YAML. No anchors: it does not follow them.
"""

import json
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Any

import yaml

from local import asl

WIDTH = 120
INDENT = "  "

_BARE = re.compile(r"[A-Za-z/](?!.*(: | #))([^\n\"{}$\\]*[^\s:\"{}$\\])?")
_BARE_IN_FLOW = re.compile(r"[A-Za-z/][\w. /-]*\w")
_NO_STRING = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null)")


class NotWritable(ValueError):
    """What this style cannot say: a comment of YAML's, which AWS's `Comment` is for, or what is not in JSON."""


def write(machine: asl.Definition) -> str:
    """The text of a machine: `asl.parse` makes the same of it. Raises NotWritable."""
    return "\n".join(_machine(machine, WIDTH, apart=True)) + "\n"


def formatted(text: str) -> str:
    """A text in the one style. Raises NotWritable, and what `asl.parse` raises."""
    machine = asl.parse(text)
    if comment := _comment(text):
        raise NotWritable(f"{comment}: say it in a Comment")
    written = write(machine)
    if json.dumps(asl.parse(written)) != json.dumps(machine):
        raise NotWritable("this is no state machine")
    return written


def _comment(text: str) -> str | None:
    """The first comment: what stands between two tokens and is not white space."""
    tokens = [token for token in yaml.scan(text) if not isinstance(token, yaml.BlockEndToken)]
    for before, after in pairwise(tokens):
        if between := text[before.end_mark.index : after.start_mark.index].strip():
            return between
    return None


def _machine(machine: asl.Definition, room: int, apart: bool = False) -> Iterator[str]:
    for key, value in machine.items():
        if key != "States":
            yield from _entry(f"{_flow(key)}:", value, room)
            continue
        yield "States:"
        for number, (name, state) in enumerate(value.items()):
            if apart and number:
                yield ""
            yield f"{INDENT}{_flow(name)}:"
            yield from _indented(_state(state, room - 2 * len(INDENT)), 2 * INDENT)


def _state(state: dict[str, Any], room: int) -> Iterator[str]:
    inner = room - 2 * len(INDENT)
    for key, value in state.items():
        match key:
            case "Branches":
                yield f"{key}:"
                for branch in value:
                    yield from _item(_machine(branch, inner))
            case "ItemProcessor":
                yield f"{key}:"
                yield from _indented(_machine(value, room - len(INDENT)))
            case "Retry":
                yield f"{key}:"
                for retrier in value:
                    yield from _item(iter(_filled(retrier, inner)))
            case _:
                yield from _entry(f"{_flow(key)}:", value, room)


def _entry(head: str, value: object, room: int) -> Iterator[str]:
    """A key or a list's dash, with its value: in the same line if there is room, else below."""
    line = f"{head} {_scalar(value, _BARE) if isinstance(value, str) else _flow(value)}"
    if len(line) <= room or not value or not isinstance(value, str | list | dict):
        yield line
    elif isinstance(value, str):
        yield from _long(head, value, line, room)
    elif head == "-":
        first, *others = _block(value, room - len(INDENT))
        yield f"- {first}"
        yield from _indented(iter(others))
    else:
        yield head
        yield from _indented(_block(value, room - len(INDENT)))


def _block(value: dict[str, Any] | list[Any], room: int) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _entry(f"{_flow(key)}:", inner, room)
    else:
        for inner in value:
            yield from _entry("-", inner, room)


def _long(head: str, text: str, line: str, room: int) -> Iterator[str]:
    """As lines that YAML joins by a space each, or that it keeps; where neither says the same, on one line."""
    folded = wrap(text, room - len(INDENT), break_long_words=False, break_on_hyphens=False)
    if " ".join(folded) == text:
        yield f"{head} >-"
        yield from _indented(iter(folded))
    else:
        yield line


def _filled(value: dict[str, Any], room: int) -> list[str]:
    """On one line if there is room, else broken after commas."""
    whole = _flow(value, comma=",\n")
    pieces = [piece.replace(" ", "\0") for piece in whole.split("\n")]
    lines = wrap(" ".join(pieces), room, subsequent_indent=" ", break_long_words=False, break_on_hyphens=False)
    return [line.replace("\0", " ") for line in lines]


def _flow(value: object, comma: str = ", ") -> str:
    match value:
        case str():
            return _scalar(value, _BARE_IN_FLOW)
        case dict():
            return "{" + comma.join(f"{_flow(key)}: {_flow(inner, comma)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + comma.join(_flow(inner, comma) for inner in value) + "]"
        case bool() | int() | float() | None:
            return json.dumps(value)
    raise NotWritable(f"{value!r} is not in JSON")


def _scalar(text: str, bare: re.Pattern[str]) -> str:
    if not re.sub(r"[\n\t]", "", text).isprintable():
        raise NotWritable(f"{text!r} has what cannot be printed")
    return text if bare.fullmatch(text) and not _NO_STRING.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _item(lines: Iterator[str]) -> Iterator[str]:
    """Lines as an item of a list below a key."""
    yield f"{INDENT}- {next(lines)}"
    yield from _indented(lines, 2 * INDENT)


def _indented(lines: Iterator[str], by: str = INDENT) -> Iterator[str]:
    return (f"{by}{line}" if line else line for line in lines)


def main(folder: Path = asl.FOLDER) -> None:
    """Rewrites the files that are not in the style, and says which. Exits with 1 at one that cannot be."""
    for file in asl.files(folder):
        try:
            text = formatted(before := file.read_text())
        except (NotWritable, yaml.YAMLError) as error:
            sys.exit(f"{file.name}: {error}")
        if text != before:
            file.write_text(text)
            print(f"rewrote {file.name}")


if __name__ == "__main__":
    main()
