"""An execution failed, timed out or was stopped: starts the next attempt where work is left, or else the reconciler."""

from typing import Any

from swiftcache.fleet.emptying import repair_emptying
from swiftcache.fleet.repair import repair
from swiftcache.fleet.step_input import ended_emptying_of, ended_execution_of
from swiftcache.fleet.wiring import emptying, reconcile_trigger
from swiftcache.instances.stores import instances
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.wiring import workflows
from swiftcache.recovery.service import repair_recovery
from swiftcache.recovery.step_input import ended_recovery_of
from swiftcache.recovery.wiring import recovery_workflow


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    if ended := ended_emptying_of(event["detail"]):
        target, attempt = ended
        repair_emptying(accounts(injector), emptying(injector), target, attempt)
        return
    if recovery := ended_recovery_of(event["detail"]):
        repair_recovery(recovery, instances(injector), recovery_workflow(injector), workflows(injector))
        return
    execution = ended_execution_of(event["detail"])
    if not repair(execution, instances(injector), workflows(injector)):
        reconcile_trigger(injector).start(execution.target.organization_id, execution.target.instance_id)
