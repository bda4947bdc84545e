"""A task has stopped: begins a recovery if it is the one that served its instance. Most were told to stop."""

from typing import Any

from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.recovery.task_event import lost_task_of
from swiftcache.recovery.wiring import task_watch


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    if lost := lost_task_of(event["detail"]):
        task_watch(injector).task_stopped(lost)
