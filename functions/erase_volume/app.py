"""EraseVolume: removes an instance's data from the file system of all volumes. Calls no AWS, and sees no secret."""

from typing import Any

from swiftcache import wiring
from swiftcache.provisioning.volumes import erase


def handler(event: dict[str, Any], _: object) -> None:
    erase(wiring.volumes(), event["instanceId"], event.get("keep"))
