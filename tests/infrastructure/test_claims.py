"""Each claim of SECURITY.md and docs/operations.md names the test that holds it: those tests are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLAIMING = [file for file in (ROOT / "SECURITY.md", ROOT / "docs" / "operations.md") if file.exists()]


def named_tests(text: str) -> list[str]:
    """The tests that a text names in backquotes: a file, or one test of it after `::`."""
    return re.findall(r"`(tests/[^`\s]+)`", text)


def is_there(named: str) -> bool:
    path, _, function = named.partition("::")
    file = ROOT / path
    if function:
        return (
            file.is_file() and re.search(rf"^def {re.escape(function)}\(", file.read_text(), re.MULTILINE) is not None
        )
    return file.is_dir() or (file.is_file() and "def test_" in file.read_text())


def test_security_says_who_attacks_and_what_is_not_defended() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    assert "## Who attacks" in text
    assert "## What is not defended" in text
    assert "report a vulnerability" in text


@pytest.mark.parametrize("file", CLAIMING, ids=lambda file: file.name)
def test_every_test_that_is_named_is_there(file: Path) -> None:
    named = named_tests(file.read_text())
    assert named
    assert [name for name in named if not is_there(name)] == []


def test_every_row_of_the_threat_model_names_a_test() -> None:
    table = (ROOT / "SECURITY.md").read_text().partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
    assert [row for row in table.splitlines() if not named_tests(row)] == []


@pytest.mark.parametrize("named", ["tests/nothing.py", "tests/samples.py", "tests/e2e/test_life.py::test_nothing"])
def test_what_is_not_there_is_noticed(named: str) -> None:
    assert not is_there(named)
