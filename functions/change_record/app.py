"""ChangeRecord: has an instance's name lead somewhere else, and a workflow's token sent back when it does.

QueueRecord asks for a change, AwaitRecord waits for one, ChangeRecord does both.
"""

from typing import Any

from swiftcache.callbacks.wiring import callback_service
from swiftcache.dns.service import record_wait
from swiftcache.dns.step_input import asked_change, asked_subject, change_output
from swiftcache.dns.wiring import record_service
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import target_of


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, str]:
    match event["step"]:
        case "QueueRecord" | "ChangeRecord":
            subject = record_service(injector).change(asked_change(event))
        case "AwaitRecord":
            subject = asked_subject(event)
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    if "taskToken" in event:
        wait = record_wait(event["taskToken"], interruptible=event["interruptible"])
        callback_service(injector).wait(target_of(event), subject, wait)
    return change_output(subject)
