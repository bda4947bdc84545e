"""What the resize machine gives to its functions, and takes from them."""

from typing import Any

from swiftcache.changes.ports import Replacement
from swiftcache.changes.resize import Abandoned, ResizePlan
from swiftcache.instances.capacity import capacity_after
from swiftcache.instances.change import Decision
from swiftcache.provisioning.step_input import endpoint_output, group_of
from swiftcache.redis.options import redis_options
from swiftcache.redis.shared_definition import shared_definition_output


def replacement_of(event: dict[str, Any]) -> Replacement:
    return Replacement(
        event["organizationId"], event["instanceId"], event["changeId"], event["requestId"], event["attempt"]
    )


def resize_plan_output(plan: ResizePlan) -> dict[str, Any]:
    """Numbers that ECS wants as text are text."""
    settings = capacity_after(plan.instance, plan.change).settings
    return {
        "engine": (plan.change.engine or plan.instance.engine).value,
        "maxMemory": str(plan.change.max_memory),
        "evictionPolicy": plan.change.eviction_policy.value,
        "taskCpu": str(plan.size.cpu),
        "taskMemory": str(plan.size.memory),
        "redisLimits": redis_options(plan.size, plan.instance.persistence, settings),
        "securityGroup": group_of(plan.instance),
        "folder": plan.folder,
        "secretArn": plan.secret_arn,
        "hostname": plan.instance.hostname,
        "serving": endpoint_output(plan.serving),
        "committed": plan.change.decision is Decision.COMMITTED,
        "sharedDefinition": plan.instance.shared_definition,
        **shared_definition_output(plan.shared),
    }


def abandoned_output(abandoned: Abandoned) -> dict[str, Any]:
    return {
        "hostname": abandoned.hostname,
        "serving": endpoint_output(abandoned.serving),
        "committed": abandoned.decision is Decision.COMMITTED,
        "sharedDefinition": abandoned.shared_definition,
    }
