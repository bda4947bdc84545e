"""ECS's `Task State Change` event, as what it means when a task has stopped: whose task is lost, and why."""

from typing import Any

from swiftcache.instances.recovery_state import Cause
from swiftcache.instances.task_owner import owner_of_task
from swiftcache.recovery.ports import LostTask

_BY_ITSELF = "EssentialContainerExited"
_OUT_OF_MEMORY = "OutOfMemory"


def lost_task_of(detail: dict[str, Any]) -> LostTask | None:
    """From the event's detail. None if the task has not stopped, or is no instance's."""
    if detail["lastStatus"] != "STOPPED":
        return None
    owner = owner_of_task(detail)
    return LostTask(owner, detail["taskArn"], _cause(detail)) if owner else None


def _cause(detail: dict[str, Any]) -> Cause:
    """Redis's own end, or what was done to it: the host was lost, AWS or a person stopped it, it did not start."""
    if any(_OUT_OF_MEMORY in container.get("reason", "") for container in detail.get("containers", [])):
        return Cause.OUT_OF_MEMORY
    return Cause.REDIS_STOPPED if detail.get("stopCode") == _BY_ITSELF else Cause.TASK_LOST
