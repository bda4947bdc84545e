"""Suites that nobody here wrote, against an instance of the local stack: `make compat`."""

from pathlib import Path

HERE = Path(__file__).parent
PRELOAD = HERE / "preload"
"""What a program loads before it begins, so that names resolve as they do on AWS."""

PLUGIN = HERE / "plugin"
"""Of pytest, for redis-py's tests."""

EXPECTED = HERE / "expected"
PROGRAMS = HERE / "programs"
