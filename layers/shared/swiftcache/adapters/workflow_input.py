"""What the state machines give to the functions, and take from them."""

import json
from typing import Any

from swiftcache.domain.changes import Replacement
from swiftcache.domain.instance import REDIS_PORT, Decision, Endpoint
from swiftcache.domain.ports import FirstError, Target
from swiftcache.use_cases.repair import EndedExecution
from swiftcache.use_cases.resize import ResizePlan
from swiftcache.use_cases.workflow import Plan


def target_of(event: dict[str, Any]) -> Target:
    return Target(event["organizationId"], event["instanceId"], event["requestId"])


def first_error_of(event: dict[str, Any]) -> FirstError:
    return FirstError(event["failure"]["error"], event["failure"]["step"])


def endpoint_of(event: dict[str, Any]) -> Endpoint:
    return Endpoint(event["address"], event["port"])


def plan_output(plan: Plan) -> dict[str, Any]:
    """Numbers that ECS wants as text are text."""
    return {
        "hostname": plan.hostname,
        "port": REDIS_PORT,
        "maxMemory": str(plan.instance.max_memory),
        "evictionPolicy": plan.instance.eviction_policy.value,
        "taskCpu": str(plan.size.cpu),
        "taskMemory": str(plan.size.memory),
    }


def replacement_of(event: dict[str, Any]) -> Replacement:
    return Replacement(
        event["organizationId"], event["instanceId"], event["changeId"], event["requestId"], event["attempt"]
    )


def resize_plan_output(plan: ResizePlan) -> dict[str, Any]:
    """Numbers that ECS wants as text are text."""
    return {
        "maxMemory": str(plan.change.max_memory),
        "evictionPolicy": plan.change.eviction_policy.value,
        "taskCpu": str(plan.size.cpu),
        "taskMemory": str(plan.size.memory),
        "secretArn": plan.secret_arn,
        "serving": endpoint_output(plan.serving),
        "committed": plan.change.decision is Decision.COMMITTED,
    }


def endpoint_output(endpoint: Endpoint) -> dict[str, Any]:
    return {"address": endpoint.address, "port": endpoint.port}


def ended_execution_of(detail: dict[str, Any]) -> EndedExecution:
    """From the detail of EventBridge's `Step Functions Execution Status Change`."""
    given = json.loads(detail["input"])
    mode, attempt = given.get("mode"), given.get("attempt")
    return EndedExecution(
        target=target_of(given),
        first_error=first_error_of(given) if "failure" in given else _own_error(detail),
        deletion=attempt if mode == "DELETE" else None,
        rollback=attempt if mode == "ROLLBACK" else None,
        resize=replacement_of(given) if "changeId" in given else None,
    )


def _own_error(detail: dict[str, Any]) -> FirstError:
    """A machine that fails says `<step>: <cause>`; one that timed out or was stopped cannot say anything."""
    if not detail.get("error"):
        return FirstError(detail["status"], "execution")
    return FirstError(detail["error"], (detail.get("cause") or "").partition(":")[0])
