"""The adapters for Step Functions, Secrets Manager and EventBridge, against their substitutes."""

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from swiftcache.adapters.aws_errors import passing_errors_as_unavailable
from swiftcache.adapters.eventbridge import EventBridgeEvents
from swiftcache.adapters.secretsmanager import SecretsManagerCredentials
from swiftcache.adapters.stepfunctions import StepFunctionsWorkflows
from swiftcache.domain.errors import DependencyUnavailable, NotFound
from swiftcache.domain.ports import FirstError, StatusChange, Target
from tests.samples import AT

REGION = "eu-central-1"
TARGET = Target("org_1", "inst_a1", "request-1")
CHANGE = StatusChange(
    instance_id="inst_a1",
    organization_id="org_1",
    before="PROVISIONING",
    after="RUNNING",
    at=AT,
    hostname="a1.redis.example.com",
    reason="VERIFIED",
    request_id="request-1",
)


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield


class Machines:
    def __init__(self) -> None:
        self.client = boto3.client("stepfunctions", region_name=REGION)
        role = "arn:aws:iam::123456789012:role/machine"
        self.arns = [
            self.client.create_state_machine(name=name, definition="{}", roleArn=role)["stateMachineArn"]
            for name in ("provision", "deprovision", "resize")
        ]
        self.workflows = StepFunctionsWorkflows(self.client, *self.arns)

    def started(self) -> list[tuple[str, Any]]:
        found = []
        for machine in self.arns:
            for execution in self.client.list_executions(stateMachineArn=machine)["executions"]:
                described = self.client.describe_execution(executionArn=execution["executionArn"])
                found.append((described["name"], json.loads(described["input"])))
        return found


@pytest.fixture
def machines() -> Machines:
    return Machines()


def test_a_provisioning_is_named_after_its_instance(machines: Machines) -> None:
    machines.workflows.provision(TARGET)
    assert machines.started() == [
        ("provision-inst_a1", {"organizationId": "org_1", "instanceId": "inst_a1", "requestId": "request-1"})
    ]


def test_a_provisioning_is_started_once(machines: Machines) -> None:
    machines.workflows.provision(TARGET)
    machines.workflows.provision(TARGET)
    assert len(machines.started()) == 1


def test_one_that_ended_is_not_started_again(machines: Machines) -> None:
    machines.workflows.provision(TARGET)
    arn = machines.client.list_executions(stateMachineArn=machines.arns[0])["executions"][0]["executionArn"]
    machines.client.stop_execution(executionArn=arn)
    machines.workflows.provision(TARGET)
    assert len(machines.started()) == 1


def test_a_deletion_asked_for_by_another_request_is_the_same(machines: Machines) -> None:
    machines.workflows.delete(TARGET, attempt=0)
    machines.workflows.delete(Target("org_1", "inst_a1", "request-2"), attempt=0)
    [(name, given)] = machines.started()
    assert (name, given["mode"], given["attempt"], given["requestId"]) == ("delete-inst_a1-0", "DELETE", 0, "request-1")


def test_a_resize_is_named_after_its_change_and_attempt(machines: Machines) -> None:
    machines.workflows.resize(TARGET, "chg_1", 0)
    machines.workflows.resize(TARGET, "chg_1", 0)
    [(name, given)] = machines.started()
    assert name == "resize-inst_a1-chg_1-0"
    assert (given["changeId"], given["attempt"], "failure" in given) == ("chg_1", 0, False)


def test_a_later_attempt_of_a_resize_carries_the_first_error(machines: Machines) -> None:
    machines.workflows.resize(TARGET, "chg_1", 2, FirstError("TaskStopped", "DescribeNewTask"))
    [(name, given)] = machines.started()
    assert name == "resize-inst_a1-chg_1-2"
    assert given["failure"] == {"error": "TaskStopped", "step": "DescribeNewTask"}


def test_a_rollback_carries_the_first_error(machines: Machines) -> None:
    machines.workflows.roll_back(TARGET, 2, FirstError("TaskStopped", "DescribeNewTask"))
    [(name, given)] = machines.started()
    assert name == "rollback-inst_a1-2"
    assert given["failure"] == {"error": "TaskStopped", "step": "DescribeNewTask"}


def test_credentials_are_kept_under_the_instances_name() -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    arn = SecretsManagerCredentials(client, "swiftcache/instances/").issue("inst_a1", "user default on", "password")
    assert json.loads(client.get_secret_value(SecretId="swiftcache/instances/inst_a1")["SecretString"]) == {
        "acl": "user default on",
        "controlPassword": "password",
    }
    assert arn.startswith("arn:aws:secretsmanager:eu-central-1:123456789012:secret:swiftcache/instances/inst_a1-")


def test_issuing_again_replaces_what_is_there() -> None:
    credentials = SecretsManagerCredentials(boto3.client("secretsmanager", region_name=REGION), "prefix/")
    first = credentials.issue("inst_a1", "acl", "one")
    second = credentials.issue("inst_a1", "acl", "two")
    assert first == second
    assert credentials.control_password("inst_a1") == "two"


def test_missing_credentials_are_not_found() -> None:
    with pytest.raises(NotFound):
        SecretsManagerCredentials(boto3.client("secretsmanager", region_name=REGION), "p/").control_password("inst_a1")


def test_a_change_is_published_in_the_documented_form() -> None:
    events = boto3.client("events", region_name=REGION)
    bus = events.create_event_bus(Name="swiftcache")["EventBusArn"]
    logs = boto3.client("logs", region_name=REGION)
    logs.create_log_group(logGroupName="/heard")
    events.put_rule(
        Name="all", EventBusName="swiftcache", EventPattern=json.dumps({"source": ["swiftcache.instances"]})
    )
    target = "arn:aws:logs:eu-central-1:123456789012:log-group:/heard"
    events.put_targets(Rule="all", EventBusName="swiftcache", Targets=[{"Id": "1", "Arn": target}])

    EventBridgeEvents(events, bus).publish(CHANGE)

    heard = json.loads(logs.filter_log_events(logGroupName="/heard")["events"][0]["message"])
    assert (heard["source"], heard["detail-type"]) == ("swiftcache.instances", "Instance Status Changed")
    assert heard["detail"] == {
        "instanceId": "inst_a1",
        "organizationId": "org_1",
        "from": "PROVISIONING",
        "to": "RUNNING",
        "at": AT,
        "hostname": "a1.redis.example.com",
        "reason": "VERIFIED",
        "requestId": "request-1",
    }


def test_an_event_that_the_bus_did_not_take_is_an_error() -> None:
    class Refusing(Mock):
        def put_events(self, **_: object) -> object:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}

    with pytest.raises(DependencyUnavailable, match="ThrottlingException"):
        EventBridgeEvents(Refusing(), "swiftcache").publish(CHANGE)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "ServiceUnavailable"])
def test_what_may_pass_by_itself_is_unavailable(code: str) -> None:
    with pytest.raises(DependencyUnavailable), passing_errors_as_unavailable("the store"):
        raise ClientError({"Error": {"Code": code}}, "GetItem")


def test_a_lost_connection_is_unavailable() -> None:
    with pytest.raises(DependencyUnavailable), passing_errors_as_unavailable("the store"):
        raise EndpointConnectionError(endpoint_url="https://example.com")


def test_what_will_not_pass_stays_as_it_is() -> None:
    with pytest.raises(ClientError), passing_errors_as_unavailable("the store"):
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetItem")
