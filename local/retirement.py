"""AWS retires a task of the local stack: its function that hears of that is told, as AWS Health would tell it."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_lambda import LambdaClient

NOTICE = timedelta(days=30)


def retire_task_of(instance_id: str, aws: str) -> None:
    """In a month. `aws` is the address of the substitutes. Nobody but AWS may put an event of Health on the bus."""
    session = boto3.Session("local", "local", region_name="eu-central-1")
    ecs: ECSClient = session.client("ecs", endpoint_url=aws)
    functions: LambdaClient = session.client("lambda", endpoint_url=aws)
    tasks = [
        task
        for cluster in ecs.list_clusters()["clusterArns"]
        for task in ecs.list_tasks(cluster=cluster, startedBy=instance_id)["taskArns"]
    ]
    pages = functions.get_paginator("list_functions").paginate()
    names = [found["FunctionName"] for page in pages for found in page["Functions"]]
    functions.invoke(
        FunctionName=next(name for name in names if "-WatchRetirementsFunction-" in name),
        Payload=json.dumps(retirement(tasks, datetime.now(UTC) + NOTICE)).encode(),
    )


def retirement(tasks: list[str], at: datetime) -> dict[str, Any]:
    """The event, with the fields that are read."""
    return {
        "id": str(uuid4()),
        "detail-type": "AWS Health Event",
        "source": "aws.health",
        "resources": tasks,
        "detail": {
            "service": "ECS",
            "eventTypeCode": "AWS_ECS_TASK_PATCHING_RETIREMENT",
            "statusCode": "upcoming",
            "startTime": format_datetime(at, usegmt=True),
            "affectedEntities": [{"entityValue": task} for task in tasks],
        },
    }
