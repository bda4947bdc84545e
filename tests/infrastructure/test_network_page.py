"""What docs/network.md says of each mode is what the template makes: who reaches what, and what it costs."""

import re
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from local.preflight.lines import counted
from tests.bench.price_list import INTERFACE_ENDPOINT_HOUR
from tests.deployed import deployed
from tests.infrastructure.test_cost_page import ADDRESS
from tests.infrastructure.test_permissions import granted
from tests.reach import GROUPS, Reach, addresses, members, reach

PAGE = (Path(__file__).parents[2] / "docs" / "network.md").read_text()
HOURS = 730

PUBLIC = deployed()
CLOSING = deployed(Port6380="closing")
CLOSED = deployed(Port6380="closed")
CLIENTS = {"NetworkMode": "private", "ClientCidrs": "10.20.0.0/16", "ClientSecurityGroupIds": "sg-0123"}
MOVING = deployed(**CLIENTS | {"NetworkMode": "public-to-private"})
MOVING_CLOSED = deployed(**CLIENTS | {"NetworkMode": "public-to-private"}, Port6380="closed")
PRIVATE = deployed(**CLIENTS)
IN_A_GIVEN_VPC = {**CLIENTS, "VpcId": "vpc-0123", "SubnetIds": "subnet-a,subnet-b,subnet-c"}
GIVEN = deployed(**IN_A_GIVEN_VPC, RouteTableIds="rtb-0123")
WITH_GIVEN_ENDPOINTS = deployed(**IN_A_GIVEN_VPC, VpcEndpoints="given")

SPEAK_TO_REDIS = {
    *("VerifyRedisFunction", "ControlRedisFunction", "InspectRedisFunction", "ScrapeShardFunction"),
    *("ResizeInstanceFunction", "RotatePasswordsFunction", "TakeBackupFunction"),
}

Resources = dict[str, dict[str, Any]]


def of_type(resources: Resources, kind: str) -> dict[str, Any]:
    return {name: found["Properties"] for name, found in resources.items() if found["Type"] == kind}


def rows() -> list[str]:
    """The table of who reaches what, as it must stand there. Ports that are reached alike share a row."""
    modes = [reach(resources) for resources in (PUBLIC, CLOSED, MOVING, PRIVATE)]
    ports: dict[tuple[str, str, tuple[bool, ...]], list[int]] = {}
    for each in sorted(set[Reach]().union(*modes)):
        ports.setdefault((each.who, each.what, tuple(each in mode for mode in modes)), []).append(each.port)
    return [
        f"| {who} | {what} | {', '.join(map(str, there))} | {' | '.join(map(_yes, in_modes))} |"
        for (who, what, in_modes), there in ports.items()
    ]


def _yes(there: bool) -> str:
    return "yes" if there else "–"


def test_the_page_says_who_reaches_what() -> None:
    section = PAGE.split("## Who reaches what\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| .* \| .* \| [\d, ]+ \| .* \|$", section, re.MULTILINE) == rows()


@pytest.mark.parametrize(
    "resources", [PUBLIC, CLOSED, MOVING, PRIVATE], ids=["public", "closed", "public to private", "private"]
)
def test_every_security_group_has_a_name_on_the_page(resources: Resources) -> None:
    assert set(of_type(resources, "AWS::EC2::SecurityGroup")) <= set(GROUPS)


def test_only_functions_that_speak_to_redis_are_beside_it_unless_they_are_outside() -> None:
    erasing = {"EraseVolumeSecurityGroup": {"EraseVolumeFunction"}}
    assert members(PUBLIC) == erasing
    inside = {"FunctionsSecurityGroup": SPEAK_TO_REDIS, **erasing}
    for resources in (CLOSING, CLOSED, MOVING, PRIVATE, GIVEN):
        assert members(resources) == inside
    said = PAGE.split("*Functions that speak to Redis* are ")[1].split(".")[0]
    assert {f"{name}Function" for name in re.findall(r"`(\w+)`", said)} == SPEAK_TO_REDIS


@pytest.mark.parametrize("resources", [CLOSED, MOVING_CLOSED, PRIVATE], ids=["public", "public to private", "private"])
def test_port_6380_is_for_functions_and_redis_where_it_is_closed(resources: Resources) -> None:
    assert {each.who for each in reach(resources) if each.port == 6380} == {"Redis", "functions that speak to Redis"}


