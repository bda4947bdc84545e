"""The API keeps what its document promises, for valid and for invalid requests, and for what follows on them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.openapi import document
from tests.e2e.stack import PROJECT, Stack

EXAMPLES = "10"
SECONDS = 400


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that nothing else uses: what is asked of it is done."""
    with Stack(tmp_path_factory.mktemp("asked") / "home") as stack:
        yield stack


@pytest.mark.timeout(SECONDS + 20)
def test_no_request_breaks_the_documents_promises(asked: Stack, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(document())
    facts = asked.facts
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("--config-file", "tests/e2e/schemathesis.toml", "run", str(tmp_path / "openapi.json")),
            *("--url", facts["apiUrl"], "--no-color", "--max-examples", EXAMPLES),
            *("--header", f"Authorization: Bearer {facts['token']}"),
        ],
        cwd=PROJECT,
        env={**os.environ, "ORGANIZATION": facts["organizationId"], "API": facts["apiUrl"], "TOKEN": facts["token"]},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
