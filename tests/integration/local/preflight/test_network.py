"""The network, as preflight finds it: what a private one of one's own, or a given one, would fail of."""

from typing import Any

import pytest

from local.preflight.network import FOR_FUNCTIONS, GATEWAYS, INTERFACES, network
from local.preflight.parameters import parameters
from local.preflight.plan import Standing
from tests.deployed import deployed
from tests.integration.local.preflight.world import ACCOUNT, DIGEST, REGION, World

ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IMAGES = {"RedisImage": f"{ECR}/redis@{DIGEST}", "FetchImage": f"{ECR}/fetch@{DIGEST}"}
PRIVATE = {"NetworkMode": "private", "ClientCidrs": "10.20.0.0/16", **IMAGES}


def a_vpc(world: World, zones: str = "abc", names: bool = True) -> dict[str, str]:
    """A VPC with a subnet in each of these zones; the parameters that say so."""
    ec2 = world.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": names})
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for number, zone in enumerate(zones)
    ]
    ids = ",".join(subnet["Subnet"]["SubnetId"] for subnet in subnets)
    return {**PRIVATE, "VpcId": vpc, "SubnetIds": ids, "RouteTableIds": "rtb-0123"}


def endpoint(world: World, vpc: str, name: str) -> None:
    kind = "Gateway" if name in GATEWAYS else "Interface"
    service = f"com.amazonaws.{REGION}.{name}"
    more: dict[str, Any] = {} if kind == "Gateway" else {"SubnetIds": []}
    world.aws("ec2").create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType=kind, **more)


def test_a_public_network_is_in_order(world: World) -> None:
    assert world.check("network") == "OK    network  public: each instance has a public address"
    world.given(Port6380="closed")
    assert world.check("network").endswith("a public address, and functions come to it from inside")


def test_a_private_network_of_its_own_is_in_order(world: World) -> None:
    world.given(**PRIVATE)
    assert world.look(network).startswith(
        "OK    network  private, in a VPC of its own: no instance has a public address"
    )


def test_a_given_network_is_in_order(world: World) -> None:
    given = a_vpc(world)
    world.given(**given)
    assert world.look(network).startswith(f"OK    network  private, in {given['VpcId']}: no instance has")


@pytest.mark.parametrize("name", list(IMAGES))
def test_an_image_that_no_endpoint_leads_to_fails(world: World, name: str) -> None:
    world.given(**{**PRIVATE, name: f"redis@{DIGEST}"})
    assert world.look(network).splitlines()[0] == (
        f"FAIL  network  {name} is in no ECR repository of {REGION}, and endpoints lead to no other"
    )


def test_an_image_of_another_registry_is_a_warning_where_there_may_be_a_nat(world: World) -> None:
    given = a_vpc(world)
    for name in (*GATEWAYS, *INTERFACES):
        endpoint(world, given["VpcId"], name)
    world.given(**{**given, "RedisImage": f"redis@{DIGEST}", "VpcEndpoints": "given", "RouteTableIds": ""})
    assert world.look(network).startswith("WARN  network  RedisImage is in no ECR repository")


def test_a_vpc_that_is_not_there_fails(world: World) -> None:
    world.given(**PRIVATE, VpcId="vpc-0123")
    assert world.look(network) == f"FAIL  network  there is no vpc-0123 in {REGION}"


def test_a_vpc_without_dns_hostnames_fails_with_the_command_that_turns_them_on(world: World) -> None:
    given = a_vpc(world, names=False)
    world.given(**given)
    found = world.look(network)
    assert found.startswith(f"FAIL  network  {given['VpcId']} has enableDnsHostnames off")
    assert f"aws ec2 modify-vpc-attribute --vpc-id {given['VpcId']} --enable-dns-hostnames" in found


def test_subnets_of_one_zone_fail(world: World) -> None:
    world.given(**a_vpc(world, zones="aab"))
    assert world.look(network).splitlines()[0].startswith("FAIL  network  SubnetIds are of 2 zones")


