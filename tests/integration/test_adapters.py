"""The adapters for Step Functions, Secrets Manager and EventBridge, against their substitutes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from swiftcache.access.audit import Action
from swiftcache.backups.keep_trigger import LambdaKeepTrigger
from swiftcache.backups.ports import KeepTargets
from swiftcache.backups.proof_end import EcsProofs
from swiftcache.configuration.invoke import LambdaConfigureTrigger
from swiftcache.events.eventbridge import EventBridgeEvents
from swiftcache.events.model import StatusChange, audit_event, status_event
from swiftcache.fleet.emptying_executions import StepFunctionsEmptying
from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.instances.model import Endpoint
from swiftcache.instances.ports import FirstError, Target
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable, NotFound
from swiftcache.provisioning.executions import StepFunctionsWorkflows
from swiftcache.redis.control_passwords import ControlPasswords, Stage, StoredCredentials
from swiftcache.redis.credentials import SecretsManagerCredentials
from tests.mocked_aws import mocked_aws
from tests.samples import AT, an_entry
from tests.schemas import complaints

REGION = "eu-central-1"
TARGET = Target("org_1", "inst_a1", "request-1")
CHANGE = StatusChange(
    id="evt_1",
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
def aws() -> Iterator[None]:
    with mocked_aws():
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


def test_a_claim_is_named_after_its_instance_and_knows_the_member(machines: Machines) -> None:
    machines.workflows.provision(TARGET)
    machines.workflows.provision(TARGET, Endpoint("203.0.113.10", 6379, "arn:task", private_address="10.0.1.10"))
    member = {"address": "203.0.113.10", "port": 6379, "privateAddress": "10.0.1.10", "task": "arn:task"}
    given = {"organizationId": "org_1", "instanceId": "inst_a1", "requestId": "request-1", "member": member}
    assert ("claim-inst_a1", given) in machines.started()
    assert len(machines.started()) == 2


def test_a_provisioning_is_started_once(machines: Machines) -> None:
    machines.workflows.provision(TARGET)
    machines.workflows.provision(TARGET)
    assert len(machines.started()) == 1


def test_a_provisioning_that_ended_is_not_started_again(machines: Machines) -> None:
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


def test_a_deletion_is_told_the_name_that_no_record_has_any_more(machines: Machines) -> None:
    machines.workflows.delete(TARGET, attempt=0)
    machines.workflows.delete(TARGET, 1, "a1.redis.example.com")
    assert [given.get("dnsName") for _, given in sorted(machines.started())] == [None, "a1.redis.example.com"]


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


def test_another_life_has_names_of_its_own(machines: Machines) -> None:
    again = replace(TARGET, generation=7)
    machines.workflows.delete(again, attempt=0)
    machines.workflows.roll_back(again, 1, FirstError("TaskStopped", "DescribeNewTask"))
    machines.workflows.provision(again)
    assert sorted((name, given["generation"]) for name, given in machines.started()) == [
        ("delete-inst_a1_7-0", 7),
        ("provision-inst_a1_7", 7),
        ("rollback-inst_a1_7-1", 7),
    ]


def test_an_emptying_is_started_once_for_each_status_and_attempt(machines: Machines) -> None:
    emptying = StepFunctionsEmptying(machines.client, machines.arns[0])
    first, second = EmptyingTarget("org_1", 2, "request-1"), EmptyingTarget("org_1", 4, "request-2")
    for target, attempt in ((first, 0), (first, 0), (first, 1), (second, 0)):
        emptying.start(target, attempt)
    assert sorted(name for name, _ in machines.started()) == ["empty-org_1-2-0", "empty-org_1-2-1", "empty-org_1-4-0"]
    assert (
        "empty-org_1-2-1",
        {"organizationId": "org_1", "statusVersion": 2, "requestId": "request-1", "attempt": 1},
    ) in (machines.started())


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


def test_a_secret_that_aws_has_not_forgotten_yet_is_waited_for() -> None:
    refused = ClientError({"Error": {"Code": "InvalidRequestException", "Message": "scheduled for deletion"}}, "Create")
    late: Any = Mock(create_secret=Mock(side_effect=refused))
    with pytest.raises(DependencyUnavailable):
        SecretsManagerCredentials(late, "prefix/").issue("inst_a1", "acl", "two")


def test_a_rewritten_acl_keeps_the_control_password() -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    credentials = SecretsManagerCredentials(client, "prefix/")
    credentials.issue("inst_a1", "old", "password")
    before = credentials.stored("inst_a1")
    credentials.rewrite("inst_a1", before, replace(before, acl="new"))
    assert credentials.control_password("inst_a1") == "password"
    stored = client.get_secret_value(SecretId="prefix/inst_a1")["SecretString"]
    assert json.loads(stored) == {"acl": "new", "controlPassword": "password"}


@pytest.mark.parametrize(
    "passwords",
    [
        ControlPasswords("old", "new", Stage.ADDED, "2026-01-02T03:04:05+00:00"),
        ControlPasswords("new", "old", Stage.USED, "2026-01-02T03:04:05+00:00"),
        ControlPasswords("new", None, Stage.SETTLED, "2026-01-02T03:04:05+00:00"),
    ],
)
def test_every_stage_of_a_rotation_is_kept(passwords: ControlPasswords) -> None:
    credentials = SecretsManagerCredentials(boto3.client("secretsmanager", region_name=REGION), "prefix/")
    credentials.issue("inst_a1", "acl", "old")
    other = StoredCredentials("acl", ControlPasswords("x", "y", Stage.ADDED, "2026-01-01T00:00:00+00:00"))
    credentials.rewrite("inst_a1", credentials.stored("inst_a1"), other)
    credentials.rewrite("inst_a1", credentials.stored("inst_a1"), StoredCredentials("acl", passwords))
    assert credentials.stored("inst_a1") == StoredCredentials("acl", passwords)
    assert credentials.control_password("inst_a1") == passwords.current


def test_what_is_there_already_is_no_new_version() -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    credentials = SecretsManagerCredentials(client, "prefix/")
    credentials.issue("inst_a1", "same", "password")
    credentials.rewrite("inst_a1", credentials.stored("inst_a1"), credentials.stored("inst_a1"))
    assert len(client.list_secret_version_ids(SecretId="prefix/inst_a1", IncludeDeprecated=True)["Versions"]) == 1


def test_what_is_deleted_does_not_come_back_by_rewriting() -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    with pytest.raises(NotFound):
        SecretsManagerCredentials(client, "p/").rewrite(
            "inst_a1",
            StoredCredentials("old", ControlPasswords("password")),
            StoredCredentials("acl", ControlPasswords("password")),
        )
    assert client.list_secrets()["SecretList"] == []


class Invoked:
    """A Lambda client that knows how it was called. `error` is what the function or the service gives."""

    def __init__(self, error: str | Exception = "") -> None:
        self.calls: list[dict[str, Any]] = []
        self._error = error

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments)
        if isinstance(self._error, Exception):
            raise self._error
        return {"FunctionError": self._error} if self._error else {}


def test_a_configuration_is_started_or_waited_for() -> None:
    client = Invoked()
    configure_trigger = LambdaConfigureTrigger(cast(Any, client), "control")
    configure_trigger.start("org_1", "inst_a1")
    assert configure_trigger.configure("org_1", "inst_a1")
    assert [call["InvocationType"] for call in client.calls] == ["Event", "RequestResponse"]
    assert {call["FunctionName"] for call in client.calls} == {"control"}
    assert [json.loads(call["Payload"]) for call in client.calls] == [
        {"organizationId": "org_1", "instanceId": "inst_a1"}
    ] * 2


@pytest.mark.parametrize(
    "error",
    [
        "Unhandled",
        EndpointConnectionError(endpoint_url="x"),
        ReadTimeoutError(endpoint_url="x"),
        ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"),
    ],
    ids=str,
)
def test_a_configuration_that_does_not_work_now_is_no_error(error: str | Exception) -> None:
    assert not LambdaConfigureTrigger(cast(Any, Invoked(error)), "control").configure("org_1", "inst_a1")


def test_a_configuration_that_cannot_be_started_is_an_error() -> None:
    busy = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
    with pytest.raises(DependencyUnavailable):
        LambdaConfigureTrigger(cast(Any, Invoked(busy)), "control").start("org_1", "inst_a1")


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

    EventBridgeEvents(events, bus).publish([status_event(CHANGE)])

    heard = json.loads(logs.filter_log_events(logGroupName="/heard")["events"][0]["message"])
    assert (heard["source"], heard["detail-type"]) == ("swiftcache.instances", "Instance Status Changed")
    assert heard["detail"] == {
        "id": "evt_1",
        "instanceId": "inst_a1",
        "organizationId": "org_1",
        "from": "PROVISIONING",
        "to": "RUNNING",
        "at": AT,
        "hostname": "a1.redis.example.com",
        "reason": "VERIFIED",
        "requestId": "request-1",
    }


def test_an_audited_change_is_published_without_the_address_it_came_from() -> None:
    class Taking(Mock):
        def put_events(self, **given: Any) -> object:
            [self.entry] = given["Entries"]
            return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    client = Taking()
    entry = an_entry(Action.INSTANCE_KEY_CREATED, details={"n": 1})
    EventBridgeEvents(client, "swiftcache").publish([audit_event(entry)])
    assert (client.entry["Source"], client.entry["DetailType"]) == ("swiftcache.audit", "Instance Key Created")
    detail = json.loads(client.entry["Detail"])
    assert complaints("instance.key.created", detail | {"details": {}}) == []
    assert detail.pop("id").startswith("audit_")
    assert detail == {
        "organizationId": "org_1",
        "action": "instance.key.created",
        "at": AT,
        "target": {"id": "inst_a1", "name": "my-redis"},
        "actor": {"role": "owner", "keyId": "key_owner", "memberId": "mem_owner"},
        "requestId": "request-1",
        "details": {"n": 1},
    }


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


def test_backups_that_are_to_be_looked_at_are_named_to_their_keeper() -> None:
    client = Mock()
    LambdaKeepTrigger(client, "keep").start(KeepTargets([("org_1", "bkp_a1")], [("org_1", "inst_a1")]))
    [call] = client.invoke.call_args_list
    assert (call.kwargs["FunctionName"], call.kwargs["InvocationType"]) == ("keep", "Event")
    assert json.loads(call.kwargs["Payload"]) == {
        "backups": [{"organizationId": "org_1", "backupId": "bkp_a1"}],
        "instances": [{"organizationId": "org_1", "instanceId": "inst_a1"}],
    }


def test_a_proof_is_ended_by_the_id_of_its_backup_though_one_task_has_gone() -> None:
    client = Mock()
    client.list_tasks.return_value = {"taskArns": ["arn:1", "arn:2"]}
    gone = ClientError({"Error": {"Code": "InvalidParameterException", "Message": "not found"}}, "StopTask")
    client.stop_task.side_effect = [gone, {}]
    EcsProofs(client, "cluster").stop("bkp_a1")
    assert client.list_tasks.call_args.kwargs == {"cluster": "cluster", "startedBy": "bkp_a1"}
    assert [call.kwargs["task"] for call in client.stop_task.call_args_list] == ["arn:1", "arn:2"]


def test_a_proof_that_cannot_be_ended_is_told() -> None:
    client = Mock()
    client.list_tasks.return_value = {"taskArns": ["arn:1"]}
    client.stop_task.side_effect = ClientError({"Error": {"Code": "ClusterNotFoundException"}}, "StopTask")
    with pytest.raises(ClientError):
        EcsProofs(client, "cluster").stop("bkp_a1")
