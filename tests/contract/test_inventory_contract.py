"""The inventories: all resources with names of ours, whoever else's lie between them, page by page."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from swiftcache.fleet.ec2_inventory import Ec2SecurityGroups
from swiftcache.fleet.ecs_inventory import EcsTaskDefinitions, EcsTasks
from swiftcache.fleet.efs_inventory import EfsAccessPoints
from swiftcache.fleet.execution_inventory import RunningExecutions, StepFunctionsExecutions
from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.fleet.ports import Inventory, WorkflowKind
from swiftcache.fleet.route53_inventory import PAUSE_SECONDS, Route53Records
from swiftcache.fleet.secrets_inventory import NamedSecrets
from swiftcache.instances.sizes import SIZES

DEFINITION = "arn:aws:ecs:eu-central-1:123456789012:task-definition/"
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:swiftcache-provision-instance"


def everything(inventory: Inventory) -> tuple[list[CloudResource], int]:
    """All resources, and the number of pages."""
    return on_all(inventory.page)


def on_all(page: Callable[[str | None], tuple[Sequence[CloudResource], str | None]]) -> tuple[list[CloudResource], int]:
    resources, token = page(None)
    found, pages = [*resources], 1
    while token:
        resources, token = page(token)
        found += resources
        pages += 1
    return found, pages


class PagedEcs:
    """ECS that lists `size` names a page: moto knows no pages. `starters` are the tasks' by their families."""

    def __init__(self, families: Sequence[str], size: int = 2, starters: Mapping[str, str] | None = None) -> None:
        self.families = families
        self.size = size
        self.starters = starters or {}
        self.attached: dict[str, list[dict[str, str]]] = {}

    def list_tasks(self, **given: Any) -> dict[str, Any]:
        assert not {"family", "startedBy"} <= set(given), "the one is the only filter"
        found = [
            f"task-{number}"
            for number, family in enumerate(self.families)
            if given.get("family", family) == family
            and given.get("startedBy") in (None, self.starters.get(family, "swiftcache"))
        ]
        return self._page("taskArns", found, given)

    def list_task_definitions(self, **given: Any) -> dict[str, Any]:
        arns = [f"{DEFINITION}{family}:{number + 1}" for number, family in enumerate(self.families)]
        return self._page("taskDefinitionArns", arns, given)

    def describe_tasks(self, cluster: str, tasks: list[str]) -> dict[str, Any]:
        families = {f"task-{number}": family for number, family in enumerate(self.families)}
        statuses = ("RUNNING", "STOPPED")
        return {
            "tasks": [
                {
                    "taskArn": task,
                    "taskDefinitionArn": f"{DEFINITION}{families[task]}:1",
                    "startedBy": self.starters.get(families[task], "swiftcache"),
                    "lastStatus": statuses[families[task].endswith("stopped")],
                    "attachments": [{"details": self.attached.get(task, [{"name": "subnetId", "value": "subnet-1"}])}],
                }
                for task in tasks
                if task in families
            ]
        }

    def _page(self, name: str, found: list[str], given: dict[str, Any]) -> dict[str, Any]:
        start = int(given.get("nextToken", 0))
        end = start + self.size
        return {name: found[start:end]} | ({"nextToken": str(end)} if end < len(found) else {})


FAMILIES = ["swiftcache-inst_a1", "another-inst_b1", "swiftcache-web", "swiftcache-inst_b1", "swiftcache-inst_b1"]


def test_tasks_are_those_of_our_families() -> None:
    ecs: Any = PagedEcs(FAMILIES)
    found, pages = everything(EcsTasks(ecs, "swiftcache", "swiftcache-"))
    assert ([(resource.name, resource.owner) for resource in found], pages) == (
        [("task-0", "inst_a1"), ("task-3", "inst_b1"), ("task-4", "inst_b1")],
        3,
    )


def test_a_task_is_its_starters_whatever_definition_it_is_of() -> None:
    ecs: Any = PagedEcs(["swiftcache-256-512", "swiftcache-512-3072", "swiftcache-inst_b1"])
    ecs.starters = {"swiftcache-256-512": "inst_a1", "swiftcache-inst_b1": "inst_b1"}
    tasks = EcsTasks(ecs, "swiftcache", "swiftcache-")
    found, _ = everything(tasks)
    assert [(resource.name, resource.owner) for resource in found] == [("task-0", "inst_a1"), ("task-2", "inst_b1")]
    assert [resource.name for resource in tasks.of("inst_a1")] == ["task-0"]
    assert [resource.name for resource in tasks.of("inst_b1")] == ["task-2"], "once, although it is found twice"


def test_the_definitions_of_the_sizes_are_nobodys() -> None:
    ecs: Any = PagedEcs([f"swiftcache-{size.family}" for size in SIZES])
    assert everything(EcsTaskDefinitions(ecs, "swiftcache-", "ACTIVE"))[0] == []


