"""Route 53 may answer a change's id with its path in front, and GetChange takes the id alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from sfnx import testing

from local import asl
from local.expressions import evaluate

CHANGING = "arn:aws:states:::aws-sdk:route53:changeResourceRecordSets"
GETTING = "arn:aws:states:::aws-sdk:route53:getChange"
ID = "C2682N5HXP0BZ4"


def calls(machine: str, resource: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in testing.every_state(asl.load(machine)):
        if state.get("Resource") == resource:
            yield name, state


def code(expression: str) -> str:
    return expression.removeprefix("{%").removesuffix("%}").strip()


def kept(state: dict[str, Any], answer: dict[str, Any]) -> dict[str, object]:
    """The variables that a state takes from an answer's id."""
    return {
        name: evaluate(code(expression), {}, {"result": answer})
        for name, expression in state.get("Assign", {}).items()
        if "ChangeInfo.Id" in expression
    }


AWAITED = {machine for machine in asl.names() if list(calls(machine, GETTING))}
"""The machines that wait until their changes are in sync."""


@pytest.mark.parametrize("given", [ID, f"/change/{ID}"])
@pytest.mark.parametrize("machine", sorted(AWAITED))
def test_a_change_is_asked_for_by_its_bare_id(machine: str, given: str) -> None:
    answer = {"ChangeInfo": {"Id": given, "Status": "PENDING"}}
    found = [kept(state, answer) for _, state in calls(machine, CHANGING)]
    asked = {code(state["Arguments"]["Id"]).removeprefix("$") for _, state in calls(machine, GETTING)}
    assert {value for variables in found for value in variables.values()} == {ID}
    assert asked == {name for variables in found for name in variables}


def test_each_machine_that_makes_a_record_waits_for_it() -> None:
    assert sorted(AWAITED) == ["provision_instance", "recover_instance", "resize_instance"]
