"""What `sam build` and `sam deploy` need on this machine."""

import shutil
import subprocess
from collections.abc import Iterator

from local.preflight.lines import Line, ok, warn

PYTHON = "python3.13"
_SECONDS = 20


def build(path: str) -> Iterator[Line]:
    """`path` is the shell's, in which programs are looked for. One may build elsewhere, so nothing here is a FAIL."""
    python = _version(PYTHON, path)
    if python:
        yield ok("build", python)
    else:
        yield warn(
            "build", f"no {PYTHON} that works is on the path, so sam build fails here", "With Docker:", _CONTAINER
        )
    sam = _version("sam", path)
    yield ok("sam", sam) if sam else warn("sam", "no SAM CLI that works is on the path", "Install it:", _INSTALL)


_CONTAINER = "sam build --use-container"
_INSTALL = "pipx install aws-sam-cli"


def _version(program: str, path: str) -> str:
    """What it calls itself; empty if it is not there or does not run."""
    found = shutil.which(program, path=path)
    if found is None:
        return ""
    try:
        done = subprocess.run(
            [found, "--version"], capture_output=True, text=True, check=False, timeout=_SECONDS, env={"PATH": path}
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
