"""How a framework's program is run: it is answered when it asks for a resize, and nothing of it is left."""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.compat.program import RESIZE, converse

ASKS = f"""
print("{RESIZE}", flush=True)
assert input() == "resized"
"""
STARTS_A_WORKER = """
import subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdout=sys.stderr)
print(worker.pid, file=sys.stderr, flush=True)
"""


class Resizes:
    """Counts what it is asked for."""

    def __init__(self, error: str | None = None) -> None:
        self.asked = 0
        self._error = error

    def __call__(self) -> None:
        self.asked += 1
        if self._error:
            raise RuntimeError(self._error)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "program.log"


def outcome(program: str, log: Path, resize: Resizes, limit: float = 60) -> str | None:
    return converse([sys.executable, "-c", program], {"SWIFTCACHE_URL": "rediss://…"}, log, resize, limit)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_gone(pid: int) -> bool:
    """A killed process goes soon, not at once."""
    deadline = time.monotonic() + 5
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not lives(pid)


def test_a_program_that_ends_well_has_passed(log: Path) -> None:
    assert outcome("import os; assert os.environ['SWIFTCACHE_URL'] == 'rediss://…'", log, Resizes()) is None


def test_what_a_failed_program_said_is_told(log: Path) -> None:
    why = outcome("assert 'a job' == 'lost'", log, Resizes())
    assert why is not None
    assert why.startswith(f"ended with 1 (all that it said: {log})")
    assert "AssertionError" in why


def test_a_program_that_asks_gets_its_resize_and_is_told_when_it_has_ended(log: Path) -> None:
    resize = Resizes()
    assert outcome(ASKS + ASKS, log, resize) is None
    assert resize.asked == 2


def test_a_resize_that_fails_is_the_programs_failure(log: Path) -> None:
    assert outcome(ASKS, log, Resizes("no new task has taken over")) == "no new task has taken over"


def test_a_program_that_has_failed_when_its_resize_ends_tells_its_own_failure(log: Path) -> None:
    why = outcome(f"import sys; print('{RESIZE}', flush=True); sys.exit('no')", log, Resizes())
    assert why is not None
    assert why.endswith("no")


def test_a_program_that_hangs_is_ended_with_its_workers(log: Path) -> None:
    began = time.monotonic()
    why = outcome(STARTS_A_WORKER + "worker.wait()", log, Resizes(), limit=1)
    assert time.monotonic() - began < 30
    assert why is not None
    assert why.startswith("ended with -9")
    assert is_gone(int(log.read_text()))


def test_the_workers_of_a_program_that_has_ended_are_ended_too(log: Path) -> None:
    assert outcome(STARTS_A_WORKER + "import os; os._exit(0)", log, Resizes()) is None
    assert is_gone(int(log.read_text()))
    assert lives(os.getpid())
