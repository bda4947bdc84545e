"""ECS on Fargate: moto keeps clusters and task definitions; a task here is a real process.

RunTask starts the task definition's own command, with its environment and secrets, in a folder and on an
address of its own. A status changes only because something happened, never because somebody looked.
"""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from moto.ecs.models import ecs_backends

from local.aws.container_order import check_dependencies
from local.aws.dispatch import ACCOUNT, REGION, ApiError, Dispatcher, Parameters
from local.aws.ecs_task import Task
from local.aws.environment_files import is_environment_file
from local.aws.fargate import Fargate
from local.aws.network import Network

KEPT_SECONDS = 3600
PAGE = 100
OVERRIDES = 8192
"""How many characters the overrides of a RunTask may have, as JSON."""
START_PATIENCE_SECONDS = 0.25
"""How long RunTask waits for the start, so that whoever looks next finds a program that starts at once RUNNING."""
STOP_PATIENCE_SECONDS = 0.25
"""How long StopTask waits for the end, so that a program that ends at once is gone when it answers."""


class Ecs:
    """The tasks of a stack."""

    def __init__(self, dispatcher: Dispatcher, network: Network, fargate: Fargate) -> None:
        self._dispatcher = dispatcher
        self._network = network
        self._fargate = fargate
        self._tasks: dict[str, Task] = {}
        self._tokens: dict[tuple[str, str], tuple[Parameters, list[Task]]] = {}
        self._lock = threading.RLock()
        for action, operation in {
            "RunTask": self.run_task,
            "StopTask": self.stop_task,
            "DescribeTasks": self.describe_tasks,
            "ListTasks": self.list_tasks,
        }.items():
            dispatcher.replace("ecs", action, operation)

    def close(self) -> None:
        """End all tasks."""
        with self._lock:
            self._fargate.close(list(self._tasks.values()))

    def run_task(self, parameters: Parameters) -> Mapping[str, object]:
        """ECS's RunTask, idempotent by clientToken in a cluster. The answer is of a task that has yet to start."""
        cluster = _cluster(parameters)
        token = parameters.pop("clientToken", None)
        with self._lock:
            if token is not None and (cluster, token) in self._tokens:
                request, tasks = self._tokens[cluster, token]
                if request != parameters:
                    raise ApiError(
                        "ConflictException",
                        "The provided clientToken is already in use with a different RunTask request.",
                    )
                described = [_described(task, with_tags=True) for task in tasks]
            else:
                tasks = self._created(cluster, parameters)
                described = [_described(task, with_tags=True) for task in tasks]
                if token is not None:
                    self._tokens[cluster, token] = parameters, tasks
                for task in tasks:
                    self._fargate.start(task)
        for task in tasks:
            task.settled.wait(START_PATIENCE_SECONDS)
        return {"tasks": described, "failures": []}

    def stop_task(self, parameters: Parameters) -> Mapping[str, object]:
        """ECS's StopTask."""
        task = self._find(_cluster(parameters), parameters["task"])
        if task is None:
            raise ApiError("InvalidParameterException", "The referenced task was not found.")
        self._fargate.stop(task, "UserInitiated", parameters.get("reason", "Task stopped by user"))
        task.ended.wait(STOP_PATIENCE_SECONDS)
        return {"task": _described(task)}

    def describe_tasks(self, parameters: Parameters) -> Mapping[str, object]:
        """ECS's DescribeTasks. Stopped tasks are known for an hour."""
        cluster = _cluster(parameters)
        if not parameters.get("tasks"):
            raise ApiError("InvalidParameterException", "Tasks cannot be empty.")
        with_tags = "TAGS" in parameters.get("include", [])
        described, failures = [], []
        for name in parameters["tasks"]:
            task = self._find(cluster, name)
            if task is not None:
                described.append(_described(task, with_tags))
            else:
                arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{cluster}/{name.rpartition('/')[2]}"
                failures.append({"arn": arn, "reason": "MISSING"})
        return {"tasks": described, "failures": failures}

    def list_tasks(self, parameters: Parameters) -> Mapping[str, object]:
        """ECS's ListTasks, in pages, with desiredStatus RUNNING unless asked otherwise. startedBy must stand alone."""
        cluster = _cluster(parameters)
        if "startedBy" in parameters and {"family", "desiredStatus"} & set(parameters):
            raise ApiError("InvalidParameterException", "startedBy must be the only filter.")
        wanted = {
            "cluster": cluster,
            "desired": parameters.get("desiredStatus", "RUNNING"),
            "family": parameters.get("family"),
            "started_by": parameters.get("startedBy"),
        }
        with self._lock:
            found = [
                task.arn
                for task in self._tasks.values()
                if all(value is None or getattr(task, name) == value for name, value in wanted.items())
            ]
        start = int(parameters.get("nextToken") or 0)
        end = start + int(parameters.get("maxResults", PAGE))
        page: dict[str, object] = {"taskArns": found[start:end]}
        return {**page, "nextToken": str(end)} if end < len(found) else page

    def _created(self, cluster: str, parameters: Parameters) -> list[Task]:
        definition = self._definition(parameters)
        network = parameters.get("networkConfiguration", {}).get("awsvpcConfiguration")
        if not network:
            raise ApiError(
                "InvalidParameterException",
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            )
        self._forget_old()
        tasks = [
            Task(cluster, definition, parameters, self._network.attach(network))
            for _ in range(parameters.get("count", 1))
        ]
        for task in tasks:
            task.stamp("createdAt")
            self._tasks[task.id] = task
        return tasks

    def _definition(self, parameters: Parameters) -> dict[str, Any]:
        if parameters.get("launchType") == "EC2":
            raise ApiError("InvalidParameterException", "No Container Instances were found in your cluster.")
        name = {"taskDefinition": self._latest(parameters["taskDefinition"])}
        try:
            found = self._dispatcher.moto("ecs", "DescribeTaskDefinition", name)
        except ApiError as error:
            raise ApiError("ClientException", "TaskDefinition not found.") from error
        definition: dict[str, Any] = found["taskDefinition"]
        if definition["status"] != "ACTIVE":
            raise ApiError("InvalidParameterException", "TaskDefinition is inactive")
        if "FARGATE" not in definition.get("compatibilities", []):
            raise ApiError("InvalidParameterException", "Task definition does not support launch_type FARGATE.")
        check_dependencies(definition["containerDefinitions"])
        names = {container["name"] for container in definition["containerDefinitions"]}
        _check_overrides(parameters.get("overrides", {}), names)
        return definition

    def _latest(self, name: str) -> str:
        """What RunTask makes of a family's name: its latest active revision. moto's would be the latest of all."""
        family = name.rpartition("/")[2]
        if ":" in family:
            return name
        active = {"familyPrefix": family, "status": "ACTIVE"}
        found = self._dispatcher.moto("ecs", "ListTaskDefinitions", active)["taskDefinitionArns"]
        exact = [arn for arn in found if arn.rpartition("/")[2].partition(":")[0] == family]
        return str(max(exact, key=lambda arn: int(arn.rpartition(":")[2]), default=name))

    def _find(self, cluster: str, name: str) -> Task | None:
        task = self._tasks.get(name.rpartition("/")[2])
        return task if task is not None and task.cluster == cluster else None

    def _forget_old(self) -> None:
        limit = time.time() - KEPT_SECONDS
        for task in list(self._tasks.values()):
            if task.times.get("stoppedAt", limit) < limit:
                del self._tasks[task.id]


