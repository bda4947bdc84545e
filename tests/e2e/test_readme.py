"""The README's examples, pasted as they stand, but for the folder of the stack."""

import re
import shutil
import subprocess
import sys

import pytest

from local.welcome import PASTE
from tests.e2e.stack import PROJECT, Stack

README = (PROJECT / "README.md").read_text()
PASTED_SECONDS = 60


def block(language: str) -> str:
    """The only code block in this language."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return str(found)


def run(stack: Stack, *command: str) -> list[str]:
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=PASTED_SECONDS, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_readme_and_make_run_show_the_same_lines() -> None:
    assert block("sh") == f". .swiftcache/env\n{PASTE}"


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_lines_for_a_shell_work(stack: Stack, shell: str) -> None:
    if missing := [program for program in (shell, "curl", "redis-cli") if shutil.which(program) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    answers = run(stack, shell, "-euc", block("sh").replace(".swiftcache", str(stack.home)))
    assert answers[0] == "OK"
    assert "Instance deletion initiated" in answers[1]


def test_the_lines_for_python_work(stack: Stack) -> None:
    lines = block("python").replace(".swiftcache/", f"{stack.home}/")
    answers = run(stack, sys.executable, "-c", lines)
    assert answers == ["hello", "Instance deletion initiated"]
