"""Which network the stack's instances are in (docs/network.md)."""

from swiftcache.platform.injector import Injector, provider


@provider
def is_private(injector: Injector) -> bool:
    """Whether tasks have no public address, and what speaks to Redis has no way to AWS but the network's endpoints."""
    return injector.environment["NETWORK_MODE"] == "private"
