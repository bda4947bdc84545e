"""Substitutes with AWS's quotas refuse what is beyond them as AWS does: to boto3 here, over HTTP, and to executions."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.integration.local.aws_stack import Stack, started

MOST = 200


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home"), limits=True) as stack:
        yield stack


def refused(call: Callable[[], object]) -> tuple[str, str, int]:
    """Code, message and status of the first refusal of many calls."""
    for _ in range(MOST):
        try:
            call()
        except ClientError as error:
            about = error.response["Error"]
            return about["Code"], about["Message"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError(f"{MOST} calls were not refused")


CALLS: dict[str, tuple[str, Callable[[Any], Callable[[], object]], tuple[str, str, int]]] = {
    "Route 53": ("route53", lambda client: client.list_hosted_zones, ("Throttling", "Rate exceeded", 400)),
    "ECS": ("ecs", lambda client: client.list_task_definitions, ("ThrottlingException", "Rate exceeded", 400)),
    "EC2": (
        "ec2",
        lambda client: client.describe_network_interfaces,
        ("RequestLimitExceeded", "Request limit exceeded.", 503),
    ),
}


@pytest.mark.parametrize("over_http", [False, True], ids=["here", "http"])
@pytest.mark.parametrize("name", CALLS)
def test_boto3_raises_the_services_own_error(stack: Stack, name: str, over_http: bool) -> None:
    service, call, expected = CALLS[name]
    client: Any = stack.client(service)
    if over_http:
        session: Any = boto3.session.Session("local", "local", region_name="eu-central-1")
        config = Config(retries={"total_max_attempts": 1})
        client = session.client(service, endpoint_url=stack.substitutes.endpoint_url, config=config)
    assert refused(call(client)) == expected


@pytest.mark.parametrize(
    ("resource", "error"),
    [("route53:listHostedZones", "Route53.Route53Exception"), ("ecs:listTaskDefinitions", "Ecs.EcsException")],
)
def test_an_execution_fails_with_the_name_that_step_functions_gives_it(stack: Stack, resource: str, error: str) -> None:
    look = {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:{resource}", "Arguments": {}, "End": True}
    looks = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Look", "States": {"Look": look}}
    many = {"Type": "Map", "Items": list(range(MOST)), "ItemProcessor": looks, "End": True}
    arn = stack.machine({"StartAt": "Many", "States": {"Many": many}})
    started = stack.client("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps({}))
    ended = stack.ended(started["executionArn"])
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert ended["cause"].startswith("Rate exceeded (Service: ")


def test_without_limits_nothing_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    with started(tmp_path_factory.mktemp("home")) as unlimited:
        for _ in range(MOST):
            unlimited.client("route53").list_hosted_zones()
