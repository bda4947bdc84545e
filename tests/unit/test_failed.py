"""Which files are run once more after tests have failed."""

import json
from pathlib import Path

import pytest

from tests.failed import CACHE, MOST_FILES, main


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    CACHE.parent.mkdir(parents=True)
    return CACHE


def failed(cache: Path, *tests: str) -> None:
    cache.write_text(json.dumps(dict.fromkeys(tests, True)))


def test_each_file_with_a_failed_test_is_named_once(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed(cache, "tests/b.py::test_x[a::b]@group", "tests/a.py::Test::test_y", "tests/b.py::test_z")
    assert main() == 0
    assert capsys.readouterr().out == "tests/a.py tests/b.py\n"


def test_a_run_without_a_failed_test_has_failed_of_something_else(cache: Path) -> None:
    assert main() == 1
    failed(cache)
    assert main() == 1


def test_more_files_than_chance_would_choose_are_not_run_again(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed(cache, *(f"tests/{number}.py::test" for number in range(MOST_FILES + 1)))
    assert main() == 1
    assert capsys.readouterr().out == ""
