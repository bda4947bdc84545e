"""Expressions that are parsed once: they give what sfnx's own evaluation gives, however often and wherever."""

import importlib.util
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from sfnx import testing
from sfnx.testing import Failure

from local import asl, expressions

STATES = {
    "input": {"instanceId": "inst_1", "none": None, "numbers": [3, 1, 2]},
    "context": {"Execution": {"Name": "one"}},
}
VARIABLES = {"text": "a-b", "items": [{"id": 1, "on": True}, {"id": 2, "on": False}], "nothing": None}
CODES = [
    "$states.input.instanceId & '-' & $text",
    "$states.input",
    "$states.input.none",
    "[$nothing, null]",
    "$items[on].id",
    "[$items[on = false].id]",
    "$map($items, function($item) { $item.id + 1 })",
    "$sort($states.input.numbers)",
    "($found := $items[id = 2][0]; $exists($found) ? {'id': $found.id} : {})",
    "$string({'a': null})",
    "$parse('{\"a\": [1, null]}')",
    "$hash($text, 'SHA-256')",
    "$partition($states.input.numbers, 2)",
    "$range(1, 5, 2)",
    "$number('12')",
    "$number($text)",
    "$toMillis('2026-01-01T00:00:00Z')",
    "$states.input.missing",
    "$missing",
    "$items.id & 1 + 'a'",
    "function($x) { $x }",
    "$random(5) < 1",
    "$split($text, '-')",
]


@pytest.fixture(scope="module")
def original() -> ModuleType:
    """sfnx as it is without what the local stack changes."""
    spec = importlib.util.find_spec("sfnx.testing")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def replaced(**functions: Any) -> Iterator[None]:
    token = testing.REPLACED.set(functions)
    try:
        yield
    finally:
        testing.REPLACED.reset(token)


def outcome(module: Any, code: str) -> object:
    try:
        return module.evaluate(code, VARIABLES, STATES)
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("code", CODES)
def test_an_expression_gives_what_sfnx_gives_each_time(original: ModuleType, code: str) -> None:
    wanted = outcome(original, code)
    assert [outcome(expressions, code) for _ in range(3)] == [wanted] * 3


def test_an_expression_reads_the_values_of_its_own_evaluation() -> None:
    assert [expressions.evaluate("$text & $states", {"text": text}, text) for text in "abc"] == ["aa", "bb", "cc"]


def test_a_replaced_function_is_the_one_of_its_own_execution() -> None:
    for moment in (1, 2):
        with replaced(millis=lambda moment=moment: moment):
            assert expressions.evaluate("$millis()", {}, {}) == moment


def test_a_variable_hides_a_function_of_the_same_name() -> None:
    with replaced(now=lambda: "later"):
        assert expressions.evaluate("$now", {"now": "mine"}, {}) == "mine"


def test_threads_may_evaluate_the_same_expression_at_the_same_time() -> None:
    code = "$count($map($items, function($item) { $item * $factor }))"
    found: list[tuple[int, object]] = []

    def work(count: int) -> None:
        variables = {"items": [1] * count, "factor": 2}
        found.extend((count, expressions.evaluate(code, variables, {})) for _ in range(50))

    threads = [threading.Thread(target=work, args=(count,)) for count in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200
    assert all(count == result for count, result in found)


@pytest.mark.parametrize("machine", asl.names())
def test_no_machine_evaluates_text_whose_names_cannot_be_seen(machine: str) -> None:
    """Only what an expression names is given to it; $eval could name more, and Step Functions has none."""
    assert "$eval(" not in json.dumps(asl.load(machine))


def test_an_undefined_value_is_a_failure() -> None:
    with pytest.raises(Failure, match=r"\$missing is undefined"):
        expressions.evaluate("$missing", {}, {})
