"""Percentiles and verdicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.lines import Goal, Line, percentile


@pytest.mark.parametrize(("percent", "rank"), [(0, 1), (1, 1), (50, 50), (95, 95), (99, 99), (100, 100)])
def test_a_percentile_of_a_hundred_values_is_the_value_of_that_rank(percent: float, rank: int) -> None:
    assert percentile(range(100, 0, -1), percent) == rank


def test_the_99th_of_fifty_values_is_the_largest() -> None:
    assert percentile(range(1, 51), 99) == 50


@given(st.lists(st.floats(allow_nan=False), min_size=1), st.floats(0, 100))
def test_a_percentile_was_measured_and_enough_values_are_no_larger(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values) * (1 - 1e-9)


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


@pytest.mark.parametrize(
    ("line", "met"),
    [
        (Line("x", 8, "ms"), None),
        (Line("x", 8, "ms", goal=Goal(8)), True),
        (Line("x", 8.1, "ms", goal=Goal(8)), False),
        (Line("x", 8, "/s", goal=Goal(8.1, at_least=True)), False),
        (Line("x", 8, "ms", 2, goal=Goal(4, of_baseline=True)), True),
        (Line("x", 8.1, "ms", 2, goal=Goal(4, of_baseline=True)), False),
        (Line("x", 8, "ms", None, goal=Goal(4, of_baseline=True)), False),
    ],
)
def test_a_goal_is_of_the_value_or_of_its_ratio(line: Line, met: bool | None) -> None:
    assert line.met is met
