"""What executions of the last release refer to is there after an update: machines, what they call, their rights."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sfnx import testing

from tests.expanded import expanded
from tests.infrastructure.test_permissions import granted, listed, needed, roles, statements
from tests.upgrade.release import KeptMachine, kept

EACH = pytest.mark.parametrize(("name", "machine"), kept().items(), ids=kept())

CALLED = {
    "arn:aws:states:::lambda:invoke": ("FunctionName", "lambda:InvokeFunction"),
    "arn:aws:states:::states:startExecution.sync:2": ("StateMachineArn", "states:StartExecution"),
}
"""Of Step Functions' integrations that call something of ours: the argument that says what, and the IAM action."""


def names_in(value: object) -> set[str]:
    """The resources and parameters that an expression of CloudFormation refers to; not what AWS itself has."""
    text = json.dumps(value)
    found = re.findall(r'"Ref": "([\w:]+)"|"Fn::GetAtt": \["(\w+)"|\$\{([\w:]+)(?:\.\w+)?\}', text)
    return {name for groups in found for name in groups if name and not name.startswith("AWS::")}


def calls(machine: KeptMachine) -> Iterator[tuple[str, Any]]:
    """Each IAM action by which a machine calls something of ours, and what the template put there."""
    for _, state in testing.every_state(machine.definition):
        resource, arguments = state.get("Resource"), state.get("Arguments")
        if isinstance(resource, str) and isinstance(arguments, dict) and (called := CALLED.get(_plain(resource))):
            argument, action = called
            [placeholder] = re.findall(r"^\$\{(\w+)\}$", arguments[argument])
            yield action, machine.substitutions[placeholder]


def _plain(resource: str) -> str:
    return resource.removesuffix(".waitForTaskToken")


def reach(role: str, action: str) -> list[Any]:
    """The resources for which a role has this action."""
    return [
        resource
        for statement in statements(roles()[role])
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


@EACH
def test_a_machine_keeps_its_name_or_its_executions_would_end(name: str, machine: KeptMachine) -> None:
    assert expanded().resources[name]["Properties"]["StateMachineName"] == machine.name


@EACH
def test_what_a_machine_refers_to_is_there(name: str, machine: KeptMachine) -> None:
    assert names_in(dict(machine.substitutions)) <= {*expanded().resources, *expanded().parameters}


@EACH
def test_a_machine_may_call_what_it_calls(name: str, machine: KeptMachine) -> None:
    assert needed(machine.definition) <= granted(f"{name}Role")
    assert [found for action, found in calls(machine) if found not in reach(f"{name}Role", action)] == []


def test_all_that_machines_call_is_found() -> None:
    called = {name for machine in kept().values() for _, found in calls(machine) for name in names_in(found)}
    assert {"IssueCredentialsFunction", "RecordStatusFunction", "DeprovisionInstance"} <= called


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"Ref": "Table"}, {"Table"}),
        ({"Fn::GetAtt": ["Cluster", "Arn"]}, {"Cluster"}),
        ({"Fn::Sub": "${AWS::StackName}/${SubnetA},${Api.Arn}"}, {"SubnetA", "Api"}),
    ],
)
def test_a_reference_is_found(value: Mapping[str, Any], names: set[str]) -> None:
    assert names_in(value) == names