def _check_overrides(overrides: Mapping[str, Any], containers: set[str]) -> None:
    """Raises ApiError for what a task here cannot have other than in its definition, and for more than ECS takes."""
    if len(json.dumps(overrides, separators=(",", ":"))) > OVERRIDES:
        raise ApiError("InvalidParameterException", f"Container Overrides length must be at most {OVERRIDES}")
    for override in overrides.get("containerOverrides", []):
        if override.get("name") not in containers:
            raise ApiError("InvalidParameterException", "Override for container that is not in the task definition")
        if set(override) - {"name", "environment", "environmentFiles"}:
            raise ApiError("InvalidParameterException", "The local stack overrides nothing but the environment.")
        if any(not is_environment_file(file) for file in override.get("environmentFiles", [])):
            raise ApiError("InvalidParameterException", "An environment file is an object in S3 that ends with .env")


def _described(task: Task, with_tags: bool = False) -> dict[str, Any]:
    with task.lock:
        return task.describe(with_tags)


def _cluster(parameters: Parameters) -> str:
    """The name of the cluster that a request is for. Raises ApiError when it does not exist."""
    name = str(parameters.get("cluster", "default")).rpartition("/")[2]
    cluster = ecs_backends[ACCOUNT][REGION].clusters.get(name)
    if cluster is None or cluster.status != "ACTIVE":
        raise ApiError("ClusterNotFoundException", "Cluster not found.")
    return name
