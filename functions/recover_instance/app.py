"""The steps of a recovery that need the record, the ACL and the link to a backup. Answers no secret."""

from typing import Any

from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import endpoint_of
from swiftcache.recovery.step_input import beginning_output, recovering_of, recovery_plan_output
from swiftcache.recovery.wiring import backup_choice, recovery_steps


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    recovering = recovering_of(event)
    match event["step"]:
        case "PlanRecovery":
            return recovery_plan_output(recovery_steps(injector).plan(recovering, event["lastError"]))
        case "ChooseBackup":
            return beginning_output(backup_choice(injector).choose(recovering))
        case "MarkRecovered":
            recovery_steps(injector).mark_recovered(recovering, endpoint_of(event))
        case unknown:
            raise ValueError(f"there is no step {unknown}")
    return {}
