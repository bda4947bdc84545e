"""The bench's part on imports, on made-up figures."""

from tests.bench.imports import Cost, dearest, lines
from tests.bench.lines import Line

REPORT = """\
import time: self [us] | cumulative | imported package
import time:      2000 |       2000 |   one.deep
import time:      1500 |       3500 | one
import time:      3000 |       6500 | two
import time:         1 |          1 | three
"""


def by_name(**functions: Cost) -> dict[str, Line]:
    return {line.name: line for line in lines({"baseline": Cost(200, 200, 500), **functions})}


def test_a_package_costs_what_its_modules_cost_without_what_they_import() -> None:
    assert dearest(REPORT, 2) == [("one", 3.5), ("two", 3.0)]


def test_the_api_is_held_to_its_share_of_the_baseline() -> None:
    assert by_name(api=Cost(120, 300, 400))["api: import"].met is True
    assert by_name(api=Cost(121, 300, 400))["api: import"].met is False


def test_the_slowest_of_the_others_comes_first() -> None:
    names = list(by_name(api=Cost(1, 1, 1), quick=Cost(10, 50, 1), slow=Cost(20, 30, 1)))
    assert names[3:] == ["slow: import", "slow: ready", "quick: import", "quick: ready"]
