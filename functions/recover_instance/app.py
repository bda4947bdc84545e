"""The steps of a recovery that need the record and the ACL. Answers no secret."""

from typing import Any

from swiftcache import wiring
from swiftcache.provisioning.step_input import endpoint_of
from swiftcache.recovery.step_input import recovering_of, recovery_plan_output


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    recoverer, recovering = wiring.recoverer(), recovering_of(event)
    match event["step"]:
        case "PlanRecovery":
            return recovery_plan_output(recoverer.plan(recovering, event["lastError"]))
        case "MarkRecovered":
            recoverer.mark_recovered(recovering, endpoint_of(event))
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    return {}
