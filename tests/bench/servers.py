"""Servers in processes of their own, so that what they do takes nothing from the process that is measured."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parents[2]


@contextmanager
def serving(module: str, *arguments: str) -> Iterator[str]:
    """Runs `python -m tests.bench.<module>`; gives the line that it prints once it serves. Ended with the block.

    Raises RuntimeError if it ends before it serves.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.bench.{module}", *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{PROJECT / 'layers' / 'shared'}{os.pathsep}{PROJECT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"tests.bench.{module} did not come to serve")
        yield line
    finally:
        # The end of its input is its sign to end; so it ends with us, too, whatever becomes of us.
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def serve(line: str) -> None:
    """In the server's process: says that it serves, and returns when it is to end."""
    print(line, flush=True)
    sys.stdin.read()
