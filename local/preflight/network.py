"""The private network: whether a given one is as the template wants it, and has a way to AWS."""

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from local.preflight.asking import Clients, ask, ask_all, code
from local.preflight.image import ECR
from local.preflight.lines import Line, counted, fail, ok, warn
from local.preflight.network_mode import SUBJECT, network_mode
from local.preflight.plan import Plan

GATEWAYS = ("dynamodb", "s3")
INTERFACES = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")
"""The endpoints by which AWS is reached; the first two are routes, and free."""

FOR_FUNCTIONS = ("secretsmanager",)
"""Those of INTERFACES that do where functions are inside, and tasks have public addresses."""

_IMAGES = ("RedisImage", "ValkeyImage", "FetchImage")


def network(clients: Clients, plan: Plan) -> Iterator[Line]:
    """A line for each thing that is wrong with it, or one if nothing is."""
    lines = [*network_mode(clients, plan)]
    if plan.makes_private_tasks:
        lines += _images(plan)
        if not plan.makes_vpc:
            lines += _given(clients, plan)
    yield from lines or [ok(SUBJECT, _described(plan))]


def _described(plan: Plan) -> str:
    if not plan.makes_private_tasks:
        where = ", and functions come to it from inside" if plan.functions_are_inside else ""
        return f"public: each instance has a public address{where}"
    if not plan.is_private:
        return "from public to private: new tasks have no public address, and AWS is reached by endpoints"
    vpc = "a VPC of its own" if plan.makes_vpc else plan.parameter("VpcId")
    return f"private, in {vpc}: no instance has a public address, and AWS is reached by endpoints"


def _images(plan: Plan) -> Iterator[Line]:
    made = plan.parameter("VpcEndpoints") == "made"
    for name in _IMAGES:
        image = plan.parameter(name)
        if image and not ((found := ECR.fullmatch(image)) and found["region"] == plan.region):
            text = f"{name} is in no ECR repository of {plan.region}, and endpoints lead to no other"
            advice = "Copy it there: docs/network.md has the commands."
            yield fail(SUBJECT, text, advice) if made else warn(SUBJECT, text, f"Unless there is a NAT: {advice}")


def _given(clients: Clients, plan: Plan) -> Iterator[Line]:
    ec2, vpc = clients("ec2"), plan.parameter("VpcId")
    try:
        for attribute in ("enableDnsSupport", "enableDnsHostnames"):
            answer = ask(ec2, "describe_vpc_attribute", VpcId=vpc, Attribute=attribute)
            if not answer[attribute[0].upper() + attribute[1:]]["Value"]:
                yield fail(
                    SUBJECT,
                    f"{vpc} has {attribute} off: the endpoints' names and the file system's are not found in it",
                    "Turn it on:",
                    f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --{_dashed(attribute)} --region {plan.region}",
                )
    except ClientError as error:
        if code(error) != "InvalidVpcID.NotFound":
            raise
        yield fail(SUBJECT, f"there is no {vpc} in {plan.region}")
        return
    yield from _subnets(ec2, plan, vpc)
    yield from _endpoints(ec2, plan, vpc)


def _subnets(ec2: Any, plan: Plan, vpc: str) -> Iterator[Line]:
    wanted = _listed(plan, "SubnetIds")
    found = {each["SubnetId"]: each for each in _of(ec2, "describe_subnets", "Subnets", vpc)}
    if missing := [name for name in wanted if name not in found]:
        yield fail(SUBJECT, f"{vpc} has no {', '.join(missing)}")
        return
    zones = {found[name]["AvailabilityZone"] for name in wanted}
    if len(zones) < len(wanted):
        yield fail(
            SUBJECT,
            f"SubnetIds are of {counted(len(zones), 'zone')}, and the file system wants each in another",
            "Give three subnets of three zones.",
        )
    free = sum(found[name]["AvailableIpAddressCount"] for name in wanted)
    if free < plan.new_tasks:
        yield fail(SUBJECT, f"{free} addresses are free in SubnetIds, and tasks take {plan.new_tasks}")


def _endpoints(ec2: Any, plan: Plan, vpc: str) -> Iterator[Line]:
    there = {
        each["ServiceName"].partition(f"{plan.region}.")[2]
        for each in _of(ec2, "describe_vpc_endpoints", "VpcEndpoints", vpc)
    }
    if plan.parameter("VpcEndpoints") == "given":
        if missing := [name for name in (*GATEWAYS, *INTERFACES) if name not in there]:
            yield warn(
                SUBJECT,
                f"{vpc} has no endpoint for {', '.join(missing)}",
                "Without it, and without a NAT, no task starts. Or let the stack make them all: VpcEndpoints=made.",
            )
    elif not plan.is_update and (twice := [name for name in INTERFACES if name in there]):
        yield fail(
            SUBJECT,
            f"{vpc} has an endpoint for {', '.join(twice)} already, and no second one can have its name",
            "If it has all that are needed, give VpcEndpoints=given and leave RouteTableIds out.",
        )


def _of(ec2: Any, operation: str, member: str, vpc: str) -> Sequence[Any]:
    return ask_all(ec2, operation, member, Filters=[{"Name": "vpc-id", "Values": [vpc]}])


def _listed(plan: Plan, name: str) -> list[str]:
    return [each for each in plan.parameter(name).split(",") if each]


def _dashed(attribute: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in attribute)