def test_a_subnet_of_another_vpc_fails(world: World) -> None:
    given, other = a_vpc(world), a_vpc(world)
    [foreign, *_] = other["SubnetIds"].split(",")
    [_, *own] = given["SubnetIds"].split(",")
    world.given(**{**given, "SubnetIds": ",".join([foreign, *own])})
    assert world.look(network) == f"FAIL  network  {given['VpcId']} has no {foreign}"


def test_subnets_with_too_few_addresses_fail(world: World) -> None:
    world.given(**a_vpc(world))
    world.planned(instances=1000)
    assert world.look(network) == "FAIL  network  753 addresses are free in SubnetIds, and tasks take 1000"


def test_endpoints_that_are_there_already_fail_where_the_stack_would_make_them(world: World) -> None:
    given = a_vpc(world)
    endpoint(world, given["VpcId"], "logs")
    world.given(**given)
    assert world.look(network).startswith(f"FAIL  network  {given['VpcId']} has an endpoint for logs already")


def test_endpoints_that_are_missing_are_a_warning_where_they_are_said_to_be_given(world: World) -> None:
    given = a_vpc(world)
    for name in ("s3", "dynamodb", "secretsmanager", "logs"):
        endpoint(world, given["VpcId"], name)
    world.given(**{**given, "VpcEndpoints": "given", "RouteTableIds": ""})
    assert world.look(network).startswith(f"WARN  network  {given['VpcId']} has no endpoint for ecr.api, ecr.dkr")


def test_the_same_mode_is_in_order_for_a_stack_that_stands(world: World) -> None:
    world.given(**PRIVATE)
    world.planned(standing=Standing("UPDATE_COMPLETE", PRIVATE, frozenset({"table"})))
    assert world.look(network).startswith("OK    network")


def test_parameters_that_do_not_go_together_fail_in_the_templates_words(world: World) -> None:
    world.given(NetworkMode="private")
    assert "with NetworkMode=private nobody reaches an instance unless" in world.look(parameters)


def test_a_network_of_clients_that_is_none_fails(world: World) -> None:
    world.given(**{**PRIVATE, "ClientCidrs": "10.20.0.0/16,10.0.0.1/8"})
    assert "10.0.0.1/8 is no range of addresses" in world.look(parameters)


def test_a_mode_that_there_is_not_fails(world: World) -> None:
    world.given(NetworkMode="secret")
    assert "Wanted is one of public, public-to-private, private." in world.look(parameters)


def test_a_given_network_needs_no_room_for_another(world: World) -> None:
    world.given(**a_vpc(world))
    assert world.check("VPCs").endswith("0 more wanted")
    assert world.check("internet gateways").endswith("0 more wanted")
    assert world.check("zones") == "OK    zones  those of SubnetIds"


def test_functions_inside_take_interfaces_for_themselves_and_for_endpoints(world: World) -> None:
    world.stubbed("service-quotas").add_response("get_service_quota", {"Quota": {"Value": 5000}})
    assert world.check("network interfaces").endswith("3 more wanted")
    world.stubbed("service-quotas").add_response("get_service_quota", {"Quota": {"Value": 5000}})
    world.given(Port6380="closed")
    assert world.check("network interfaces").endswith("9 more wanted")
    world.stubbed("service-quotas").add_response("get_service_quota", {"Quota": {"Value": 5000}})
    world.given(**PRIVATE)
    assert world.check("network interfaces").endswith("18 more wanted")


def test_the_endpoints_that_are_looked_for_are_those_that_the_template_makes() -> None:
    private = {name: value for name, value in PRIVATE.items() if name not in IMAGES}
    for given, paid in ((private, INTERFACES), ({"Port6380": "closed"}, FOR_FUNCTIONS)):
        resources = deployed(**given).values()
        made = [found["Properties"] for found in resources if found["Type"] == "AWS::EC2::VPCEndpoint"]
        named = {(one["VpcEndpointType"], one["ServiceName"]["Fn::Sub"].partition("}.")[2]) for one in made}
        assert named == {*(("Gateway", name) for name in GATEWAYS), *(("Interface", name) for name in paid)}