def test_task_definitions_are_those_of_our_families() -> None:
    ecs: Any = PagedEcs(FAMILIES)
    found, pages = everything(EcsTaskDefinitions(ecs, "swiftcache-", "ACTIVE"))
    assert ([resource.owner for resource in found], pages) == (["inst_a1", "inst_b1", "inst_b1"], 3)


def test_a_cluster_without_tasks_has_none() -> None:
    ecs: Any = PagedEcs([])
    assert EcsTasks(ecs, "swiftcache", "swiftcache-").page(None) == ([], None)


def test_a_task_is_there_while_it_is_known_and_has_not_stopped() -> None:
    ecs: Any = PagedEcs(["swiftcache-inst_runs", "swiftcache-inst_stopped"])
    tasks = EcsTasks(ecs, "swiftcache", "swiftcache-")
    assert tasks.there(["task-0", "task-1", "task-2"]) == {"task-0": ""}


def test_a_task_that_is_there_is_known_by_the_private_address_of_its_interface() -> None:
    ecs: Any = PagedEcs(["swiftcache-inst_runs"])
    ecs.attached["task-0"] = [
        {"name": "networkInterfaceId", "value": "eni-1"},
        {"name": "privateIPv4Address", "value": "10.0.0.1"},
    ]
    assert EcsTasks(ecs, "swiftcache", "swiftcache-").there(["task-0"]) == {"task-0": "10.0.0.1"}


def test_secrets_are_those_that_begin_with_the_prefix() -> None:
    client = boto3.client("secretsmanager", region_name="eu-central-1")
    names = [f"swiftcache/instances/inst_{number}" for number in range(101)]
    for name in (*names, "another/instances/inst_1", "swiftcache/webhooks/wh_1", "my/swiftcache/instances/inst_2"):
        client.create_secret(Name=name, SecretString="x")
    inventory = NamedSecrets(client, ResourceKind.SECRET, "swiftcache/instances/")
    found, pages = everything(inventory)
    assert (sorted(resource.name for resource in found), pages) == (sorted(names), 2)
    assert [resource.owner for resource in inventory.of("inst_10")] == ["inst_10"]


def test_security_groups_are_those_of_our_instances_in_our_network() -> None:
    client = boto3.client("ec2", region_name="eu-central-1")
    ours, other = (client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2))

    def make(name: str, vpc: str = ours) -> str:
        made = client.create_security_group(GroupName=name, Description="for a test", VpcId=vpc)
        return str(made["GroupId"])

    group = make("swiftcache-inst_a1")
    for name in ("swiftcache-clients", "another-inst_b1", "my-swiftcache-inst_c1"):
        make(name)
    make("swiftcache-inst_d1", other)
    inventory = Ec2SecurityGroups(client, ours, "swiftcache-")
    assert everything(inventory)[0] == [CloudResource(ResourceKind.SECURITY_GROUP, group, "inst_a1")]
    assert [resource.name for resource in inventory.of("inst_a1")] == [group]
    assert inventory.of("inst_a") == []


@pytest.fixture
def zone() -> tuple[Any, str]:
    client = boto3.client("route53", region_name="eu-central-1")
    return client, client.create_hosted_zone(Name="example.com", CallerReference="x")["HostedZone"]["Id"]


def put_records(client: Any, zone: str, *names: str, kind: str = "A", value: str = "192.0.2.1") -> None:
    def change(name: str) -> dict[str, Any]:
        record = {"Name": name, "Type": kind, "TTL": 5, "ResourceRecords": [{"Value": value}]}
        return {"Action": "UPSERT", "ResourceRecordSet": record}

    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change(name) for name in names]})


def test_records_are_the_a_records_under_the_suffix(zone: tuple[Any, str]) -> None:
    client, zone_id = zone
    names = [f"a{number}.redis.example.com" for number in range(301)]
    put_records(client, zone_id, *names)
    put_records(client, zone_id, "www.example.com", "x.y.redis.example.com", "redis.example.com", "zz.example.com")
    put_records(client, zone_id, "t.redis.example.com", kind="TXT", value='"x"')
    slept: list[float] = []
    inventory = Route53Records(client, zone_id, slept.append)
    found, pages = on_all(partial(inventory.page, ["example.com"]))
    assert sorted(resource.name for resource in found) == sorted(names)
    assert pages == 2
    assert slept == [PAUSE_SECONDS]
    assert inventory.named("a7.redis.example.com", "inst_a7") == [
        CloudResource(ResourceKind.DNS_RECORD, "a7.redis.example.com", "inst_a7")
    ]
    assert inventory.named("a.redis.example.com", "inst_a") == []


