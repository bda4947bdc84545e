"""One task: what ECS knows of it, and how it tells that in DescribeTasks and in events."""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.aws.addresses import TASK_PORT, Address
from local.aws.dispatch import ACCOUNT, REGION
from local.aws.processes import ContainerProcess

Json = dict[str, Any]


@dataclass(frozen=True)
class Interface:
    """The task's network interface, as EC2 knows it."""

    id: str
    subnet: str
    mac: str
    address: Address


@dataclass
class Container:
    """One container of a task. `exit_code` and `reason` say how it ended; `reason` is empty for most."""

    definition: Mapping[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "PENDING"
    exit_code: int | None = None
    reason: str = ""
    process: ContainerProcess | None = None

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def essential(self) -> bool:
        """Whether the task ends with it."""
        return bool(self.definition.get("essential", True))

    @property
    def waits_for(self) -> dict[str, str]:
        """The names of the containers that have to come first, and how far."""
        return {found["containerName"]: found["condition"] for found in self.definition.get("dependsOn", [])}


@dataclass
class Task:
    """A task, from RunTask to an hour after its end. To be read and changed under its lock."""

    cluster: str
    definition: Mapping[str, Any]
    request: Mapping[str, Any]
    interface: Interface
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    attachment_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "PROVISIONING"
    desired: str = "RUNNING"
    version: int = 1
    stop_code: str | None = None
    stopped_reason: str | None = None
    times: dict[str, float] = field(default_factory=dict)
    containers: list[Container] = field(init=False)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    settled: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set once it is RUNNING, or has failed to be."""
    ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def __post_init__(self) -> None:
        self.containers = [Container(definition) for definition in self.definition["containerDefinitions"]]

    @property
    def arn(self) -> str:
        return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{self.cluster}/{self.id}"

    @property
    def family(self) -> str:
        return str(self.definition["family"])

    def container(self, name: str) -> Container:
        return next(container for container in self.containers if container.name == name)

    def environment(self, container: Container) -> dict[str, str]:
        """The definition's, with what RunTask was given beside it."""
        added = self._added(container, "environment")
        return {pair["name"]: pair["value"] for pair in [*container.definition.get("environment", []), *added]}

    def environment_files(self, container: Container) -> list[Mapping[str, str]]:
        """Those of RunTask stand in place of the definition's."""
        return self._added(container, "environmentFiles") or list(container.definition.get("environmentFiles", []))

    def _added(self, container: Container, name: str) -> list[Mapping[str, str]]:
        given = self.request.get("overrides", {}).get("containerOverrides", [])
        return [each for override in given if override["name"] == container.name for each in override.get(name, [])]

    @property
    def started_by(self) -> str | None:
        return self.request.get("startedBy")

    def stamp(self, *names: str) -> None:
        """Note that these moments are now, unless they have been."""
        for name in names:
            self.times.setdefault(name, time.time())

    def describe(self, with_tags: bool = False) -> Json:
        """The task as DescribeTasks gives it: times in seconds since the epoch."""
        described: Json = {
            "taskArn": self.arn,
            "clusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{self.cluster}",
            "taskDefinitionArn": self.definition["taskDefinitionArn"],
            "group": self.request.get("group", f"family:{self.family}"),
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "cpu": self.definition.get("cpu"),
            "memory": self.definition.get("memory"),
            "lastStatus": self.status,
            "desiredStatus": self.desired,
            "version": self.version,
            "healthStatus": "UNKNOWN",
            "enableExecuteCommand": False,
            "overrides": self.request.get("overrides", {"containerOverrides": []}),
            "attachments": [self._attachment()],
            "containers": [self._container(container) for container in self.containers],
            "tags": self.request.get("tags", []) if with_tags else [],
            "startedBy": self.started_by,
            "stopCode": self.stop_code,
            "stoppedReason": self.stopped_reason,
            "connectivity": "CONNECTED" if self._is_connected else None,
            **self.times,
        }
        return {name: value for name, value in described.items() if value is not None}

    def event_detail(self) -> Json:
        """The task as an `ECS Task State Change` event carries it: times as text."""
        now = {"updatedAt": time.time()}
        return {
            name: _text(value) if isinstance(value, float) else value
            for name, value in {**self.describe(), **now}.items()
            if name != "tags"
        }

    @property
    def _is_connected(self) -> bool:
        return self.status != "PROVISIONING"

    def _attachment(self) -> Json:
        details = {"subnetId": self.interface.subnet}
        status = "PRECREATED"
        if self._is_connected:
            status = "DELETED" if self.status == "STOPPED" else "ATTACHED"
            details |= {
                "networkInterfaceId": self.interface.id,
                "macAddress": self.interface.mac,
                "privateIPv4Address": self.interface.address.host,
            }
        return {
            "id": self.attachment_id,
            "type": "ElasticNetworkInterface",
            "status": status,
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }

    def _container(self, container: Container) -> Json:
        address = self.interface.address
        described: Json = {
            "containerArn": f"{self.arn.replace(':task/', ':container/')}/{container.id}",
            "taskArn": self.arn,
            "name": container.name,
            "image": container.definition["image"],
            "lastStatus": "STOPPED" if self.status == "STOPPED" else container.status,
            "healthStatus": "UNKNOWN",
            "networkBindings": [],
            "networkInterfaces": [],
        }
        if self._is_connected:
            described["networkInterfaces"] = [{"attachmentId": self.attachment_id, "privateIpv4Address": address.host}]
        if self._is_connected and address.port != TASK_PORT and container is self.containers[0]:
            binding = {"bindIP": address.host, "containerPort": TASK_PORT, "hostPort": address.port}
            described["networkBindings"] = [{**binding, "protocol": "tcp"}]
        if container.exit_code is not None:
            described["exitCode"] = container.exit_code
        if container.reason:
            described["reason"] = container.reason
        return described


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
