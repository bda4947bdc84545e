"""What the state machines give to the functions, and take from them."""

from collections.abc import Mapping
from typing import Any

from swiftcache.instances.model import REDIS_PORT, Endpoint, Instance
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.restore import Restore
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.provisioning.steps import Plan
from swiftcache.redis.options import redis_options
from swiftcache.redis.shared_definition import shared_definition_output


def target_of(event: dict[str, Any]) -> Target:
    return Target(event["organizationId"], event["instanceId"], event["requestId"], event.get("generation", 0))


def first_error_of(event: dict[str, Any]) -> FirstError:
    return FirstError(event["failure"]["error"], event["failure"]["step"])


def endpoint_of(event: dict[str, Any]) -> Endpoint:
    return Endpoint(
        event["address"],
        event["port"],
        event.get("task", ""),
        event.get("folder", ""),
        event.get("privateAddress", ""),
    )


def removed_of(event: dict[str, Any]) -> RemovedResources:
    """An earlier attempt that failed may have removed things, which this one did not find."""
    found = event["removed"]
    return RemovedResources(
        tasks=found["tasks"],
        task_definitions=found["taskDefinitions"],
        dns_records=found["dnsRecords"],
        secrets=found["secrets"],
        volumes=found["volumes"],
        complete=event["attempt"] == 0,
    )


def plan_output(plan: Plan) -> dict[str, Any]:
    """Numbers that ECS wants as text are text."""
    return {
        "hostname": plan.hostname,
        "port": REDIS_PORT,
        "engine": plan.instance.engine.value,
        "maxMemory": str(plan.instance.max_memory),
        "evictionPolicy": plan.instance.eviction_policy.value,
        "taskCpu": str(plan.size.cpu),
        "taskMemory": str(plan.size.memory),
        "redisLimits": redis_options(plan.size, plan.instance.persistence, plan.instance.settings),
        "folder": plan.folder,
        "secretArn": plan.secret_arn,
        "limited": plan.instance.allowed_networks is not None,
        **restore_output(plan.instance.restore),
        **shared_definition_output(plan.shared),
    }


def group_of(instance: Instance) -> str:
    """The security group that its next task gets in place of the stack's clients'; empty if it gets those.

    It has one from its creation on, if any. Raises DependencyUnavailable rather than let others in.
    """
    if instance.allowed_networks is None:
        return ""
    if instance.own_group is None:
        raise DependencyUnavailable(f"{instance.id} has no security group of its own yet")
    return instance.own_group.id


def restore_output(restore: Restore | None) -> dict[str, Any]:
    """Nothing for what begins with nothing."""
    if restore is None:
        return {}
    return {
        "restore": {
            "sizeBytes": str(restore.size_bytes),
            "sha256": restore.sha256,
            "seconds": restore.seconds,
        }
    }


def endpoint_output(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "address": endpoint.address,
        "privateAddress": endpoint.private_address,
        "port": endpoint.port,
        "task": endpoint.task,
        "folder": endpoint.folder,
    }


def own_error(detail: Mapping[str, Any]) -> FirstError:
    """How it ended. A machine that fails says `<step>: <cause>`; one that timed out or was stopped says nothing."""
    if not detail.get("error"):
        return FirstError(detail["status"], "execution")
    return FirstError(detail["error"], (detail.get("cause") or "").partition(":")[0])
