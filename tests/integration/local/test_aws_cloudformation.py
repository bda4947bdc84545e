"""What a template creates works like what a client creates."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.aws_stack import ROLE, Stack, started

Template = dict[str, Any]

CALL = {
    "QueryLanguage": "JSONata",
    "StartAt": "Wait",
    "States": {
        "Wait": {"Type": "Wait", "Seconds": "{% ${pause} %}", "Next": "Call"},
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "${function}", "Payload": "{% $states.input %}"},
            "Output": "{% $states.result.Payload %}",
            "End": True,
        },
    },
}


def function(name: str) -> Template:
    properties = {"FunctionName": name, "Handler": "app.handle", "Role": ROLE, "Runtime": "python3.13"}
    return {"Type": "AWS::Lambda::Function", "Properties": {**properties, "Code": {"ZipFile": "pass"}}}


def machine(definition: Template) -> Template:
    """A state machine as SAM expands one: lines to be joined, with names to be replaced."""
    properties = {
        "StateMachineName": "call",
        "DefinitionString": {"Fn::Join": ["\n", json.dumps(definition, indent=4).split("\n")]},
        "DefinitionSubstitutions": {"function": {"Fn::GetAtt": ["Called", "Arn"]}, "pause": 0},
        "RoleArn": ROLE,
    }
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack


def deploy(stack: Stack, resources: Template) -> None:
    stack.client("iam").create_role(RoleName="test", AssumeRolePolicyDocument="{}")
    template = json.dumps({"Resources": resources})
    stack.client("cloudformation").create_stack(StackName="stack", TemplateBody=template)


def test_a_state_machine_runs_with_its_substitutions(stack: Stack) -> None:
    stack.functions.add("called")
    deploy(stack, {"Called": function("called"), "Machine": machine(CALL)})
    sfn = stack.client("stepfunctions")
    arn = sfn.list_state_machines()["stateMachines"][0]["stateMachineArn"]

    ended = stack.ended(sfn.start_execution(stateMachineArn=arn, input='{"a": 1}')["executionArn"])

    assert (ended["status"], ended.get("output")) == ("SUCCEEDED", '{"a": 1}')


def test_an_invalid_state_machine_fails_the_deployment(stack: Stack) -> None:
    wrong = {**CALL, "StartAt": "Missing"}

    with pytest.raises(ClientError, match="there is no state Missing"):
        deploy(stack, {"Called": function("called"), "Machine": machine(wrong)})


def test_a_stream_reaches_its_function(stack: Stack) -> None:
    stack.functions.add("called")
    table = {
        "TableName": "t",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
    }
    mapping = {
        "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
        "FunctionName": {"Ref": "Called"},
        "StartingPosition": "TRIM_HORIZON",
    }
    deploy(
        stack,
        {
            "Called": function("called"),
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
            "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
        },
    )

    stack.client("dynamodb").put_item(TableName="t", Item={"id": {"S": "a"}})

    record = stack.functions.next_payload("called")["Records"][0]
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}}


def test_a_rule_on_a_bus_of_the_template_reaches_its_function(stack: Stack) -> None:
    stack.functions.add("called")
    rule = {
        "EventBusName": {"Ref": "Bus"},
        "EventPattern": {"source": ["shop"]},
        "Targets": [{"Id": "called", "Arn": {"Fn::GetAtt": ["Called", "Arn"]}}],
    }
    deploy(
        stack,
        {
            "Called": function("called"),
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "shop"}},
            "Rule": {"Type": "AWS::Events::Rule", "Properties": rule},
        },
    )

    entry = {"Source": "shop", "DetailType": "Sold", "Detail": '{"item": "hat"}', "EventBusName": "shop"}
    stack.client("events").put_events(Entries=[entry])

    assert stack.functions.next_payload("called")["detail"] == {"item": "hat"}


def test_a_record_set_can_be_answered_from(stack: Stack) -> None:
    record = {"HostedZoneId": {"Ref": "Zone"}, "Name": "a.example.com.", "Type": "A", "TTL": "60"}
    deploy(
        stack,
        {
            "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "example.com"}},
            "Record": {
                "Type": "AWS::Route53::RecordSet",
                "Properties": {**record, "ResourceRecords": ["10.0.0.1"]},
            },
        },
    )

    found = stack.substitutes.records()
    assert [(record.name, record.addresses, record.ttl) for record in found] == [("a.example.com", ("10.0.0.1",), 60)]


def test_a_task_definition_is_registered_with_all_that_the_template_says(stack: Stack) -> None:
    container = {"Name": "main", "Image": "image", "Environment": [{"Name": "A", "Value": "1"}]}
    properties = {
        "Family": "by-template",
        "Cpu": "256",
        "Memory": "512",
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "RuntimePlatform": {"CpuArchitecture": "ARM64"},
        "TaskRoleArn": ROLE,
        "ExecutionRoleArn": ROLE,
        "Volumes": [{"Name": "data"}],
        "ContainerDefinitions": [container],
    }
    deploy(stack, {"Definition": {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}})
    found = stack.client("ecs").describe_task_definition(taskDefinition="by-template")["taskDefinition"]
    assert (found["cpu"], found["memory"], found["networkMode"]) == ("256", "512", "awsvpc")
    assert (found["taskRoleArn"], found["executionRoleArn"]) == (ROLE, ROLE)
    assert "FARGATE" in found["compatibilities"]
    assert found["volumes"] == [{"name": "data"}]
    assert found["containerDefinitions"][0]["environment"] == [{"name": "A", "value": "1"}]


@pytest.mark.parametrize(
    "template",
    [
        '{"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Bus": '
        '{"Type": "AWS::Events::EventBus", "Properties": {"Name": {"Ref": "Name"}}}}}',
        "Parameters: {Name: {Type: String}}\n"
        "Resources: {Bus: {Type: AWS::Events::EventBus, Properties: {Name: !Ref Name}}}",
    ],
    ids=["json", "yaml"],
)
def test_a_template_in_yaml_or_json_is_created(stack: Stack, template: str) -> None:
    parameters = [{"ParameterKey": "Name", "ParameterValue": "told"}]
    stack.client("cloudformation").create_stack(StackName="s", TemplateBody=template, Parameters=parameters)
    assert [bus["Name"] for bus in stack.client("events").list_event_buses(NamePrefix="told")["EventBuses"]] == ["told"]
