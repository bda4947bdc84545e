"""What security groups let in, as rules between addresses: moto keeps the groups, and heeds none."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

_EVERYTHING = "-1"
"""The protocol that stands for all of them."""


def members(groups: Iterable[SecurityGroup], interfaces: Iterable[NetworkInterface]) -> Mapping[str, list[str]]:
    """By each group's id, the addresses of the interfaces that have it."""
    found: dict[str, list[str]] = {group.id: [] for group in groups}
    for interface in interfaces:
        for group in interface.group_set:
            found[group.id].append(str(interface.private_ip_address))
    return found


def rules(groups: Collection[SecurityGroup]) -> Iterator[str]:
    """Each rule for IPv4 of each group, as nftables says it. There a group is a set, named by its id; one that is gone
    stands for nobody."""
    known = {group.id for group in groups}
    for group in groups:
        for rule in group.ingress_rules:
            if source := _source(rule, known):
                yield f"ip daddr @{group.id} ip saddr {source}{_ports(rule)}"


def _source(rule: SecurityGroupRule, known: Collection[str]) -> str | None:
    if found := rule.source_group.get("GroupId"):
        return f"@{found}" if found in known else None
    return rule.cidr_ipv4


def _ports(rule: SecurityGroupRule) -> str:
    return "" if rule.ip_protocol == _EVERYTHING else f" {rule.ip_protocol} dport {rule.from_port}-{rule.to_port}"
