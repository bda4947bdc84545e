"""The lines of the documentation, as its readers paste them."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.stack import PROJECT, Stack

PASTED_SECONDS = 60


def need(*programs: str) -> None:
    """Skips the test on a machine without one of them."""
    if missing := [program for program in programs if shutil.which(program) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")


def blocks(page: Path, language: str) -> list[str]:
    """The page's code blocks in this language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Session:
    """What a `console` block shows: the lines that are typed after `$ `, and what is printed."""

    typed: str
    printed: list[str]


def session(block: str) -> Session:
    """A typed line that goes on in the next has four blanks there."""
    lines = block.splitlines()
    typed = [line.removeprefix("$ ") for line in lines if line.startswith(("$ ", "    "))]
    return Session("\n".join(typed), [line for line in lines if not line.startswith(("$ ", "    "))])


def paste(stack: Stack, *command: str, timeout: float = PASTED_SECONDS) -> list[str]:
    """Runs the program in the project's folder, where `.swiftcache/` means the stack's home; what it prints.

    Fails when it fails, and when it complains.
    """
    done = subprocess.run(
        [word.replace(".swiftcache/", f"{stack.home}/") for word in command],
        cwd=PROJECT,
        env={**os.environ, "SWIFTCACHE_HOME": str(stack.home)},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout.splitlines()
