"""The loops that are found in a state machine, and what their rounds cost."""

from collections import Counter
from typing import Any

import pytest

from local.machine import Machine
from tests.bench.lifecycle_on_aws import machine
from tests.bench.loops import WHY, Loop, loops

MACHINES = ("provision_instance", "deprovision_instance", "resize_instance", "recover_instance")


def polling() -> Machine:
    look: dict[str, Any] = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "IsDone"}
    back = {"ErrorEquals": ["States.ALL"], "Next": "Settle"}
    return Machine(
        {
            "QueryLanguage": "JSONata",
            "StartAt": "Look",
            "States": {
                "Look": look | {"Catch": [back]},
                "IsDone": {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% true %}", "Next": "Done"}],
                    "Default": "WaitForIt",
                },
                "WaitForIt": {"Type": "Wait", "Seconds": 3, "Next": "Look"},
                "Settle": {"Type": "Wait", "Seconds": 20, "Next": "Done"},
                "Done": {"Type": "Succeed"},
            },
        }
    )


def test_a_wait_that_comes_back_to_itself_is_a_loop_and_another_is_not() -> None:
    assert loops(polling()) == (Loop("WaitForIt", "3", ("WaitForIt", "Look", "IsDone")),)


def test_a_loop_costs_its_states_for_each_round() -> None:
    [loop] = loops(polling())
    assert loop.transitions(Counter({"Look": 5, "IsDone": 5, "WaitForIt": 4, "Done": 1})) == 12


@pytest.mark.parametrize("name", MACHINES)
def test_each_polling_loop_is_justified(name: str) -> None:
    assert {loop.wait for loop in loops(machine(name))} <= WHY.keys()


def test_nothing_is_justified_that_is_not_there() -> None:
    assert WHY.keys() == {loop.wait for name in MACHINES for loop in loops(machine(name))}
