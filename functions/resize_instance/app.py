"""The steps of a resize that need the record, our own password and both Redis. Answers no secret."""

from typing import Any

from swiftcache.changes.step_input import abandoned_output, replacement_of, resize_plan_output
from swiftcache.changes.wiring import resizer
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import endpoint_of, endpoint_output, first_error_of


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    steps, replacement = resizer(injector), replacement_of(event)
    match event["step"]:
        case "PlanResize":
            return resize_plan_output(steps.plan(replacement))
        case "StartReplication":
            steps.start_replication(replacement, endpoint_of(event["standby"]), endpoint_of(event["source"]))
        case "CheckReplication":
            return {"close": steps.is_close(replacement)}
        case "SwitchOver":
            return {"serving": endpoint_output(steps.switch_over(replacement))}
        case "AbandonResize":
            return abandoned_output(steps.abandon(replacement, first_error_of(event)))
        case "FinishResize":
            steps.finish(replacement)
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    return {}
