"""What exists for an instance, looked for in every place where a part of one can be.

Each thing found is a line of text. All names that the service gives hold the instance's label, so a thing belongs
to an instance if its text holds the label, whatever made it and whether or not anybody remembers it.
"""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.e2e.stack import Stack

NothingLeft = Callable[[dict[str, Any]], None]
"""The fixture `nothing_left`, which asserts it for an instance that was RUNNING."""

REDIS_PORT = 6379


def label_of(instance_id: str) -> str:
    """The part of an instance's id that all names hold."""
    return instance_id.removeprefix("inst_")


def left_of(stack: Stack, *instance_ids: str) -> list[str]:
    """One line for each thing that there still is of any of these instances."""
    labels = [label_of(instance_id) for instance_id in instance_ids]
    left = [thing for thing in _things(stack) if any(label in thing for label in labels)]
    for described in _stopped_tasks(stack):
        if any(label in _text(described) for label in labels):
            left += [f"open port: {host}:{port}" for host, port in _addresses(described) if _is_open(host, port)]
    return left + miscounts(stack)


def miscounts(stack: Stack) -> list[str]:
    """One line for each organization whose count of instances, or of their memory, is wrong."""
    items = list(_table_items(stack))
    wrong = []
    for organization in (item for item in items if item["SK"]["S"] == "ORG"):
        mine = [item for item in items if item["PK"] == organization["PK"] and item["SK"]["S"].startswith("INSTANCE#")]
        there = (len(mine), sum(int(item["maxMemory"]["N"]) for item in mine))
        counted = (
            int(organization["instanceLimit"]["N"]) - int(organization["instancesLeft"]["N"]),
            int(organization["memoryLimit"]["N"]) - int(organization["memoryLeft"]["N"]),
        )
        if counted != there:
            wrong.append(f"count: {organization['PK']['S']} has {there} instances and bytes, and counts {counted}")
    return wrong


def pages(client: Any, operation: str, member: str, **arguments: Any) -> Iterator[Any]:
    """What all pages of a boto3 operation list in this member."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[member]


def _things(stack: Stack) -> Iterator[str]:
    # What goes by itself is the memory of what was: the audit log, receipts, figures.
    yield from (f"item: {_text(item)}" for item in _table_items(stack) if "ttl" not in item)
    route53 = stack.aws("route53")
    for zone in route53.list_hosted_zones()["HostedZones"]:
        for record in pages(route53, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]):
            yield f"record: {_text(record)}"
    for secret in pages(stack.aws("secretsmanager"), "list_secrets", "SecretList", IncludePlannedDeletion=True):
        yield f"secret: {_text(secret)}"
    for status in ("ACTIVE", "INACTIVE"):
        for arn in pages(stack.aws("ecs"), "list_task_definitions", "taskDefinitionArns", status=status):
            yield f"task definition: {status} {arn}"
    yield from (f"task: {_text(described)}" for described in _live_tasks(stack))
    for point in pages(stack.aws("efs"), "describe_access_points", "AccessPoints"):
        yield f"volume: {_text(point)}"
    yield from (f"folder: {folder}" for folder in (stack.home / "volumes").glob("*/*"))
    yield from _redis_processes(stack)


def _redis_processes(stack: Stack) -> Iterator[str]:
    described = {task["taskArn"].rpartition("/")[2]: task for task in _tasks(stack)}
    for process in stack.processes():
        if process.is_redis:
            folder = process.folder.removesuffix(" (deleted)")
            # It works in its task's folder, or in that of its data on its instance's volume, which has the id in it.
            yield f"process: {process.pid} {folder} {_text(described.get(Path(folder).name))}"


def _table_items(stack: Stack) -> Iterator[dict[str, Any]]:
    return pages(stack.aws("dynamodb"), "scan", "Items", TableName=stack.outputs()["TableName"])


def _tasks(stack: Stack) -> Iterator[dict[str, Any]]:
    ecs, cluster = stack.aws("ecs"), stack.outputs()["ClusterName"]
    for desired in ("RUNNING", "STOPPED"):
        for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=desired):
            if page["taskArns"]:
                yield from ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"])["tasks"]


def _live_tasks(stack: Stack) -> Iterator[dict[str, Any]]:
    return (task for task in _tasks(stack) if task["lastStatus"] != "STOPPED")


def _stopped_tasks(stack: Stack) -> Iterator[dict[str, Any]]:
    return (task for task in _tasks(stack) if task["lastStatus"] == "STOPPED")


def _addresses(task: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Where a task listens, or did."""
    ports = [binding["hostPort"] for binding in task["containers"][0]["networkBindings"]] or [REDIS_PORT]
    for attachment in task["attachments"]:
        for detail in attachment["details"]:
            if detail["name"] == "privateIPv4Address":
                yield from ((detail["value"], port) for port in ports)


def _is_open(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


def _text(thing: object) -> str:
    return json.dumps(thing, default=str)
