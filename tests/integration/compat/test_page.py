"""`python -m tests.compat.page` writes the page of a whole run alone."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def told(results: Path) -> str:
    """What it says when it refuses."""
    command = [sys.executable, "-m", "tests.compat.page", str(results)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_without_results_it_says_what_to_run(tmp_path: Path) -> None:
    assert told(tmp_path / "compat.json") == f"there is no {tmp_path / 'compat.json'}; run: make compat\n"


def test_of_a_part_of_what_a_newer_server_must_do_it_writes_no_page(tmp_path: Path) -> None:
    part = tmp_path / "compat.json"
    run = {"engine": "valkey", "server": "99.0.0", "seconds": 1, "suites": [], "kinds": {}}
    part.write_text(json.dumps({"passed": True, "runs": [run]}))
    said = told(part)
    assert "are without " in said
    assert " on valkey 99.0.0; run: make compat" in said
