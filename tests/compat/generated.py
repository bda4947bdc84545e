"""TypeScript clients, generated of the OpenAPI document as docs/clients-generated.md has it, and a program of each.

A generator is given the document and where to write, and nothing else: what it would have to be told besides is a fault
of the document. The Python client is `make test`'s.
"""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from local.openapi import document
from tests.compat.expectations import Surprise
from tests.compat.languages import Say, fault, npm_ci, run_installed
from tests.compat.results import Suite
from tests.e2e.stack import Stack

SUITE = "generated-clients"
CLIENTS = Path(__file__).parent / "clients"


@dataclass(frozen=True, slots=True)
class Generator:
    """`command` makes a client of openapi.json, which `program` uses."""

    package: str
    command: tuple[str, ...]
    program: str


GENERATORS = (
    Generator(
        "openapi-typescript",
        ("openapi-typescript", "openapi.json", "-o", "generated/openapi-typescript.ts"),
        "openapi-fetch.ts",
    ),
    Generator("@hey-api/openapi-ts", ("openapi-ts", "-i", "openapi.json", "-o", "generated/hey-api"), "hey-api.ts"),
    Generator("orval", ("orval", "--input", "openapi.json", "--output", "generated/orval.ts"), "orval.ts"),
)


def folder_of(cache: Path) -> Path:
    return cache / "clients"


def prepare(cache: Path, say: Say) -> None:
    """Installs the generators. Raises debian.MissingError for what npm ought to have."""
    npm_ci(CLIENTS, folder_of(cache), say)


def run_all(cache: Path, stack: Stack) -> Suite:
    """Generates all clients, checks their types together, and runs a program of each."""
    began, folder = time.monotonic(), folder_of(cache)
    shutil.rmtree(folder / "generated", ignore_errors=True)
    shutil.rmtree(folder / "built", ignore_errors=True)
    (folder / "openapi.json").write_text(document(), encoding="utf-8")
    failed = [Surprise(each.package, why) for each in GENERATORS if (why := generate(each, folder))]
    if not failed and (why := fault(run_installed(("tsc",), folder))):
        failed = [Surprise("tsc --strict", why)]
    if not failed:
        failed = [Surprise(each.program, why) for each in GENERATORS if (why := use(each, folder, stack))]
    seconds = time.monotonic() - began
    ran = len(GENERATORS)
    return Suite(SUITE, "node", "", ran, max(ran - len(failed), 0), 0, 0, 0, tuple(failed), seconds)


def generate(generator: Generator, folder: Path) -> str:
    """Why a generator failed, or what it warned of; empty if neither."""
    done = run_installed(generator.command, folder)
    said = done.stdout + done.stderr
    return fault(done) or (said.strip() if "warn" in said.casefold() else "")


def use(generator: Generator, folder: Path, stack: Stack) -> str:
    """Why a program failed; empty if it did not."""
    facts = {"API_URL": "apiUrl", "TOKEN": "token", "ORGANIZATION": "organizationId"}
    given = {variable: str(stack.facts[fact]) for variable, fact in facts.items()}
    built = folder / "built" / Path(generator.program).with_suffix(".js")
    return fault(run_installed(("node", str(built)), folder, **given))
