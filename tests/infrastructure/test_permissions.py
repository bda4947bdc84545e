"""What template.yaml grants: no more than is used, and for no more than it must be."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sfnx import testing

from local import template as templates

ROOT = Path(__file__).parents[2]

WITHOUT_RESOURCE = {
    "ec2:DescribeNetworkInterfaces",
    "ecs:DeregisterTaskDefinition",
    "ecs:ListTaskDefinitions",
    "ecs:ListTasks",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}
"""Actions for which AWS knows no narrower resource than `*`
(https://docs.aws.amazon.com/service-authorization/latest/reference/)."""

LOG_DELIVERY = {action for action in WITHOUT_RESOURCE if action.startswith("logs:")}

MANAGED = {
    "AWSLambdaBasicExecutionRole": "a function writes its log",
    "AWSLambdaDynamoDBExecutionRole": "RelayChanges reads the stream",
    "AWSXRayDaemonWriteAccess": "tracing",
    "AWSXrayWriteOnlyAccess": "tracing",
}


ADDED_BY_SAM = {
    "Effect": "Allow",
    "Action": "sqs:SendMessage",
    "Resource": {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]},
}
"""For an `OnFailure` destination: Lambda itself reports there what a function could not handle."""


@cache
def expanded() -> templates.Template:
    return templates.read(ROOT / "template.yaml")


def roles() -> dict[str, dict[str, Any]]:
    resources = expanded().resources
    return {name: found["Properties"] for name, found in resources.items() if found["Type"] == "AWS::IAM::Role"}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role.get("Policies", []):
        yield from listed(policy["PolicyDocument"]["Statement"])


def granted(role: str) -> set[str]:
    return {action for statement in statements(roles()[role]) for action in listed(statement["Action"])}


EVERY_STATEMENT = [
    pytest.param(statement, id=f"{name}.{statement.get('Sid')}")
    for name, role in roles().items()
    for statement in statements(role)
]


@pytest.mark.parametrize("statement", EVERY_STATEMENT)
def test_each_statement_says_its_reason_and_names_its_actions(statement: dict[str, Any]) -> None:
    assert statement.get("Sid") or statement == ADDED_BY_SAM
    assert statement["Effect"] == "Allow"
    assert not [action for action in listed(statement["Action"]) if "*" in action]


@pytest.mark.parametrize("statement", EVERY_STATEMENT)
def test_only_what_takes_no_resource_is_granted_for_all(statement: dict[str, Any]) -> None:
    if "*" in listed(statement["Resource"]):
        assert set(listed(statement["Action"])) <= WITHOUT_RESOURCE


@pytest.mark.parametrize("name", list(roles()))
def test_managed_policies_are_those_that_sam_adds(name: str) -> None:
    arns = [json.dumps(arn) for arn in roles()[name].get("ManagedPolicyArns", [])]
    assert [arn for arn in arns if not any(known in arn for known in MANAGED)] == []


def machine(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "statemachine" / f"{name}.asl.json").read_text())
    return loaded


def needed(definition: dict[str, Any]) -> set[str]:
    """The IAM actions of a machine's calls, and of what these imply."""
    found = set(LOG_DELIVERY)
    for _, state in testing.every_state(definition):
        resource, arguments = state.get("Resource"), state.get("Arguments")
        if isinstance(resource, str) and isinstance(arguments, dict):
            found.update(_of_call(resource, arguments))
    return found


def _of_call(resource: str, arguments: dict[str, Any]) -> set[str]:
    if resource.endswith("lambda:invoke"):
        return {"lambda:InvokeFunction"}
    if resource.endswith("startExecution.sync:2"):
        # https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
        return {
            *(f"states:{action}" for action in ("StartExecution", "DescribeExecution", "StopExecution")),
            *(f"events:{action}" for action in ("PutTargets", "PutRule", "DescribeRule")),
        }
    service, action = resource.split(":")[-2:]
    found = {f"{'states' if service == 'sfn' else service}:{action[0].upper()}{action[1:]}"}
    if "Tags" in arguments or "PropagateTags" in arguments:
        found.add(f"{service}:TagResource")
    if "ExecutionRoleArn" in arguments:
        found.add("iam:PassRole")
    return found


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("ProvisionInstanceRole", "provision_instance"),
        ("DeprovisionInstanceRole", "deprovision_instance"),
        ("DeliverWebhookRole", "deliver_webhook"),
        ("EmptyOrganizationRole", "empty_organization"),
        ("ResizeInstanceRole", "resize_instance"),
    ],
)
def test_a_machine_may_do_what_it_does_and_nothing_else(role: str, name: str) -> None:
    assert granted(role) == needed(machine(name))


def test_a_role_is_passed_to_ecs_alone() -> None:
    passing = [s for role in roles().values() for s in statements(role) if "iam:PassRole" in listed(s["Action"])]
    assert len(passing) == 2
    for statement in passing:
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        assert statement["Resource"] == {"Fn::GetAtt": ["TaskExecutionRole", "Arn"]}


def test_only_a_records_under_the_instances_suffix_are_changed() -> None:
    changing = [
        statement
        for role in roles().values()
        for statement in statements(role)
        if "route53:ChangeResourceRecordSets" in listed(statement["Action"])
    ]
    assert len(changing) == 3
    for statement in changing:
        equals = statement["Condition"]["ForAllValues:StringEquals"]
        assert equals["route53:ChangeResourceRecordSetsRecordTypes"] == ["A"]
        assert statement["Condition"]["ForAllValues:StringLike"] == {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": [{"Fn::Sub": "*.redis.${DomainName}"}]
        }


@pytest.mark.parametrize("name", ["provision_instance", "resize_instance"])
def test_the_task_itself_has_no_rights(name: str) -> None:
    registered = machine(name)["States"]["RegisterTaskDefinition"]["Arguments"]
    assert "TaskRoleArn" not in registered


def test_only_the_api_may_seal_and_open_and_only_what_it_answered() -> None:
    [(role, statement)] = [
        (name, statement)
        for name, found in roles().items()
        for statement in statements(found)
        if any(action.startswith("kms:") for action in listed(statement["Action"]))
    ]
    assert role == "ApiFunctionRole"
    assert statement["Condition"] == {"StringEquals": {"kms:EncryptionContext:purpose": "idempotency"}}
