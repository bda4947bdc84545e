"""The distribution: what it carries, what it needs, and which version it is."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import swiftcache
import swiftcache_cli
from swiftcache_cli.program import WORDS

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "cli" / "swiftcache_cli"
PROJECT = tomllib.loads((ROOT / "cli" / "pyproject.toml").read_text())
FILES = sorted(PACKAGE.rglob("*.py"))
IMPORTED_AS = {"dnspython": "dns"}


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]


def needed() -> set[str]:
    return names(PROJECT["project"]["dependencies"])


def names(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[<>=]", each)[0] for each in requirements}


def test_its_version_is_the_services() -> None:
    assert swiftcache_cli.__version__ == swiftcache.__version__


def test_it_imports_what_it_says_that_it_needs_and_nothing_else() -> None:
    found = {name for file in FILES for name in imports(ast.parse(file.read_text()))}
    outside = found - set(sys.stdlib_module_names) - {"swiftcache_cli"}
    assert outside == {IMPORTED_AS.get(name, name) for name in needed()}


def test_what_it_needs_is_locked_for_the_local_stack() -> None:
    lock = (ROOT / "local" / "requirements.in").read_text().splitlines()
    assert needed() <= names(lock)


def test_every_package_of_it_is_in_the_wheel() -> None:
    packages = {".".join(file.parent.relative_to(ROOT / "cli").parts) for file in FILES}
    assert packages == set(PROJECT["tool"]["setuptools"]["packages"])


def test_the_script_is_the_programs_own_entry() -> None:
    assert PROJECT["project"]["scripts"] == {"swiftcache": "swiftcache_cli.__main__:main"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_is_short_enough_to_be_read(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 300


def test_every_module_of_commands_has_a_word_or_belongs_to_one() -> None:
    modules = {file.stem for file in (PACKAGE / "commands").glob("*.py")} - {"__init__"}
    assert {module for module in modules if not module.startswith("org_")} == set(WORDS.values())


def test_the_guide_names_every_word() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    assert [word for word in WORDS if f"`{word}" not in page] == []
