"""By which of its addresses we come to a task."""

from collections.abc import Callable
from dataclasses import replace

from swiftcache.instances.model import Endpoint

Reach = Callable[[Endpoint], Endpoint]
"""The task as we see it: `address` is the one by which it is reached from here."""


def from_outside(endpoint: Endpoint) -> Endpoint:
    """As its clients come to it."""
    return endpoint


def from_inside(endpoint: Endpoint) -> Endpoint:
    """From its network, where nobody reaches a public address. A record of before has one address: that is tried."""
    return replace(endpoint, address=endpoint.private_address or endpoint.address)
