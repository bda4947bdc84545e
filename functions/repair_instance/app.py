"""An execution failed, timed out or was stopped: starts the next attempt where work is left, or else the reconciler."""

from typing import Any

from swiftcache import wiring
from swiftcache.fleet.emptying import repair_emptying
from swiftcache.fleet.repair import repair
from swiftcache.fleet.step_input import ended_emptying_of, ended_execution_of
from swiftcache.recovery.service import repair_recovery
from swiftcache.recovery.step_input import ended_recovery_of


def handler(event: dict[str, Any], _: object) -> None:
    if ended := ended_emptying_of(event["detail"]):
        target, attempt = ended
        repair_emptying(wiring.accounts(), wiring.emptying(), target, attempt)
        return
    if recovery := ended_recovery_of(event["detail"]):
        repair_recovery(recovery, wiring.instances(), wiring.recovery_workflow(), wiring.workflows())
        return
    execution = ended_execution_of(event["detail"])
    if not repair(execution, wiring.instances(), wiring.workflows()):
        wiring.reconciling().start(execution.target.organization_id, execution.target.instance_id)
