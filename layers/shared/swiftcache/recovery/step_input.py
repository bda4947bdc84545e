"""What the recovery machine gives to its functions, and what its ended executions say."""

import json
from typing import Any

from swiftcache.instances.model import REDIS_PORT
from swiftcache.provisioning.step_input import first_error_of, group_of, own_error, restore_output
from swiftcache.recovery.beginning import Beginning
from swiftcache.recovery.ports import Recovering
from swiftcache.recovery.service import EndedRecovery, RecoveryPlan
from swiftcache.redis.options import redis_options
from swiftcache.redis.shared_definition import shared_definition_output


def recovering_of(event: dict[str, Any]) -> Recovering:
    return Recovering(event["organizationId"], event["instanceId"], event["recoveryId"], event["attempt"])


def recovery_plan_output(plan: RecoveryPlan) -> dict[str, Any]:
    """Numbers that ECS wants as text are text."""
    return {
        "hostname": plan.hostname,
        "port": REDIS_PORT,
        "engine": plan.instance.engine.value,
        "maxMemory": str(plan.capacity.max_memory),
        "evictionPolicy": plan.capacity.eviction_policy.value,
        "taskCpu": str(plan.size.cpu),
        "taskMemory": str(plan.size.memory),
        "redisLimits": redis_options(plan.size, plan.instance.persistence, plan.capacity.settings),
        "securityGroup": group_of(plan.instance),
        "waitSeconds": plan.wait,
        "hopeless": plan.hopeless,
        "resizing": plan.resizing,
        "fromBackup": plan.from_backup,
        **shared_definition_output(plan.shared),
    }


def beginning_output(beginning: Beginning) -> dict[str, Any]:
    """No link: that is in the secret."""
    return {
        "secretArn": beginning.secret_arn,
        "failedLoads": beginning.failed_loads,
        **restore_output(beginning.restore),
    }


def ended_recovery_of(detail: dict[str, Any]) -> EndedRecovery | None:
    """From the same event; None if another machine's execution ended."""
    given = json.loads(detail["input"])
    if "recoveryId" not in given:
        return None
    own = own_error(detail)
    return EndedRecovery(recovering_of(given), first_error_of(given) if "failure" in given else own, own.error)
