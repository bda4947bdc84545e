"""VerifyRedis: connects to a new instance as its first client will. Reads secret values; answers nothing."""

from typing import Any

from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.steps import verify
from swiftcache.redis.wiring import credentials, probe


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    verify(credentials(injector), probe(injector), event["instanceId"], event["hostname"], event["port"])
