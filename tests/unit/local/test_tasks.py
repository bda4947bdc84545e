"""Task states: the result and the errors of each kind of call, named as Step Functions names them."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.aws import FunctionError
from local.machine import Call, Failure, InvalidDefinition, Machine, Outcome, Unsupported
from local.tasks import Tasks, check, in_process

INVOKE = "arn:aws:states:::lambda:invoke"
RUN_CHILD = "arn:aws:states:::states:startExecution.sync:2"
CHILD = "arn:aws:states:eu-central-1:123456789012:stateMachine:child"


def no_function(function: str, payload: object) -> object:
    raise LookupError(function)


def no_service(service: str) -> Any:
    raise AssertionError(f"{service} must not be called")


@pytest.fixture
def sdk() -> Iterator[Callable[..., Any]]:
    """Makes an SDK call against moto, in this process."""
    client: Any = boto3.client
    with mock_aws():
        tasks = Tasks(no_function, lambda service: client(service, region_name="eu-central-1"))
        yield lambda action, **arguments: tasks(Call("State", f"arn:aws:states:::aws-sdk:{action}", arguments))


def failure_of(call: Callable[[], object]) -> Failure:
    with pytest.raises(Failure) as caught:
        call()
    return caught.value


def test_members_are_spelled_as_the_java_sdk_spells_them_both_ways(sdk: Callable[..., Any]) -> None:
    sdk(
        "dynamodb:createTable",
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    item = {"id": {"S": "a"}, "on": {"Bool": True}, "tags": {"Ss": ["x"]}}
    sdk("dynamodb:putItem", TableName="t", Item=item)

    assert sdk("dynamodb:getItem", TableName="t", Key={"id": {"S": "a"}})["Item"] == item


def test_moments_are_text(sdk: Callable[..., Any]) -> None:
    sdk("secretsmanager:createSecret", Name="s", SecretString="x")

    created = sdk("secretsmanager:describeSecret", SecretId="s")["CreatedDate"]

    assert created.endswith("Z")
    assert datetime.fromisoformat(created).tzinfo == UTC


@pytest.mark.parametrize(
    ("action", "arguments", "error"),
    [
        ("secretsmanager:deleteSecret", {"SecretId": "none"}, "SecretsManager.ResourceNotFoundException"),
        ("ecs:describeTasks", {"Cluster": "none", "Tasks": ["t"]}, "Ecs.ClusterNotFoundException"),
        (
            "sfn:describeExecution",
            {"ExecutionArn": "arn:aws:states:eu-central-1:123456789012:execution:m:none"},
            "Sfn.ExecutionDoesNotExistException",
        ),
        ("dynamodb:describeTable", {"TableName": "none"}, "DynamoDb.ResourceNotFoundException"),
        ("ec2:describeVpcs", {"VpcIds": ["vpc-1"]}, "Ec2.Ec2Exception"),
    ],
)
def test_an_error_has_the_name_that_the_java_sdk_gives_it(
    sdk: Callable[..., Any], action: str, arguments: dict[str, Any], error: str
) -> None:
    assert failure_of(lambda: sdk(action, **arguments)).error == error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"SecretId": "s", "Forced": True}, 'The field "Forced" is not supported'),
        ({}, 'The field "SecretId" is required'),
        ({"SecretId": 1}, "Invalid type"),
    ],
)
def test_arguments_that_the_service_does_not_have_fail_at_run_time(
    sdk: Callable[..., Any], arguments: dict[str, Any], message: str
) -> None:
    failure = failure_of(lambda: sdk("secretsmanager:deleteSecret", **arguments))

    assert failure.error == "States.Runtime"
    assert message in failure.cause


def test_an_unknown_argument_inside_another_fails_too(sdk: Callable[..., Any]) -> None:
    tags = [{"Key": "a", "value": "b"}]

    assert failure_of(lambda: sdk("secretsmanager:tagResource", SecretId="s", Tags=tags)).error == "States.Runtime"


def test_a_function_gets_the_payload_and_gives_its_own() -> None:
    tasks = Tasks(lambda function, payload: [function, payload], no_service)

    result = tasks(Call("State", INVOKE, {"FunctionName": "f", "Payload": {"a": 1}}))

    assert result == {"ExecutedVersion": "$LATEST", "Payload": ["f", {"a": 1}], "StatusCode": 200}


def test_a_failed_function_fails_with_the_class_name_of_its_exception() -> None:
    def fail(function: str, payload: object) -> object:
        raise FunctionError("NotReadyError", "come back later")

    failure = failure_of(lambda: Tasks(fail, no_service)(Call("State", INVOKE, {"FunctionName": "f"})))

    assert failure.error == "NotReadyError"
    assert json.loads(failure.cause)["errorMessage"] == "come back later"


def test_a_missing_function_is_an_error_of_lambda() -> None:
    call = Call("State", INVOKE, {"FunctionName": "f"})

    assert failure_of(lambda: Tasks(no_function, no_service)(call)).error == "Lambda.ResourceNotFoundException"


def run_child(outcome: Outcome) -> object:
    machine = Machine({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    children = in_process({CHILD: machine}, lambda machine, given: outcome)
    arguments = {"StateMachineArn": CHILD, "Name": "one", "Input": {"a": 1}}
    return Tasks(no_function, no_service, children)(Call("State", RUN_CHILD, arguments))


def test_a_nested_execution_gives_its_output_as_json() -> None:
    result = run_child(Outcome("SUCCEEDED", {"b": 2}))

    assert isinstance(result, Mapping)
    assert (result["Status"], result["Input"], result["Output"]) == ("SUCCEEDED", {"a": 1}, {"b": 2})


def test_a_failed_nested_execution_fails_with_its_description_as_the_cause() -> None:
    failure = failure_of(lambda: run_child(Outcome("FAILED", error="Broken", cause="because")))

    assert failure.error == "States.TaskFailed"
    described = json.loads(failure.cause)
    assert (described["Status"], described["Error"], described["Cause"]) == ("FAILED", "Broken", "because")


def machine_with(**state: Any) -> Machine:
    only = {"Type": "Task", "End": True, **state}
    return Machine({"QueryLanguage": "JSONata", "StartAt": "Only", "States": {"Only": only}})


@pytest.mark.parametrize(
    "state",
    [
        {"Resource": "arn:aws:states:::aws-sdk:ecs:startRedis", "Arguments": {}},
        {"Resource": "arn:aws:states:::aws-sdk:secretsmanager:deleteSecret", "Arguments": {"Name": "s"}},
    ],
)
def test_a_call_that_cannot_be_made_is_refused_before_it_runs(state: dict[str, Any]) -> None:
    with pytest.raises(InvalidDefinition, match="Only"):
        check(machine_with(**state))


def test_a_call_that_is_not_made_here_is_refused_before_it_runs() -> None:
    with pytest.raises(Unsupported, match="the local stack does not run"):
        check(machine_with(Resource="arn:aws:states:::sns:publish", Arguments={"Message": "m"}))
