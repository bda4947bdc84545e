"""The Python client that openapi-python-client makes of the OpenAPI document, as docs/clients-generated.md has it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.openapi import document
from tests.e2e.documented import blocks
from tests.e2e.stack import PROJECT, Stack

GUIDE = PROJECT / "docs" / "clients-generated.md"
BIN = Path(f"{sys.prefix}-clients") / "bin"
"""The Makefile prepares it: the generator has versions of its own."""

SECONDS = 240

pytestmark = pytest.mark.timeout(SECONDS + 60)


def ran(*command: str, cwd: Path) -> str:
    """What a command prints that must succeed."""
    environment = {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(cwd),
        "PYTHONPATH": str(cwd / "swift-cache-client"),
    }
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where a reader has pasted the guide's first lines."""
    assert (BIN / "openapi-python-client").exists(), "make test prepares the generator's environment"
    folder = tmp_path_factory.mktemp("generated")
    (folder / ".swiftcache").mkdir()
    (folder / ".swiftcache" / "openapi.json").write_text(document())
    [typed] = [block for block in blocks(GUIDE, "sh") if "openapi-python-client generate" in block]
    [line] = [line for line in typed.splitlines() if line.startswith("openapi-python-client")]
    said = ran("sh", "-euc", f"{line} --fail-on-warning", cwd=folder)
    assert "".join(said.split()) == f"Generating{folder / 'swift-cache-client'}"
    return folder


def test_a_python_client_is_generated_without_a_warning_and_its_types_are_strict(generated: Path) -> None:
    program = generated / "program.py"
    program.write_text("\n".join(blocks(GUIDE, "python")))
    checked = (sys.executable, "-m", "mypy", "--strict", "--python-executable", str(BIN / "python"))
    ran(*checked, "swift-cache-client/swift_cache_client", str(program), cwd=generated)


def test_the_generated_python_client_creates_waits_lists_and_deletes(generated: Path, stack: Stack) -> None:
    facts = {name: stack.facts[name] for name in ("apiUrl", "token", "organizationId")}
    (generated / ".swiftcache" / "local.json").write_text(json.dumps(facts))
    [program] = blocks(GUIDE, "python")
    assert ran(str(BIN / "python"), "-c", program, cwd=generated).splitlines() == [
        "generated is RUNNING",
        "listed",
        "Instance deletion initiated",
        "404 NOT_FOUND",
    ]