def test_what_is_closed_on_the_way_to_a_private_network_is_port_6380_alone() -> None:
    assert reach(MOVING) - reach(MOVING_CLOSED) == {Reach("`AllowedCidr`", "Redis", 6380)}
    assert reach(MOVING_CLOSED) < reach(MOVING)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PUBLIC, CLOSING),
        (CLOSING, CLOSED),
        (PUBLIC, MOVING),
        (CLOSED, MOVING_CLOSED),
        (CLOSING, MOVING),
        (MOVING, MOVING_CLOSED),
    ],
    ids=["begin", "end", "move", "move closed", "move closing", "close on the way"],
)
def test_at_each_step_clients_are_let_in_by_a_rule_that_the_update_leaves_as_it_is(
    before: Resources, after: Resources
) -> None:
    """Forward and back. CloudFormation takes a group's own rule away before it adds one, and others it removes last."""
    there, then = _letting_in_clients(before), _letting_in_clients(after)
    assert [rule for rule in there if rule in then]


def _letting_in_clients(resources: Resources) -> list[Any]:
    alone = of_type(resources, "AWS::EC2::SecurityGroupIngress")
    inline = resources["RedisSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    return [rule for rule in (*inline, *alone.values()) if rule.get("CidrIp") == {"Ref": "AllowedCidr"}]


def test_port_6380_is_open_to_functions_outside_until_they_are_inside() -> None:
    wide = {Reach("`AllowedCidr`", "Redis", port) for port in (6379, 6380)}
    assert wide <= reach(PUBLIC) & reach(CLOSING)
    assert {each for each in reach(CLOSED) if each.who == "`AllowedCidr`"} == wide - {
        Reach("`AllowedCidr`", "Redis", 6380)
    }


def test_a_public_stack_whose_port_6380_is_closed_differs_by_its_functions_and_what_they_need_there() -> None:
    needed = {"FunctionsSecurityGroup", "FunctionsToRedis", "EndpointsSecurityGroup", "RedisFromAllowedCidr"}
    endpoints = {"SecretsManagerEndpoint", "DynamoDBEndpoint", "S3Endpoint"}
    assert set(CLOSED) == set(CLOSING)
    assert set(CLOSED) - set(PUBLIC) == needed | endpoints
    assert set(PUBLIC) <= set(CLOSED)
    changed = {name for name, found in PUBLIC.items() if found != CLOSED[name]}
    roles = {f"{name}Role" for name in SPEAK_TO_REDIS}
    invoked = {"ControlRedisFunctionEventInvokeConfig", "RotatePasswordsFunctionEventInvokeConfig"}
    assert changed == {"RedisSecurityGroup", "CollectMetricsFunction", *SPEAK_TO_REDIS, *roles, *invoked}


def test_a_given_vpc_is_reached_as_the_stacks_own() -> None:
    assert reach(GIVEN) == reach(PRIVATE)
    inside = {each for each in reach(PRIVATE) if each.port != 443}
    assert reach(WITH_GIVEN_ENDPOINTS) == inside


@pytest.mark.parametrize(
    ("clients", "ports"), [({"ClientCidrs": "10.0.0.0/8"}, [6379]), ({"ClientSecurityGroupIds": "sg-1,sg-2"}, [6379])]
)
def test_clients_of_a_private_network_reach_the_first_port_alone(clients: dict[str, str], ports: list[int]) -> None:
    found = reach(deployed(NetworkMode="private", **clients))
    [name] = clients
    assert {each for each in found if "Client" in each.who} == {Reach(f"`{name}`", "Redis", port) for port in ports}


@pytest.mark.parametrize("number", range(1, 6))
def test_each_of_up_to_five_networks_and_groups_has_a_rule(number: int) -> None:
    networks = ",".join(f"10.{each}.0.0/16" for each in range(number))
    groups = ",".join(f"sg-{each}" for each in range(number))
    found = deployed(NetworkMode="private", ClientCidrs=networks, ClientSecurityGroupIds=groups)
    rules = [
        rule
        for rule in of_type(found, "AWS::EC2::SecurityGroupIngress").values()
        if rule["Description"] == "A network or a group of clients"
    ]
    chosen = [(rule.get("CidrIp") or rule["SourceSecurityGroupId"])["Fn::Select"][0] for rule in rules]
    assert chosen == [*range(number), *range(number)]


def test_no_client_of_a_private_network_is_let_in_by_the_group_that_every_task_has() -> None:
    rules = of_type(PRIVATE, "AWS::EC2::SecurityGroupIngress").values()
    clients = [rule for rule in rules if rule["Description"] == "A network or a group of clients"]
    assert {rule["GroupId"]["Fn::GetAtt"][0] for rule in clients} == {"ClientsSecurityGroup"}


def test_tasks_have_a_public_address_in_a_public_network_alone() -> None:
    assert addresses(PUBLIC) == addresses(CLOSING) == addresses(CLOSED) == {"ENABLED"}
    assert addresses(MOVING) == addresses(PRIVATE) == addresses(GIVEN) == {"DISABLED"}


def test_on_the_way_to_a_private_network_a_public_one_keeps_all_that_it_has() -> None:
    """And who reaches it: a task that runs cannot change its groups, nor its subnet, nor its address."""
    assert set(PUBLIC) <= set(MOVING)
    kept = {kind: of_type(PUBLIC, f"AWS::EC2::{kind}") for kind in ("VPC", "Subnet", "Route", "VPCGatewayAttachment")}
    assert kept == {kind: of_type(MOVING, f"AWS::EC2::{kind}") for kind in kept}
    before, after = (one["RedisSecurityGroup"]["Properties"]["SecurityGroupIngress"] for one in (PUBLIC, MOVING))
    assert [rule for rule in before if rule not in after] == []


def test_the_way_to_a_private_network_ends_with_what_one_has_from_its_beginning() -> None:
    gone = {"InternetGateway", "InternetGatewayAttachment", "RouteToInternet", "RedisFromAllowedCidr"}
    assert set(MOVING) - set(PRIVATE) == gone
    assert set(PRIVATE) <= set(MOVING)
    lasting = ("VPC", "Subnet", "RouteTable", "SubnetRouteTableAssociation", "VPCEndpoint")
    for kind in lasting:
        assert of_type(MOVING, f"AWS::EC2::{kind}") == of_type(PRIVATE, f"AWS::EC2::{kind}")
    assert reach(PRIVATE) < reach(MOVING)


@pytest.mark.parametrize("name", sorted(SPEAK_TO_REDIS))
def test_an_update_brings_functions_into_a_network_that_has_all_they_need_there(name: str) -> None:
    needed = MOVING[name]["Metadata"]["NetworkIsThere"]
    assert needed == CLOSING[name]["Metadata"]["NetworkIsThere"]
    assert needed == [
        {"Fn::GetAtt": ["RedisSecurityGroup", "GroupId"]},
        {"Ref": "FunctionsToRedis"},
        [{"Ref": "SecretsManagerEndpoint"}, {"Ref": "DynamoDBEndpoint"}, {"Ref": "S3Endpoint"}],
    ]
    assert PUBLIC[name]["Metadata"]["NetworkIsThere"] == ""


@pytest.mark.parametrize("resources", [PRIVATE, GIVEN, WITH_GIVEN_ENDPOINTS], ids=["own", "given", "endpoints given"])
def test_a_private_network_has_neither_a_gateway_to_the_internet_nor_a_nat(resources: Resources) -> None:
    kinds = {found["Type"] for found in resources.values()}
    assert kinds.isdisjoint({f"AWS::EC2::{kind}" for kind in ("InternetGateway", "Route", "NatGateway", "EIP")})


def test_in_a_given_vpc_no_network_is_made() -> None:
    kinds = {found["Type"] for found in GIVEN.values()}
    assert kinds.isdisjoint({f"AWS::EC2::{kind}" for kind in ("VPC", "Subnet", "RouteTable")})


def test_a_public_stack_makes_nothing_of_a_private_one() -> None:
    assert not {"FunctionsSecurityGroup", "EndpointsSecurityGroup", "ClientsSecurityGroup"} & set(PUBLIC)
    assert of_type(PUBLIC, "AWS::EC2::VPCEndpoint") == {}
    assert not [name for name, role in of_type(PUBLIC, "AWS::IAM::Role").items() if _joins_networks(name, role)]
    for resources in (CLOSED, PRIVATE):
        joining = {name for name, role in of_type(resources, "AWS::IAM::Role").items() if _joins_networks(name, role)}
        assert joining == {f"{name}Role" for name in SPEAK_TO_REDIS}


def _joins_networks(name: str, role: dict[str, Any]) -> bool:
    arns = map(str, role.get("ManagedPolicyArns", []))
    return name != "EraseVolumeFunctionRole" and any("VPCAccess" in arn for arn in arns)


def paid(resources: Resources) -> int:
    """Interface endpoints, one for each zone that they are in."""
    endpoints = of_type(resources, "AWS::EC2::VPCEndpoint").values()
    return sum(len(one["SubnetIds"]) for one in endpoints if one["VpcEndpointType"] == "Interface")


def cost_row(title: str, resources: Resources) -> str:
    fixed = paid(resources) * INTERFACE_ENDPOINT_HOUR * HOURS
    each = ADDRESS if of_type(resources, "AWS::EC2::Route") else 0
    cheaper = "–" if each else counted(ceil(fixed / ADDRESS) or 1, "instance")
    return f"| {title} | ${fixed:.2f} | ${each:.2f} | {cheaper} |"


def cost_rows() -> list[str]:
    return [
        cost_row("public", PUBLIC),
        cost_row("public, port 6380 closed", CLOSED),
        cost_row("public, port 6380 closed, `EndpointZones=one`", deployed(Port6380="closed", EndpointZones="one")),
        cost_row("public to private, until it is replaced", MOVING),
        cost_row("private", PRIVATE),
        cost_row("private, `EndpointZones=one`", deployed(**CLIENTS, EndpointZones="one")),
        cost_row("private, `VpcEndpoints=given`", WITH_GIVEN_ENDPOINTS),
    ]


def test_the_page_says_what_each_mode_costs_and_from_how_many_instances_on_private_is_cheaper() -> None:
    section = PAGE.split("## What it costs\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| (?:public|private).*$", section, re.MULTILINE) == cost_rows()


def test_the_page_says_from_how_many_instances_on_a_private_network_is_cheaper_than_a_closed_port() -> None:
    more = (paid(PRIVATE) - paid(CLOSED)) * INTERFACE_ENDPOINT_HOUR * HOURS
    assert f"a private one costs less from {ceil(more / ADDRESS)} instances on" in PAGE


ENDPOINTS = {
    "dynamodb": {"dynamodb"},
    "ecr": {"ecr.api", "ecr.dkr"},
    "logs": {"logs"},
    "s3": {"s3"},
    "secretsmanager": {"secretsmanager"},
}
"""By IAM's names of services, those that an endpoint leads to."""

WITHOUT = {
    "kms": set(SPEAK_TO_REDIS)
    | {"TaskExecution", "ProofExecution"},  # Secrets Manager and S3 use keys for who asks them
    "sqs": {"ControlRedisFunction"},  # Lambda itself reports what failed
    "states": {"ScrapeShardFunction"},  # the table's stream starts what it has begun in the record
}
"""What needs no endpoint, though it is granted, and to whom."""


@pytest.mark.parametrize("name", sorted(SPEAK_TO_REDIS))
def test_functions_inside_of_a_public_network_are_granted_nothing_that_no_endpoint_of_it_leads_to(name: str) -> None:
    services = {action.partition(":")[0] for action in granted(f"{name}Role")}
    there = {service for service, endpoints in ENDPOINTS.items() if endpoints <= endpoints_of(CLOSED)}
    assert {service for service in services - there if name not in WITHOUT.get(service, ())} == set()


@pytest.mark.parametrize("name", sorted({*SPEAK_TO_REDIS, "TaskExecution", "ProofExecution"}))
def test_what_is_in_a_private_network_is_granted_nothing_that_no_endpoint_leads_to(name: str) -> None:
    services = {action.partition(":")[0] for action in granted(f"{name}Role")}
    assert {service for service in services - set(ENDPOINTS) if name not in WITHOUT.get(service, ())} == set()


def test_every_endpoint_is_one_that_something_in_a_private_network_is_granted_to_use() -> None:
    inside = {*SPEAK_TO_REDIS, "TaskExecution", "ProofExecution"}
    used = {action.partition(":")[0] for name in inside for action in granted(f"{name}Role")}
    wanted = set[str]().union(*(ENDPOINTS[service] for service in used & set(ENDPOINTS)))
    assert endpoints_of(PRIVATE) == wanted


def endpoints_of(resources: Resources) -> set[str]:
    made = of_type(resources, "AWS::EC2::VPCEndpoint").values()
    return {str(one["ServiceName"]["Fn::Sub"]).partition("}.")[2] for one in made}
