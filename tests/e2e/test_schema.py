"""The API keeps what its OpenAPI document promises, for valid and for invalid requests."""

import subprocess
import sys
from pathlib import Path

from local.openapi import document
from tests.e2e.stack import PROJECT, Stack

EXAMPLES = "25"
SECONDS = 100


def test_no_request_breaks_the_documents_promises(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(document())
    # From the project's folder, where schemathesis.toml is.
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("run", str(tmp_path / "openapi.json"), "--url", stack.facts["apiUrl"], "--no-color"),
            *("--header", f"Authorization: Bearer {stack.facts['token']}", "--max-examples", EXAMPLES),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
