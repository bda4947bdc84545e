"""What the state machines give to AwaitTask, and what ECS tells of tasks."""

from collections.abc import Mapping
from typing import Any

from swiftcache.callbacks.model import Observation, Subject, TaskCondition, Wait, task_wait
from swiftcache.instances.task_owner import awaited_owner_of_task

STOPPED = "TaskStopped"
"""The error for whoever waits for a task to run that has stopped."""


def task_subject(instance_id: str, task: str) -> Subject:
    """Of the task with this ARN."""
    return Subject(instance_id, f"TASK#{task}")


def awaited_task(event: dict[str, Any]) -> tuple[Subject, Wait]:
    """From the input of AwaitTask: `instanceId`, `task`, `until` (a TaskCondition), `interruptible`, `taskToken`."""
    wait = task_wait(event["taskToken"], TaskCondition(event["until"]), interruptible=event["interruptible"])
    return task_subject(event["instanceId"], event["task"]), wait


def observed_task(detail: Mapping[str, Any]) -> tuple[Subject, Observation] | None:
    """From the detail of ECS's `Task State Change`. None if it is no instance's task, and
    proves no backup.

    A task that is about to start, and has no network interface yet, is said to be PROVISIONING still.
    """
    owner = awaited_owner_of_task(detail)
    if owner is None:
        return None
    interface = _interface(detail)
    status = detail["lastStatus"] if interface or detail["lastStatus"] != "PENDING" else "PROVISIONING"
    return task_subject(owner, detail["taskArn"]), Observation(
        status,
        int(detail["version"]),
        {"networkInterfaceId": interface, **_port(detail)},
        error=STOPPED,
        cause=str(detail.get("stoppedReason", "")),
    )


def _interface(detail: Mapping[str, Any]) -> str:
    found = (
        pair["value"]
        for attachment in detail.get("attachments", [])
        for pair in attachment.get("details", [])
        if pair["name"] == "networkInterfaceId"
    )
    return next(found, "")


def _port(detail: Mapping[str, Any]) -> dict[str, int]:
    """Where the container's port is bound to another of its host: on a laptop."""
    bindings = [binding for one in detail.get("containers", []) for binding in one.get("networkBindings", [])]
    return {"port": bindings[0]["hostPort"]} if bindings else {}
