"""The account's quotas against what the deployment takes, and the warm pool and the expected instances after it."""

from collections.abc import Iterator
from math import ceil

from local.preflight.asking import Clients, ask, ask_all
from local.preflight.lines import Line, counted, fail, ok, warn
from local.preflight.network import FOR_FUNCTIONS, INTERFACES
from local.preflight.plan import SMALLEST_VCPU, Plan
from local.preflight.quota import Needed, Quota, increase, value

_TRANSITIONS = 154
"""State transitions of a creation (docs/performance.md)."""

_STEADY_TRANSITIONS = 800
"""A second, as AWS gives most regions by default."""


def _vcpus(_: Clients, plan: Plan) -> Needed:
    return Needed(0, plan.pool_vcpu + plan.instances * SMALLEST_VCPU)


def _vpcs(clients: Clients, plan: Plan) -> Needed:
    used = len(ask_all(clients("ec2"), "describe_vpcs", "Vpcs"))
    return Needed(used, _new(plan, "AWS::EC2::VPC") if plan.makes_vpc else 0)


def _gateways(clients: Clients, plan: Plan) -> Needed:
    used = len(ask_all(clients("ec2"), "describe_internet_gateways", "InternetGateways"))
    return Needed(used, 0 if plan.is_private else _new(plan, "AWS::EC2::InternetGateway"))


def _interfaces(clients: Clients, plan: Plan) -> Needed:
    used = len(ask_all(clients("ec2"), "describe_network_interfaces", "NetworkInterfaces"))
    zones = _new(plan, "AWS::EFS::MountTarget")
    # An endpoint that is paid for has one in each zone, and the functions beside Redis share one there.
    endpoints = len(INTERFACES if plan.makes_private_tasks else FOR_FUNCTIONS)
    inside = zones * (endpoints + 1) if plan.functions_are_inside else 0
    return Needed(used, plan.new_tasks + zones + inside)


def _tables(clients: Clients, plan: Plan) -> Needed:
    return Needed(len(ask_all(clients("dynamodb"), "list_tables", "TableNames")), _new(plan, "AWS::DynamoDB::Table"))


def _file_systems(clients: Clients, plan: Plan) -> Needed:
    used = len(ask_all(clients("efs"), "describe_file_systems", "FileSystems"))
    return Needed(used, _new(plan, "AWS::EFS::FileSystem"))


def _groups(clients: Clients, plan: Plan) -> Needed:
    used = len(ask_all(clients("ec2"), "describe_security_groups", "SecurityGroups"))
    return Needed(used, _new(plan, "AWS::EC2::SecurityGroup"))


def _new(plan: Plan, kind: str) -> int:
    """How many resources of a type the deployment makes: an update has them already."""
    return 0 if plan.is_update else sum(resource["Type"] == kind for resource in plan.template.resources.values())


FARGATE = Quota("Fargate's vCPUs", "fargate", "vCPU", _vcpus, "L-3032A538")
QUOTAS = (
    FARGATE,
    Quota("VPCs", "vpc", "VPC", _vpcs, "L-F678F1CE"),
    Quota("internet gateways", "vpc", "gateway", _gateways, "L-A4707A72"),
    Quota("network interfaces", "vpc", "interface", _interfaces, "L-DF5E4CA3"),
    Quota("tables", "dynamodb", "table", _tables, "L-F98FE922"),
    Quota("file systems", "elasticfilesystem", "file system", _file_systems, "L-848C634D"),
)
GROUPS = Quota("security groups", "vpc", "group", _groups, "L-E79EC296")
TRANSITIONS = Quota(
    "Step Functions", "states", "transition", lambda *_: Needed(0, 0), words=("StateTransition", "refill")
)

ACCESS_POINTS = 10_000
"""Of a file system. AWS raises it for nobody, and Service Quotas does not list it."""


def quota(clients: Clients, plan: Plan, asked: Quota) -> Iterator[Line]:
    """Whether what is needed fits."""
    most, code = value(clients, asked)
    needed = asked.need(clients, plan)
    found = f"{counted(most, asked.noun)} at most; {needed.used:g} in use, {needed.more:g} more wanted"
    if asked is FARGATE:
        found = _of_fargate(plan, most)
    if needed.used + needed.more <= most:
        yield ok(asked.subject, found)
    else:
        yield fail(
            asked.subject,
            found,
            "Have the quota raised; it takes hours or days:",
            increase(asked.service, code, ceil(needed.used + needed.more), plan.region),
        )


def transitions(clients: Clients, plan: Plan) -> Iterator[Line]:
    """How many creations a second the machines may go through."""
    a_second, code = value(clients, TRANSITIONS)
    found = f"{counted(a_second, 'transition')} a second, of which a creation takes {_TRANSITIONS} in all"
    if a_second >= _STEADY_TRANSITIONS:
        yield ok(TRANSITIONS.subject, found)
    else:
        yield warn(
            TRANSITIONS.subject,
            found,
            "Have the quota raised:",
            increase("states", code, _STEADY_TRANSITIONS, plan.region),
        )


def security_groups(clients: Clients, plan: Plan) -> Iterator[Line]:
    """In a private network an instance may limit who reaches it, and then has a group of its own."""
    if not plan.is_private:
        yield from quota(clients, plan, GROUPS)
        return
    most, code = value(clients, GROUPS)
    needed = GROUPS.need(clients, plan)
    wanted = needed.used + needed.more + plan.instances
    if wanted <= most or needed.used + needed.more > most:
        yield from quota(clients, plan, GROUPS)
        return
    left = most - needed.used - needed.more
    yield warn(
        GROUPS.subject,
        f"{counted(most, 'group')} at most, which leaves {left:g} for {counted(plan.instances, 'instance')}",
        "No more than that can limit who reaches them (allowedCidrs). If they are to, have the quota raised:",
        increase(GROUPS.service, code, wanted, plan.region),
    )


def access_points(_: Clients, plan: Plan) -> Iterator[Line]:
    """A persistent instance has one of its own; one more is the functions'."""
    if plan.instances < ACCESS_POINTS:
        yield ok("access points", f"{ACCESS_POINTS:,} of a file system at most, one for each persistent instance")
    else:
        yield warn(
            "access points",
            f"{plan.instances:,} instances, and a file system has {ACCESS_POINTS:,} access points at most",
            "No more than that can be persistent. A second stack has a file system of its own.",
        )


def zones(clients: Clients, plan: Plan) -> Iterator[Line]:
    """The template spreads its subnets over the first zones of the region."""
    if not plan.makes_vpc:
        yield ok("zones", "those of SubnetIds")
        return
    subnets = sum(resource["Type"] == "AWS::EC2::Subnet" for resource in plan.template.resources.values())
    found = ask(clients("ec2"), "describe_availability_zones")["AvailabilityZones"]
    text = f"{plan.region} has {len(found)}, and the template has {counted(subnets, 'subnet')}"
    yield ok("zones", text) if len(found) >= subnets else fail("zones", text, "Choose another region.")


def _of_fargate(plan: Plan, most: float) -> str:
    left = int((most - plan.pool_vcpu) / SMALLEST_VCPU)
    pool = f"the warm pool takes {plan.pool_vcpu:g}, and " if plan.pool else ""
    wanted = f"; {counted(plan.instances, 'instance')} wanted" if plan.instances else ""
    return f"{counted(most, 'vCPU')} at most: {pool}{max(left, 0):,} of the smallest instances fit{wanted}"
