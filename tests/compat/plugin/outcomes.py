"""A plugin of pytest: writes what came of each test, a line of JSON for each phase that says something.

Also points redis-py's own fixtures at TLS: they take a plain connection whatever the URL says.
"""

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

OUT = Path(os.environ["OUTCOMES"])
TEXT = 4000
"""Characters of a failure that are kept, from its end: that is where the error stands."""


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--redis-url").startswith("rediss:"):
        conftest: Any = importlib.import_module("tests.conftest")  # of redis-py, in whose folder pytest runs
        conftest.Connection = conftest.SSLConnection


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        note(report.nodeid, "failed", str(report.longrepr))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        note(report.nodeid, report.outcome, str(report.longrepr) if report.failed else "")


def note(test: str, outcome: str, text: str) -> None:
    with OUT.open("a") as file:
        file.write(json.dumps({"test": test, "outcome": outcome, "text": text[-TEXT:]}) + "\n")
