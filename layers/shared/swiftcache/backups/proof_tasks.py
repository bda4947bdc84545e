"""The tasks that prove backups, in ECS. What is to be fetched, and where the report goes, is told to them alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.backups.proof_ports import ContainerEnd, NotPlaced, ProofOrder, TaskEnd
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import ContainerOverrideTypeDef, ContainerTypeDef

SERVICE = "the container service"

_OUT_OF_MEMORY = "OutOfMemory"


@dataclass(frozen=True, slots=True)
class ProofNetwork:
    """`family_prefix` begins the names of the task definitions; then come the figures of their sizes."""

    cluster: str
    family_prefix: str
    subnets: tuple[str, ...]
    security_group: str


class EcsProofTasks:
    def __init__(self, client: "ECSClient", network: ProofNetwork) -> None:
        self._client = client
        self._network = network

    def start(self, order: ProofOrder) -> str:
        try:
            with _passing_as_unavailable():
                answer = self._client.run_task(
                    cluster=self._network.cluster,
                    taskDefinition=f"{self._network.family_prefix}{order.size.family}",
                    clientToken=order.token,
                    launchType="FARGATE",
                    startedBy=order.backup_id,
                    group="swiftcache-proofs",
                    networkConfiguration={
                        "awsvpcConfiguration": {
                            "subnets": list(self._network.subnets),
                            "securityGroups": [self._network.security_group],
                            # To S3 and the image, and from nowhere.
                            "assignPublicIp": "ENABLED",
                        }
                    },
                    overrides={"containerOverrides": _overrides(order)},
                )
        except ClientError as error:
            # The same token with other links: an earlier try has started it, and its list does not have it yet. And by
            # the last name EC2's throttle is known.
            if code_of(error) in ("ConflictException", "InvalidParameterException"):
                raise DependencyUnavailable(f"{SERVICE} is busy; please try again") from error
            raise
        for task in answer["tasks"]:
            return task["taskArn"]
        raise NotPlaced(", ".join(str(failure.get("reason", "")) for failure in answer.get("failures", [])))

    def of(self, backup_id: str) -> Sequence[str]:
        with _passing_as_unavailable():
            return self._client.list_tasks(cluster=self._network.cluster, startedBy=backup_id)["taskArns"]

    def look(self, task: str) -> TaskEnd | None:
        with _passing_as_unavailable():
            found = self._client.describe_tasks(cluster=self._network.cluster, tasks=[task])["tasks"]
        for described in found:
            return TaskEnd(
                described.get("lastStatus") == "STOPPED",
                {container["name"]: _end(container) for container in described.get("containers", [])},
            )
        return None

    def stop(self, task: str) -> None:
        try:
            with _passing_as_unavailable():
                self._client.stop_task(cluster=self._network.cluster, task=task, reason="the proof is over")
        except ClientError as error:
            if code_of(error) != "InvalidParameterException":
                raise


@contextmanager
def _passing_as_unavailable() -> Iterator[None]:
    try:
        with passing_errors_as_unavailable(SERVICE):
            yield
    except ClientError as error:
        if code_of(error) == "ServerException":
            raise DependencyUnavailable(f"{SERVICE} is at fault; please try again") from error
        raise


def _overrides(order: ProofOrder) -> "list[ContainerOverrideTypeDef]":
    fetched = {"SOURCE_LINK": order.source, "SOURCE_BYTES": str(order.size_bytes), "SOURCE_SHA256": order.sha256}
    return [_override("fetch", fetched), _override("report", {"REPORT_LINK": order.report})]


def _override(name: str, environment: dict[str, str]) -> "ContainerOverrideTypeDef":
    return {"name": name, "environment": [{"name": key, "value": value} for key, value in environment.items()]}


def _end(container: "ContainerTypeDef") -> ContainerEnd:
    return ContainerEnd(container.get("exitCode"), _OUT_OF_MEMORY in container.get("reason", ""))
