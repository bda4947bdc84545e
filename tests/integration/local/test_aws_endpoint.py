"""The HTTP endpoint: other processes see the same AWS as this one, and it never leaves the machine."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest

from local.aws import FunctionError, Substitutes
from tests.integration.local.aws_cluster import refusal_of
from tests.integration.local.aws_stack import Functions, Stack, started


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("home")) as stack:
        yield stack


def remote(stack: Stack, service: str, url: str = "") -> Any:
    """A boto3 client as another process makes one."""
    client: Any = boto3.client
    return client(
        service,
        endpoint_url=url or stack.substitutes.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


@pytest.mark.parametrize(
    ("service", "create", "found"),
    [
        (
            "secretsmanager",
            lambda client: client.create_secret(Name="n", SecretString="x"),
            lambda client: client.get_secret_value(SecretId="n")["SecretString"] == "x",
        ),
        (
            "route53",
            lambda client: client.create_hosted_zone(Name="example.com", CallerReference="c"),
            lambda client: client.list_hosted_zones()["HostedZones"][0]["Name"] == "example.com.",
        ),
        (
            "s3",
            lambda client: (
                client.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
                and client.put_object(Bucket="bucket", Key="a/b c", Body=b"x")
            ),
            lambda client: client.get_object(Bucket="bucket", Key="a/b c")["Body"].read() == b"x",
        ),
        (
            "iam",
            lambda client: client.create_role(RoleName="r", AssumeRolePolicyDocument="{}"),
            lambda client: client.get_role(RoleName="r")["Role"]["RoleName"] == "r",
        ),
        (
            "sqs",
            lambda client: client.create_queue(QueueName="q"),
            lambda client: client.get_queue_url(QueueName="q")["QueueUrl"].endswith("/q"),
        ),
        (
            "cloudwatch",
            lambda client: client.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1}]),
            lambda client: client.list_metrics(Namespace="n")["Metrics"][0]["MetricName"] == "m",
        ),
    ],
)
@pytest.mark.parametrize("maker", ["here", "http"])
def test_what_is_made_here_is_seen_over_http_and_the_other_way_round(
    stack: Stack, maker: str, service: str, create: Any, found: Any
) -> None:
    here, over_http = stack.client(service), remote(stack, service)

    create(here if maker == "here" else over_http)

    assert found(here)
    assert found(over_http)


def test_an_error_has_the_same_name_over_http(stack: Stack) -> None:
    describe = remote(stack, "stepfunctions").describe_execution
    arn = "arn:aws:states:eu-central-1:123456789012:execution:m:none"

    assert refusal_of(lambda: describe(executionArn=arn))[0] == "ExecutionDoesNotExist"


@pytest.mark.parametrize("where", ["here", "http"])
def test_invoke_reaches_the_function(stack: Stack, where: str) -> None:
    stack.functions.add("add", lambda payload: payload["a"] + 1)
    client = remote(stack, "lambda") if where == "http" else stack.client("lambda")

    answer = client.invoke(FunctionName="add", Payload=json.dumps({"a": 1}))

    assert answer["StatusCode"] == 200
    assert answer["Payload"].read() == b"2"


def test_invoke_reports_the_functions_error(stack: Stack) -> None:
    def fail(_: Any) -> object:
        raise FunctionError("ValueError", "wrong", ("line 1",))

    stack.functions.add("fail", fail)

    answer = stack.client("lambda").invoke(FunctionName="fail")

    assert answer["FunctionError"] == "Unhandled"
    told = {"errorType": "ValueError", "errorMessage": "wrong", "stackTrace": ["line 1"]}
    assert json.load(answer["Payload"]) == told


def test_invoking_an_unknown_function_is_refused(stack: Stack) -> None:
    invoke = stack.client("lambda").invoke

    assert refusal_of(lambda: invoke(FunctionName="none"))[0] == "ResourceNotFoundException"


def test_an_event_invocation_does_not_wait(stack: Stack) -> None:
    stack.functions.add("later")

    answer = stack.client("lambda").invoke(FunctionName="later", InvocationType="Event", Payload="[1]")

    assert answer["StatusCode"] == 202
    assert stack.functions.next_payload("later") == [1]


def test_many_clients_are_answered_at_once(stack: Stack) -> None:
    def create(number: int) -> str:
        return str(remote(stack, "secretsmanager").create_secret(Name=f"s{number}", SecretString="x")["Name"])

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(create, range(32))) == sorted(f"s{number}" for number in range(32))


def test_a_request_without_a_signature_says_what_it_lacks(stack: Stack) -> None:
    with pytest.raises(HTTPError) as caught:
        urllib.request.urlopen(stack.substitutes.endpoint_url)

    with caught.value as error:
        assert error.code == 501
        assert "not signed" in json.load(error)["message"]


def test_no_request_from_this_process_opens_a_connection(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)

    assert stack.client("dynamodb").list_tables()["TableNames"] == []
    assert stack.client("s3").list_buckets()["Buckets"] == []


def test_a_second_stack_in_the_same_process_is_refused(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stop them first"):
        Substitutes(tmp_path, Functions()).start()


def test_a_port_that_is_taken_is_refused_and_a_free_one_works_then(tmp_path: Path) -> None:
    with started(tmp_path) as stack:
        port = int(stack.substitutes.endpoint_url.rpartition(":")[2])
        script = (
            "import sys; from pathlib import Path; from local.aws import Substitutes\n"
            "Substitutes(Path(sys.argv[1]), None, int(sys.argv[2])).start()"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        other = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "other"), str(port)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert "Address already in use" in other.stderr
    substitutes = Substitutes(tmp_path, Functions(), port)
    substitutes.start()
    substitutes.stop()


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    substitutes = Substitutes(tmp_path, Functions())
    substitutes.start()
    for _ in range(2):
        substitutes.stop()


def test_a_new_start_knows_nothing_of_the_one_before(tmp_path: Path) -> None:
    with started(tmp_path) as stack:
        stack.client("secretsmanager").create_secret(Name="n", SecretString="x")
    with started(tmp_path) as stack:
        assert stack.client("secretsmanager").list_secrets()["SecretList"] == []


def test_containers_reach_the_same_aws_at_the_address_that_is_given_for_them(stack: Stack) -> None:
    stack.client("secretsmanager").create_secret(Name="n", SecretString="x")
    url = stack.substitutes.listen_at("127.0.0.2")
    assert url.startswith("http://127.0.0.2:")
    assert remote(stack, "secretsmanager", url).get_secret_value(SecretId="n")["SecretString"] == "x"


def test_containers_are_not_listened_for_before_that_is_asked_and_after_the_stop(tmp_path: Path) -> None:
    with started(tmp_path) as stack:
        port = int(stack.substitutes.endpoint_url.rpartition(":")[2])
        assert not listens("127.0.0.2", port)
        url = stack.substitutes.listen_at("127.0.0.2")
        port = int(url.rpartition(":")[2])
        assert listens("127.0.0.2", port)
        # Of 127.0.0.1 another process of this machine may have the same port.
        assert not listens("127.0.0.3", port)
    assert not listens("127.0.0.2", port)


def listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
