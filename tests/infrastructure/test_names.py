"""Two stacks stand in one account and region, and neither is in the other's way."""

import json

import pytest

from tests.expanded import expanded

NAMING = {
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::Events::EventBus": "Name",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
"""The property that is a resource's name in the account and region, of those that we name."""

NOT_TAKEN = {"AWS::ECS::TaskDefinition": "Family"}
"""The same, of what takes its name from nobody: a family that is there gets one more revision."""

LEFT_TO_CLOUDFORMATION = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}

NAMED_NEVERTHELESS = {"ApiVersionAlarm"}  # with its name, it is another alarm for each version of the API

RESOURCES = expanded().resources
PROPERTIES = {**NAMING, **NOT_TAKEN}
NAMED = [
    (name, found["Properties"][PROPERTIES[found["Type"]]])
    for name, found in RESOURCES.items()
    if PROPERTIES.get(found["Type"]) in found.get("Properties", {})
]


@pytest.mark.parametrize(("resource", "name"), NAMED)
def test_what_has_a_name_of_ours_is_named_after_the_stack(resource: str, name: object) -> None:
    assert "AWS::StackName" in json.dumps(name), resource


@pytest.mark.parametrize(
    "resource",
    [
        name
        for name, found in RESOURCES.items()
        if found["Type"] in LEFT_TO_CLOUDFORMATION and name not in NAMED_NEVERTHELESS
    ],
)
def test_the_rest_is_named_by_cloudformation(resource: str) -> None:
    found = RESOURCES[resource]
    assert LEFT_TO_CLOUDFORMATION[found["Type"]] not in found.get("Properties", {})


@pytest.mark.parametrize("function", list(expanded().functions))
def test_logs_and_metrics_say_of_which_stack_they_are(function: str) -> None:
    variables = RESOURCES[function]["Properties"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}


VENDED = "/aws/vendedlogs/"
"""Log groups of this prefix need no entry of their own in the account's one policy for logs, which has a limit."""


def groups_of_services() -> set[str]:
    """The log groups to which services deliver by themselves: the API's access log, and the state machines'."""
    stages = [found["Properties"] for found in RESOURCES.values() if found["Type"] == "AWS::ApiGatewayV2::Stage"]
    machines = [found["Properties"] for found in RESOURCES.values() if "StateMachine" in found["Type"]]
    arns = [stage["AccessLogSettings"]["DestinationArn"] for stage in stages] + [
        destination["CloudWatchLogsLogGroup"]["LogGroupArn"]
        for machine in machines
        for destination in machine["LoggingConfiguration"]["Destinations"]
    ]
    return {arn["Fn::GetAtt"][0] for arn in arns}


def test_what_services_deliver_to_does_not_use_up_the_accounts_policy_for_logs() -> None:
    names = {group: RESOURCES[group]["Properties"].get("LogGroupName", {}) for group in groups_of_services()}
    assert set(names) == {"ApiLogGroup", "StateMachineLogGroup"}
    assert all(name.get("Fn::Sub", "").startswith(VENDED) for name in names.values())
