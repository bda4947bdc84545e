"""ECS as it looks at a moment of virtual time: tasks that start and stop in published times, and their definitions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench import stage_times as stages
from tests.bench.stage_times import Times

Json = dict[str, Any]

CLUSTER = "arn:aws:ecs:eu-central-1:123456789012"


@dataclass(slots=True)
class Task:
    """One task and the moments of its life, in seconds of virtual time."""

    arn: str
    definition: str
    group: str
    interface_at: float
    running_at: float
    stopped_at: float = float("inf")
    stopping_at: float = float("inf")

    def status(self, now: float) -> str:
        if now >= self.stopped_at:
            return "STOPPED"
        if now >= self.stopping_at:
            return "DEPROVISIONING"
        if now >= self.running_at:
            return "RUNNING"
        return "PENDING" if now >= self.interface_at else "PROVISIONING"

    def described(self, now: float) -> Json:
        """As DescribeTasks tells it, through an SDK integration."""
        there = {"Details": [{"Name": "networkInterfaceId", "Value": "eni-1"}]}
        return {
            "TaskArn": self.arn,
            "TaskDefinitionArn": self.definition,
            "Group": self.group,
            "LastStatus": self.status(now),
            "Attachments": [there] if now >= self.interface_at else [{"Details": []}],
            "Containers": [{}],
        }


@dataclass
class Cluster:
    """One instance's tasks, and the revisions of its family if it has one. `prefix` is that of its tasks' ids."""

    prefix: str = ""
    tasks: dict[str, Task] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    """Their status by ARN: ACTIVE, then INACTIVE; then they are gone."""

    def register(self) -> str:
        arn = f"{CLUSTER}:task-definition/swiftcache-inst_1:{len(self.definitions) + 1}"
        self.definitions[arn] = "ACTIVE"
        return arn

    def start(self, group: str, interface_at: float, running_at: float, definition: str = "") -> Task:
        """A new task, of the newest definition of the instance's own unless another is named."""
        arn = f"{CLUSTER}:task/{self.prefix}{len(self.tasks) + 1}"
        self.tasks[arn] = Task(arn, definition or list(self.definitions)[-1], group, interface_at, running_at)
        return self.tasks[arn]

    def describe(self, arns: list[str], now: float) -> Json:
        return {"Tasks": [self.tasks[arn].described(now) for arn in arns]}

    def running(self, now: float) -> list[str]:
        """As ListTasks tells it, whose desired status is RUNNING."""
        return [arn for arn, task in self.tasks.items() if now < task.stopping_at]

    def listed(self, status: str) -> list[str]:
        """Definitions with this status."""
        return [arn for arn, found in self.definitions.items() if found == status]


class Ecs:
    """What ECS and EC2 answer of one instance. Each method takes what it is asked, and when."""

    def __init__(self, times: Times, cluster: Cluster) -> None:
        self.times = times
        self.cluster = cluster

    def register(self, _: Json, asked: float) -> Json:
        return {"TaskDefinition": {"TaskDefinitionArn": self.cluster.register()}}

    def run_task(self, arguments: Json, asked: float) -> Json:
        interface_at = asked + self.times.of(stages.INTERFACE)
        running_at = interface_at + self.times.of(stages.PULL_AND_START)
        task = self.cluster.start(arguments["Group"], interface_at, running_at, arguments["TaskDefinition"])
        return {"Tasks": [{"TaskArn": task.arn}], "Failures": []}

    def describe_tasks(self, arguments: Json, asked: float) -> Json:
        return self.cluster.describe(arguments["Tasks"], asked)

    def list_tasks(self, _: Json, asked: float) -> Json:
        return {"TaskArns": self.cluster.running(asked)}

    def stop_task(self, arguments: Json, asked: float) -> Json:
        task = self.cluster.tasks[arguments["Task"]]
        if asked < task.stopping_at:
            task.stopping_at = asked
            task.stopped_at = asked + self.times.of(stages.STOP)
        return {"Task": task.described(asked)}

    def list_definitions(self, arguments: Json, asked: float) -> Json:
        return {"TaskDefinitionArns": self.cluster.listed(arguments.get("Status", "ACTIVE"))}

    def deregister(self, arguments: Json, asked: float) -> Json:
        self.cluster.definitions[arguments["TaskDefinition"]] = "INACTIVE"
        return {}

    def delete_definitions(self, arguments: Json, asked: float) -> Json:
        for arn in arguments["TaskDefinitions"]:
            self.cluster.definitions[arn] = "DELETE_IN_PROGRESS"
        return {}

    def interfaces(self, _: Json, asked: float) -> Json:
        found = {"PrivateIpAddress": "10.0.0.1", "Association": {"PublicIp": "192.0.2.1"}}
        return {"NetworkInterfaces": [found]}


EcsAnswer = Callable[[Any, Json, float], Json]

ECS_ANSWERS: Mapping[str, EcsAnswer] = {
    "ecs:registerTaskDefinition": Ecs.register,
    "ecs:runTask": Ecs.run_task,
    "ecs:describeTasks": Ecs.describe_tasks,
    "ecs:listTasks": Ecs.list_tasks,
    "ecs:stopTask": Ecs.stop_task,
    "ecs:listTaskDefinitions": Ecs.list_definitions,
    "ecs:deregisterTaskDefinition": Ecs.deregister,
    "ecs:deleteTaskDefinitions": Ecs.delete_definitions,
    "ec2:describeNetworkInterfaces": Ecs.interfaces,
}
