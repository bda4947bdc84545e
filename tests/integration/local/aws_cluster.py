"""Fargate tasks for tests: a cluster in started substitutes, whose tasks run shell scripts."""

import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.aws_stack import Stack, wait_for

Json = dict[str, Any]


class Cluster:
    """A cluster with one subnet, and short ways to run tasks on it."""

    def __init__(self, stack: Stack) -> None:
        self.name = f"cluster-{uuid.uuid4().hex}"
        self.stack = stack
        self.ecs = stack.client("ecs")
        self.ec2 = stack.client("ec2")
        self.ecs.create_cluster(clusterName=self.name)
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        self.network = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}}

    def define(self, script: str, family: str = "family", **container: Any) -> str:
        """Register a task definition that runs a shell script; its ARN."""
        return self.define_all({"main": {"command": [script], **container}}, family=family)

    def define_all(self, containers: Mapping[str, Json], family: str = "family", **definition: Any) -> str:
        """The same of several containers, by their names: each runs the shell script that is its command."""
        registered = self.ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[
                {"name": name, "image": "image", "entryPoint": ["sh", "-c"], **container}
                for name, container in containers.items()
            ],
            **definition,
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str, **arguments: Any) -> str:
        """Run a task; its ARN."""
        return str(self.run_raw(definition, **arguments)["tasks"][0]["taskArn"])

    def run_raw(self, definition: str, **arguments: Any) -> Json:
        answer: Json = self.ecs.run_task(
            cluster=self.name,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network,
            **arguments,
        )
        return answer

    def describe(self, arn: str) -> Json:
        described: Json = self.ecs.describe_tasks(cluster=self.name, tasks=[arn], include=["TAGS"])["tasks"][0]
        return described

    def reach(self, arn: str, status: str) -> Json:
        """The task once it has this status."""
        return wait_for(lambda: task if (task := self.describe(arn))["lastStatus"] == status else None)

    def stop(self, arn: str) -> Json:
        stopped: Json = self.ecs.stop_task(cluster=self.name, task=arn, reason="no longer needed")["task"]
        return stopped

    def folder(self, arn: str) -> Path:
        """The folder of a task."""
        return self.stack.substitutes.home / "tasks" / arn.rpartition("/")[2]

    def log(self, arn: str, container: str = "") -> str:
        """What a task that ended by itself wrote; or a container of it that is not its first."""
        folder = self.folder(arn)
        return (folder.with_name(f"{folder.name}-{container}" if container else folder.name) / "task.log").read_text()

    def pid(self, arn: str) -> int:
        """The process id that a task's script wrote to the file `pid`."""
        file = self.folder(arn) / "pid"
        return int(wait_for(lambda: file.read_text() if file.exists() else None))


def is_running(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def address_of(task: Json) -> str:
    return str(task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"])


def detail_of(task: Json, name: str) -> str:
    return str(next(pair["value"] for pair in task["attachments"][0]["details"] if pair["name"] == name))


def refusal_of(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
