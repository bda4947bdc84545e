"""ECS as it looks at a moment of virtual time: tasks that start and stop in published times, and their definitions."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

CLUSTER = "arn:aws:ecs:eu-central-1:123456789012"


@dataclass(slots=True)
class Task:
    """One task and the moments of its life, in seconds of virtual time."""

    arn: str
    definition: str
    started_by: str
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
            "StartedBy": self.started_by,
            "LastStatus": self.status(now),
            "Attachments": [there] if now >= self.interface_at else [{"Details": []}],
            "Containers": [{}],
        }


@dataclass
class Cluster:
    """One instance's tasks and the revisions of its family."""

    tasks: dict[str, Task] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    """Their status by ARN: ACTIVE, then INACTIVE; then they are gone."""

    def register(self) -> str:
        arn = f"{CLUSTER}:task-definition/swiftcache-inst_1:{len(self.definitions) + 1}"
        self.definitions[arn] = "ACTIVE"
        return arn

    def start(self, started_by: str, interface_at: float, running_at: float) -> Task:
        """A new task of the newest definition."""
        arn = f"{CLUSTER}:task/{len(self.tasks) + 1}"
        self.tasks[arn] = Task(arn, list(self.definitions)[-1], started_by, interface_at, running_at)
        return self.tasks[arn]

    def describe(self, arns: list[str], now: float) -> Json:
        return {"Tasks": [self.tasks[arn].described(now) for arn in arns]}

    def running(self, now: float) -> list[str]:
        """As ListTasks tells it, whose desired status is RUNNING."""
        return [arn for arn, task in self.tasks.items() if now < task.stopping_at]

    def listed(self, status: str) -> list[str]:
        """Definitions with this status."""
        return [arn for arn, found in self.definitions.items() if found == status]
