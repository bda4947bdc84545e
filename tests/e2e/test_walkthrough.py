"""The documented script that asks every route as everybody."""

import os
import subprocess
import sys

import pytest

from swiftcache.api.routes import ACCESS
from tests.e2e.stack import PROJECT, Stack

SECONDS = 280


@pytest.mark.timeout(SECONDS + 20)
def test_every_route_answers_everybody_as_the_roles_promise(stack: Stack) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.walkthrough"],
        cwd=PROJECT,
        env={
            **os.environ,
            "SWIFTCACHE_HOME": str(stack.home),
            "PYTHONPATH": f"{PROJECT / 'layers' / 'shared'}{os.pathsep}{PROJECT}",
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    walked = {" ".join(line.split()[:2]) for line in done.stdout.splitlines()}
    assert set(ACCESS) <= walked
