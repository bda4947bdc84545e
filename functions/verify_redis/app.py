"""VerifyRedis: connects to a new instance as its first client will. Reads secret values; answers nothing."""

from typing import Any

from swiftcache import wiring
from swiftcache.provisioning.steps import verify


def handler(event: dict[str, Any], _: object) -> None:
    verify(wiring.credentials(), wiring.probe(), event["instanceId"], event["hostname"], event["port"])
