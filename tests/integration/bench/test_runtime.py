"""How the bench starts a function: as Lambda does."""

from pathlib import Path

import pytest

from tests.bench.runtime import Program, Start, started


def start(folder: Path, code: str) -> Start:
    (folder / "app.py").write_text(code)
    return started(Program(folder, "app.handler", (), {}), b'{"name": "value"}')


def test_a_function_asks_for_its_event_and_then_answers_it(tmp_path: Path) -> None:
    found = start(tmp_path, "def handler(event, context):\n    return {'value': 1}[event['name']]\n")
    assert 0 < found.init < found.answer
    assert found.memory > 1
    assert not found.refused


def test_an_error_of_the_handler_is_an_answer_too(tmp_path: Path) -> None:
    assert start(tmp_path, "def handler(event, context):\n    raise ValueError\n").refused


def test_a_function_that_cannot_be_imported_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"cannot start.*no_such_module"):
        start(tmp_path, "import no_such_module\n")
