"""The steps of a recovery that need the record and the ACL. Answers no secret."""

from typing import Any

from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import endpoint_of
from swiftcache.recovery.step_input import recovering_of, recovery_plan_output
from swiftcache.recovery.wiring import recovery_steps


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    steps, recovering = recovery_steps(injector), recovering_of(event)
    match event["step"]:
        case "PlanRecovery":
            return recovery_plan_output(steps.plan(recovering, event["lastError"]))
        case "MarkRecovered":
            steps.mark_recovered(recovering, endpoint_of(event))
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    return {}
