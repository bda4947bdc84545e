"""What a task was started with."""

from typing import Any

from swiftcache.instances.model import Instance
from tests.statemachine.cloud import Cloud


def serving(instance: Instance) -> str:
    assert instance.endpoint
    return instance.endpoint.task


def describe(cloud: Cloud, task: str) -> dict[str, Any]:
    [found] = cloud.client("ecs").describe_tasks(cluster=cloud.stack.outputs["ClusterName"], tasks=[task])["tasks"]
    return dict(found)


def definition_of(cloud: Cloud, task: str) -> dict[str, Any]:
    arn = describe(cloud, task)["taskDefinitionArn"]
    return dict(cloud.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"])


def roles_of(cloud: Cloud, logical_id: str) -> list[str]:
    resources = cloud.client("cloudformation").describe_stack_resources(StackName="swiftcache")["StackResources"]
    return [found["PhysicalResourceId"] for found in resources if found.get("LogicalResourceId") == logical_id]
