"""Clients who wait do not keep the workflows from going on, and a new account can deploy the stack nevertheless."""

import re

import pytest

from tests.expanded import expanded
from tests.infrastructure.expansions import ROOT

GUIDE = (ROOT / "docs" / "deploy.md").read_text()
TEMPLATE = expanded()
QUOTA = 1_000
LEFT = 100
"""Of the quota, what Lambda insists on leaving to functions without a number."""

NUMBERED = {
    "ApiFunction": "ApiConcurrency",
    "RelayChangesFunction": "StreamConcurrency",
    "FanOutEventFunction": "StreamConcurrency",
    "RecordStatusFunction": "RecordConcurrency",
    "WatchTasksFunction": "WatchConcurrency",
}


@pytest.mark.parametrize(("function", "parameter"), list(NUMBERED.items()))
def test_a_function_has_the_parameters_number_if_there_is_one(function: str, parameter: str) -> None:
    reserved = TEMPLATE.resources[function]["Properties"].get("ReservedConcurrentExecutions")
    assert reserved == {"Fn::If": [f"Has{parameter}", {"Ref": parameter}, {"Ref": "AWS::NoValue"}]}
    condition = TEMPLATE.expanded["Conditions"][f"Has{parameter}"]
    assert condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, 0]}]}


def test_no_other_function_has_a_number() -> None:
    functions = TEMPLATE.functions
    assert {
        name for name in functions if "ReservedConcurrentExecutions" in TEMPLATE.resources[name]["Properties"]
    } == set(NUMBERED)


@pytest.mark.parametrize("parameter", sorted(set(NUMBERED.values())))
def test_by_default_nothing_is_reserved_since_a_new_account_has_nothing_to_spare(parameter: str) -> None:
    assert TEMPLATE.parameters[parameter]["Default"] == 0


def test_the_guides_numbers_fit_the_ordinary_quota_and_leave_the_api_less_than_the_rest() -> None:
    [line] = re.findall(r"--parameter-overrides (.*Concurrency.*)", GUIDE)
    given = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)}
    assert set(given) == set(NUMBERED.values())
    assert sum(given[parameter] for parameter in NUMBERED.values()) <= QUOTA - LEFT
    assert 2 * given["ApiConcurrency"] <= QUOTA
