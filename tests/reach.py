"""Who may open a connection to what, from the security groups, addresses and routes of a deployment."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resources = Mapping[str, dict[str, Any]]

EVERYWHERE = "0.0.0.0/0"
NOWHERE = "127.0.0.1/32"
"""What stands for no rule at all: a group without one lets everything out."""

GROUPS = {
    "RedisSecurityGroup": "Redis",
    "ClientsSecurityGroup": "Redis",
    "ProofSecurityGroup": "a proof of a backup",
    "FunctionsSecurityGroup": "functions that speak to Redis",
    "EraseVolumeSecurityGroup": "`EraseVolume`",
    "VolumesSecurityGroup": "the file system",
    "EndpointsSecurityGroup": "AWS's endpoints",
}
"""Every security group, and what is in it."""

INTERNET = "the internet"
TASKS = ("Redis", "a proof of a backup")


@dataclass(frozen=True, order=True, slots=True)
class Reach:
    """`who` may open a connection to `what`, at this port."""

    who: str
    what: str
    port: int


@dataclass(frozen=True, slots=True)
class _Rule:
    """Of the group `of`: the other side is a group, or what an expression says."""

    of: str
    other: str
    ports: range


def reach(resources: Resources) -> set[Reach]:
    """All of it. Raises KeyError for a security group that nobody has named here."""
    ingress, egress = list(_rules(resources, "Ingress")), list(_rules(resources, "Egress"))
    found = set()
    for rule in ingress:
        if rule.other in GROUPS:
            ways = [out for out in egress if out.of == rule.other and out.other in (rule.of, EVERYWHERE)]
            allowed = {port for out in ways for port in out.ports}
            found |= {Reach(GROUPS[rule.other], GROUPS[rule.of], port) for port in rule.ports if port in allowed}
        elif rule.other != "`AllowedCidr`" or _has_a_way_out(resources):
            found |= {Reach(rule.other, GROUPS[rule.of], port) for port in rule.ports}
    for out in egress:
        if out.other == EVERYWHERE and _is_on_the_internet(GROUPS[out.of], resources):
            found |= {Reach(GROUPS[out.of], INTERNET, port) for port in out.ports}
        if out.other == EVERYWHERE:
            found |= {Reach(GROUPS[out.of], gateway, port) for gateway in _gateways(resources) for port in out.ports}
    return found


def _rules(resources: Resources, way: str) -> Iterator[_Rule]:
    for name, found in resources.items():
        properties = found.get("Properties", {})
        if found["Type"] == "AWS::EC2::SecurityGroup":
            for rule in properties.get(f"SecurityGroup{way}", []):
                yield from _rule(name, rule)
        elif found["Type"] == f"AWS::EC2::SecurityGroup{way}":
            yield from _rule(properties["GroupId"]["Fn::GetAtt"][0], properties)


def _rule(of: str, rule: Mapping[str, Any]) -> Iterator[_Rule]:
    other = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId") or rule["CidrIp"]
    if other == NOWHERE:
        return
    yield _Rule(of, _named(other), range(rule["FromPort"], rule["ToPort"] + 1))


def _named(other: Any) -> str:
    """A group by its name, a parameter as the page writes it, a network as it is."""
    match other:
        case {"Fn::GetAtt": [group, "GroupId"]}:
            return str(group)
        case str():
            return other
    [parameter] = set(re.findall(r'"Ref": "(\w+)"', json.dumps(other)))
    return f"`{parameter}`"


def _has_a_way_out(resources: Resources) -> bool:
    """Whether the subnets have one to the internet, for whoever has a public address."""
    return any(found["Type"] == "AWS::EC2::Route" for found in resources.values())


def _is_on_the_internet(who: str, resources: Resources) -> bool:
    """Where new tasks get no public address, but there is a way out, it is for those that run since before."""
    if who not in TASKS or not _has_a_way_out(resources):
        return False
    return who == "Redis" or addresses(resources) == {"ENABLED"}


def addresses(resources: Resources) -> set[str]:
    """What the machines that start tasks say of a public address."""
    given = [found["Properties"].get("DefinitionSubstitutions", {}) for found in resources.values() if _starts(found)]
    return {one["AssignPublicIp"] for one in given}


def _starts(resource: Mapping[str, Any]) -> bool:
    return "TaskSecurityGroupIds" in resource.get("Properties", {}).get("DefinitionSubstitutions", {})


def _gateways(resources: Resources) -> list[str]:
    names = {"dynamodb": "DynamoDB", "s3": "S3"}
    endpoints = [found["Properties"] for found in resources.values() if found["Type"] == "AWS::EC2::VPCEndpoint"]
    gateways = [one for one in endpoints if one["VpcEndpointType"] == "Gateway"]
    return [names[one["ServiceName"]["Fn::Sub"].rpartition(".")[2]] for one in gateways]


def members(resources: Resources) -> dict[str, set[str]]:
    """The functions that are in each group."""
    found: dict[str, set[str]] = {}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Function":
            for group in resource["Properties"].get("VpcConfig", {}).get("SecurityGroupIds", []):
                found.setdefault(_named(group), set()).add(name)
    return found
