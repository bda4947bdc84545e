"""Which network the stack's instances are in, by the template's NetworkMode and Port6380 (docs/network.md)."""

from swiftcache.platform.injector import Injector, provider


@provider
def is_private(injector: Injector) -> bool:
    """Whether no task has a public address, and nobody is let in but functions and those who are listed."""
    return injector.environment["NETWORK_MODE"] == "private"


@provider
def makes_private_tasks(injector: Injector) -> bool:
    """Whether new tasks get no public address: in a private network, and on the way there from a public one."""
    return injector.environment["NETWORK_MODE"] in ("private", "public-to-private")


@provider
def functions_are_inside(injector: Injector) -> bool:
    """Whether what speaks to Redis is in its network, and has no way to AWS but by that network's endpoints."""
    return injector.environment["NETWORK_MODE"] != "public"
