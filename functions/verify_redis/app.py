"""VerifyRedis: connects to a new instance as its first client will. Reads secret values; answers nothing."""

from typing import Any

from swiftcache.instances.model import Endpoint
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.steps import verify
from swiftcache.redis.wiring import credentials, probe


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    # An execution of before knows the name alone, and finds the address by it.
    address = event.get("address", event["hostname"])
    endpoint = Endpoint(address, event["port"], private_address=event.get("privateAddress", ""))
    verify(credentials(injector), probe(injector), event["instanceId"], event["hostname"], endpoint)
