"""What the machine that empties an organization gives to its functions, and what ended executions say."""

import json
from collections.abc import Mapping
from typing import Any

from swiftcache.changes.step_input import replacement_of
from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.fleet.repair import EndedExecution
from swiftcache.instances.ports import FirstError
from swiftcache.provisioning.step_input import first_error_of, own_error, target_of


def emptying_target_of(event: dict[str, Any]) -> EmptyingTarget:
    return EmptyingTarget(event["organizationId"], event["statusVersion"], event["requestId"])


def ended_emptying_of(detail: dict[str, Any]) -> tuple[EmptyingTarget, int] | None:
    """The target and the attempt, from the same event; None if another machine's execution ended."""
    given = json.loads(detail["input"])
    return (emptying_target_of(given), given["attempt"]) if "statusVersion" in given else None


def ended_execution_of(detail: dict[str, Any]) -> EndedExecution:
    """From the detail of EventBridge's `Step Functions Execution Status Change`."""
    given = json.loads(detail["input"])
    mode, attempt = given.get("mode"), given.get("attempt")
    return EndedExecution(
        target=target_of(given),
        first_error=first_error_in(detail),
        deletion=attempt if mode == "DELETE" else None,
        rollback=attempt if mode == "ROLLBACK" else None,
        resize=replacement_of(given) if "changeId" in given else None,
    )


def first_error_in(detail: Mapping[str, Any]) -> FirstError:
    """What an execution was started for, or how it ended: from the same event's detail, or from DescribeExecution."""
    given = json.loads(detail["input"])
    return first_error_of(given) if "failure" in given else own_error(detail)
