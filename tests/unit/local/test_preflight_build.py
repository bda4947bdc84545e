"""What preflight says of the programs that build and deploy."""

from pathlib import Path

import pytest

from local.preflight.build import build
from local.preflight.lines import ok, warn


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_programs_that_run_are_in_order(tmp_path: Path) -> None:
    program(tmp_path, "python3.13", "echo Python 3.13.2")
    program(tmp_path, "sam", "echo SAM CLI, version 1.150.0")
    assert list(build(str(tmp_path))) == [ok("build", "Python 3.13.2"), ok("sam", "SAM CLI, version 1.150.0")]


@pytest.mark.parametrize("script", [None, "exit 127"], ids=["not there", "there and broken"])
def test_programs_that_do_not_run_warn(tmp_path: Path, script: str | None) -> None:
    if script:
        program(tmp_path, "python3.13", script)
        program(tmp_path, "sam", script)
    assert list(build(str(tmp_path))) == [
        warn(
            "build",
            "no python3.13 that works is on the path, so sam build fails here",
            "With Docker:",
            "sam build --use-container",
        ),
        warn("sam", "no SAM CLI that works is on the path", "Install it:", "pipx install aws-sam-cli"),
    ]
