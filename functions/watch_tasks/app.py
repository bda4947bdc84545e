"""WatchTasks: hears of every change of a task, and wakes who waits for it.

One that has stopped begins a recovery if it served its instance. Most were told to stop.
"""

from typing import Any

from swiftcache.callbacks.step_input import observed_task
from swiftcache.callbacks.wiring import callback_service
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.recovery.task_event import lost_task_of
from swiftcache.recovery.wiring import task_watch


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    if observed := observed_task(event["detail"]):
        callback_service(injector).observe(*observed)
    if lost := lost_task_of(event["detail"]):
        task_watch(injector).task_stopped(lost)
