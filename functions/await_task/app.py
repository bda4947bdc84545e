"""AwaitTask: has a workflow's token sent back when a task of its instance has come to where it is waited for.

As the step InterruptWaits of a deletion it wakes whoever waits for something of the instance.
"""

from typing import Any

from swiftcache.callbacks.step_input import awaited_task
from swiftcache.callbacks.wiring import callback_service
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import target_of


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    match event["step"]:
        case "AwaitTask":
            callback_service(injector).wait(target_of(event), *awaited_task(event))
        case "InterruptWaits":
            callback_service(injector).interrupt(event["instanceId"])
        case unknown:
            raise ValueError(f"there is no step {unknown}")
