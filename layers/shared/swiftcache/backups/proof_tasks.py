"""The tasks that prove backups, in ECS.

What is to be fetched, and where the report goes, is told to the one container that needs it, by a file beside the
backups. ECS shows everybody what a task was started with, in each of its events: there only the file's name is.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.backups.ports import ObjectStore
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
    """`family_prefix` begins the names of the task definitions; then come the figures of their sizes.

    `bucket` is the ARN of the one where backups are.
    """

    cluster: str
    family_prefix: str
    subnets: tuple[str, ...]
    security_group: str
    bucket: str
    has_public_address: bool


class EcsProofTasks:
    def __init__(self, client: "ECSClient", network: ProofNetwork, objects: ObjectStore) -> None:
        self._client = client
        self._network = network
        self._objects = objects

    def start(self, order: ProofOrder) -> str:
        fetched = {"SOURCE_LINK": order.source, "SOURCE_BYTES": str(order.size_bytes), "SOURCE_SHA256": order.sha256}
        overrides = [self._tell(order, "fetch", fetched), self._tell(order, "report", {"REPORT_LINK": order.report})]
        try:
            with _passing_as_unavailable():
                answer = self._client.run_task(
                    cluster=self._network.cluster,
                    taskDefinition=f"{self._network.family_prefix}{order.size.family}{order.engine.family_suffix}",
                    clientToken=order.token,
                    launchType="FARGATE",
                    startedBy=order.backup_id,
                    group="swiftcache-proofs",
                    networkConfiguration={
                        "awsvpcConfiguration": {
                            "subnets": list(self._network.subnets),
                            "securityGroups": [self._network.security_group],
                            # To S3 and the image, and from nowhere.
                            "assignPublicIp": "ENABLED" if self._network.has_public_address else "DISABLED",
                        }
                    },
                    overrides={"containerOverrides": overrides},
                )
        except ClientError as error:
            # By this name EC2's throttle is known.
            if code_of(error) == "InvalidParameterException":
                raise DependencyUnavailable(f"{SERVICE} is busy; please try again") from error
            raise
        for task in answer["tasks"]:
            return task["taskArn"]
        raise NotPlaced(", ".join(str(failure.get("reason", "")) for failure in answer.get("failures", [])))

    def _tell(self, order: ProofOrder, container: str, environment: Mapping[str, str]) -> "ContainerOverrideTypeDef":
        key = f"{order.told}{container}.env"
        lines = [f"{name}={value}\n" for name, value in environment.items()]
        self._objects.put(key, "".join(lines).encode())
        return {"name": container, "environmentFiles": [{"type": "s3", "value": f"{self._network.bucket}/{key}"}]}

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


def _end(container: "ContainerTypeDef") -> ContainerEnd:
    return ContainerEnd(container.get("exitCode"), _OUT_OF_MEMORY in container.get("reason", ""))
