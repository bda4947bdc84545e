"""A task has stopped: begins a recovery if it is the one that served its instance. Most were told to stop."""

from typing import Any

from swiftcache import wiring
from swiftcache.recovery.task_event import lost_task_of


def handler(event: dict[str, Any], _: object) -> None:
    if lost := lost_task_of(event["detail"]):
        wiring.task_watch().task_stopped(lost)