def test_records_are_found_under_each_domain_in_use_and_under_no_other(zone: tuple[Any, str]) -> None:
    client, zone_id = zone
    ours = ["a1.redis.example.com", "b1.redis.old.example.com", "c1.redis.redis.example.com"]
    put_records(client, zone_id, *ours, "d1.redis.another.example.com", "old.example.com")
    inventory = Route53Records(client, zone_id, lambda _: None)
    domains = ["example.com", "old.example.com", "redis.example.com"]
    found, pages = on_all(partial(inventory.page, domains))
    assert ([(resource.name, resource.owner) for resource in found], pages) == (
        [(ours[0], "inst_a1"), (ours[1], "inst_b1"), (ours[2], "inst_c1")],
        3,
    )


def test_a_listing_goes_on_although_the_domain_that_it_was_at_is_in_use_no_more(zone: tuple[Any, str]) -> None:
    client, zone_id = zone
    put_records(client, zone_id, "a1.redis.example.com", "b1.redis.old.example.com")
    inventory = Route53Records(client, zone_id, lambda _: None)
    _, token = inventory.page(["example.com", "middle.example.com", "old.example.com"], None)
    _, token = inventory.page(["old.example.com"], token)
    assert token
    found, end = inventory.page(["old.example.com"], token)
    assert ([resource.owner for resource in found], end) == (["inst_b1"], None)


class NamedExecutions:
    """Step Functions with executions of these names."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked = 0

    def describe_execution(self, **given: Any) -> dict[str, Any]:
        self.asked += 1
        name = given["executionArn"].rpartition(":")[2]
        if name not in self.names:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist", "Message": ""}}, "DescribeExecution")
        return {"name": name, "status": "FAILED", "error": "Injected", "cause": "Step: why", "input": "{}"}


@pytest.mark.parametrize(
    ("numbers", "last"),
    [([], None), ([0], 0), ([1], 1), ([0, 1], 1), (range(7), 6), (range(8), 7), (range(1, 10), 9), (range(500), 499)],
)
def test_the_last_attempt_is_found(numbers: Sequence[int], last: int | None) -> None:
    client: Any = NamedExecutions(*(f"delete-inst_a1-{number}" for number in numbers))
    found = StepFunctionsExecutions(client, {WorkflowKind.DEPROVISION: MACHINE}).latest(
        WorkflowKind.DEPROVISION, "delete-inst_a1"
    )
    assert (found.number if found else None) == last
    assert client.asked <= 20


def test_the_last_attempt_says_how_it_ended() -> None:
    client: Any = NamedExecutions("provision-inst_a1")
    executions = StepFunctionsExecutions(client, {WorkflowKind.PROVISION: MACHINE})
    found = executions.find(WorkflowKind.PROVISION, "provision-inst_a1")
    assert found
    assert (found.running, found.first_error.error, found.first_error.step) == (False, "Injected", "Step")
    assert executions.find(WorkflowKind.PROVISION, "provision-inst_b1") is None


def test_running_executions_are_those_with_an_owner_in_their_names() -> None:
    names = ["provision-inst_a1", "delete-inst_c1_7-0", "resize-inst_b1-chg_1-0", "empty-org_1-2-0", "by-hand", "4f1c"]
    listed = {"executions": [{"name": name, "executionArn": f"arn:{name}"} for name in names]}
    client: Any = SimpleNamespace(list_executions=lambda **_: listed)
    found, _ = RunningExecutions(client, MACHINE).page(None)
    assert [resource.owner for resource in found] == ["inst_a1", "inst_c1", "inst_b1", "org_1"]


class PagedEfs:
    """EFS that has one access point a page, in the order of these paths."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def describe_access_points(self, **given: Any) -> dict[str, Any]:
        assert given["FileSystemId"] == "fs-1"
        number = int(given.get("NextToken", 0))
        point = {"AccessPointId": f"fsap-{number}", "RootDirectory": {"Path": self.paths[number]}}
        more = {"NextToken": str(number + 1)} if number + 1 < len(self.paths) else {}
        return {"AccessPoints": [point], **more}


def test_volumes_are_found_by_their_paths_on_all_pages() -> None:
    volumes = EfsAccessPoints(PagedEfs("/instances/inst_a1", "/instances", "/instances/inst_b2"), "fs-1")
    found, pages = everything(volumes)
    assert found == [
        CloudResource(ResourceKind.VOLUME, "fsap-0", "inst_a1"),
        CloudResource(ResourceKind.VOLUME, "fsap-2", "inst_b2"),
    ]
    assert pages == 3
    assert volumes.of("inst_b2") == [CloudResource(ResourceKind.VOLUME, "fsap-2", "inst_b2")]
    assert volumes.of("inst_c3") == []
