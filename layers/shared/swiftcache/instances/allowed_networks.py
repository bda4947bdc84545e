"""The networks that may reach one instance, where its owner has said so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from swiftcache.platform.errors import AllowedCidrsNotPossible, InvalidRequest

MOST = 20
"""A security group takes 60 rules, and one is needed for each."""


@dataclass(frozen=True, slots=True)
class AllowedNetworks:
    """`cidrs` in the order in which they were given, each once. `revision` is raised by each change of them."""

    cidrs: tuple[str, ...]
    revision: int = 1


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """The security group of one instance's tasks, by its id, and the revision of the networks that it lets in."""

    id: str
    revision: int


def networks_of(cidrs: Sequence[str]) -> tuple[str, ...]:
    """As they are kept. Raises InvalidRequest for the first that is not an IPv4 network."""
    return tuple(dict.fromkeys(_network(cidr, f"/allowedCidrs/{number}") for number, cidr in enumerate(cidrs)))


def obstacles_to_networks(cidrs: Sequence[str], *, is_private: bool) -> Iterator[AllowedCidrsNotPossible]:
    """Why no instance can be made that these alone reach. `is_private`: whether it would be in a private network."""
    if cidrs and not is_private:
        yield AllowedCidrsNotPossible(
            "every task of this stack has the security group that lets in AllowedCidr, and groups only add: with "
            "allowedCidrs nobody would be kept out. Leave allowedCidrs out, or use a stack with a private network"
        )


def _network(cidr: str, pointer: str) -> str:
    if "/" not in cidr:
        raise InvalidRequest(f"{cidr!r} says no size: a single address is {cidr}/32", pointer)
    try:
        return str(IPv4Network(cidr))
    except ValueError as error:
        raise InvalidRequest(f"{cidr!r} is no IPv4 network, such as 10.1.0.0/16: {error}", pointer) from None
