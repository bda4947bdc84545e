"""What `--help` says, of every command, to somebody who reads it first."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from swiftcache_cli.program import app
from tests.unit.cli.terminal import Terminal

OWN = {"--help", "--install-completion", "--show-completion"}


def commands(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, found
    for name, inner in getattr(found, "commands", {}).items():
        yield from commands(inner, (*path, name))


ALL = dict(commands(get_command(app)))


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "swiftcache")
def test_every_command_says_what_it_does_and_what_it_takes(terminal: Terminal, path: tuple[str, ...]) -> None:
    command = ALL[path]
    assert command.help
    unsaid = [each.name for each in command.params if not OWN.intersection(each.opts) and not getattr(each, "help", "")]
    assert unsaid == []
    shown = terminal.ok(*path, "--help").out
    assert re.findall(r"<\w+ range>|\{[a-z_]+\}|RFC \d+", shown) == []
