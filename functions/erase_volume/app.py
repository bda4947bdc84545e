"""EraseVolume: removes an instance's data from the file system of all volumes. Calls no AWS, and sees no secret."""

from typing import Any

from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.volumes import erase
from swiftcache.provisioning.wiring import volumes


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    erase(volumes(injector), event["instanceId"], event.get("keep"))
