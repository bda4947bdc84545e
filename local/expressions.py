"""Evaluates the JSONata of state machines, each expression parsed once.

sfnx parses an expression anew wherever it meets it, with a parser that jsonata-python makes anew in each thread, and
registers all functions each time: that was most of what the interpretation of an execution cost. The functions and
the rules are still sfnx's; only the order of the work is different.

tests/unit/local/test_expressions.py compares the two, as sfnx does not promise to keep what this uses.
"""

import copy
import re
import time
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from jsonata import JException, Jsonata
from jsonata.utils import Utils
from sfnx import testing
from sfnx.testing import Failure

_NAME = re.compile(r"\$(\w+)")


def evaluate(code: str, variables: Mapping[str, object], states: object) -> object:
    """The value of an expression, as JSON. Raises Failure States.QueryEvaluationError."""
    compiled, names = _compiled(code)
    expression = copy.copy(compiled)  # what an evaluation notes on the way is its own
    Jsonata.CURRENT.jsonata = expression
    bindings: dict[str, object] = {
        name: Jsonata.JLambda(function) for name, function in testing.REPLACED.get({}).items() if name in names
    }
    bindings |= {name: testing.nulls(variables[name]) for name in names if name in variables}
    if "states" in names:
        bindings["states"] = testing.nulls(states)
    try:
        result = expression.evaluate(None, bindings)
    except JException as error:
        raise Failure("States.QueryEvaluationError", str(error)) from error
    if result is None:
        raise Failure("States.QueryEvaluationError", f"{code} is undefined")
    value: object = Utils.convert_nulls(result)
    if not testing.is_json(value):
        raise Failure("States.QueryEvaluationError", f"{code} returned an unsupported result type")
    return value


@lru_cache(maxsize=4096)
def _compiled(code: str) -> tuple[Jsonata, frozenset[str]]:
    """The expression, never to be evaluated itself, and every name that it may read."""
    expression = Jsonata(code)
    expression.set_output_convert_nulls(False)
    expression.environment = _functions()
    return expression, frozenset(_NAME.findall(code))


@cache
def _functions() -> "Jsonata.Frame":
    """The functions of Step Functions and those that differ, over jsonata's own; read by all, changed by none."""
    frame = Jsonata.Frame(Jsonata.static_frame)
    added: dict[str, Callable[..., object]] = {
        "parse": testing.parse,
        "uuid": testing.new_uuid,
        "random": testing.random_number,
        "range": testing.range_numbers,
        "now": testing.now,
        "millis": lambda: int(time.time() * 1000),
        "hash": testing.digest,
        "partition": testing.partition,
    }
    for name, function in added.items():
        frame.bind(name, Jsonata.JLambda(function))
    for name, function in testing.DIFFERING.items():
        frame.bind(name, testing.Replaced(name, function))
    for name in testing.CASTS:
        frame.bind(name, testing.Cast(name))
    return frame
