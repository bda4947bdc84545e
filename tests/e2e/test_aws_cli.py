"""What a platform engineer sees with the AWS command line at the stack's endpoint."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.api import Api, Created
from tests.e2e.stack import Stack

Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def aws(stack: Stack) -> Aws:
    """Runs `aws --endpoint-url … <words>` and returns what it prints."""
    program = shutil.which("aws")
    if program is None or subprocess.run([program, "--version"], capture_output=True, check=False).returncode:
        pytest.skip("the AWS command line is not installed")
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
    common = [program, "--endpoint-url", stack.facts["awsEndpointUrl"], "--region", "eu-central-1", "--output", "json"]

    def call(*words: str) -> Any:
        done = subprocess.run(
            [*common, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


@pytest.fixture(scope="module")
def created(api: Api) -> Iterator[Created]:
    made = api.create()
    api.wait(made.id)
    yield made
    api.delete(made.id)


def test_the_aws_cli_shows_the_table(aws: Aws, stack: Stack, created: Created) -> None:
    items = aws("dynamodb", "scan", "--table-name", stack.outputs()["TableName"])["Items"]
    assert created.id in [item.get("id", {}).get("S") for item in items]


def test_the_aws_cli_shows_the_record(aws: Aws, created: Created) -> None:
    [zone] = aws("route53", "list-hosted-zones")["HostedZones"]
    records = aws("route53", "list-resource-record-sets", "--hosted-zone-id", zone["Id"])["ResourceRecordSets"]
    name = f"{created.id.removeprefix('inst_')}.redis.swiftcache.test."
    assert [record["Type"] for record in records if record["Name"] == name] == ["A"]


def test_the_aws_cli_shows_the_task(aws: Aws, stack: Stack, created: Created) -> None:
    cluster = stack.outputs()["ClusterName"]
    [arn] = aws("ecs", "list-tasks", "--cluster", cluster, "--started-by", created.id)["taskArns"]
    [task] = aws("ecs", "describe-tasks", "--cluster", cluster, "--tasks", arn)["tasks"]
    assert (task["lastStatus"], task["group"]) == ("RUNNING", "swiftcache")


def test_the_aws_cli_shows_the_execution(aws: Aws, stack: Stack, created: Created) -> None:
    machine = stack.outputs()["ProvisionStateMachineArn"]
    executions = aws("stepfunctions", "list-executions", "--state-machine-arn", machine)["executions"]
    [mine] = [execution for execution in executions if execution["name"] == f"provision-{created.id}"]
    assert mine["status"] == "SUCCEEDED"
