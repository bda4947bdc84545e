"""Tasks and task definitions: which there are, and of which instances."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from swiftcache.backups.model import is_backup_id
from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.instances.model import is_instance_id
from swiftcache.platform.aws_errors import passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

_SERVICE = "the container service"
_PAGE = 100


class EcsTasks:
    """The tasks of a cluster. An instance's are started by its id, and those from before that was so are of its family.

    `prefix` begins the name of every instance's family. That of a size is nobody's.
    """

    def __init__(self, client: "ECSClient", cluster: str, prefix: str) -> None:
        self._client = client
        self._cluster = cluster
        self._prefix = prefix

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        with passing_errors_as_unavailable(_SERVICE):
            listed = self._client.list_tasks(cluster=self._cluster, maxResults=_PAGE, **_after(token))
        found = map(self._resource_of, self._described(listed["taskArns"]))
        return [resource for resource in found if resource], listed.get("nextToken")

    def of(self, instance_id: str) -> Sequence[CloudResource]:
        with passing_errors_as_unavailable(_SERVICE):
            started = self._client.list_tasks(cluster=self._cluster, startedBy=instance_id)
            listed = self._client.list_tasks(cluster=self._cluster, family=self._prefix + instance_id)
        found = dict.fromkeys([*started["taskArns"], *listed["taskArns"]])
        return [CloudResource(ResourceKind.TASK, arn, instance_id) for arn in found]

    def there(self, tasks: Sequence[str]) -> Mapping[str, str]:
        found = (task for task in self._described(tasks) if task["lastStatus"] != "STOPPED")
        return {task["taskArn"]: _private_address(task) for task in found}

    def stop(self, task: str) -> None:
        with passing_errors_as_unavailable(_SERVICE):
            self._client.stop_task(cluster=self._cluster, task=task, reason="nobody awaits it")

    def _resource_of(self, task: Any) -> CloudResource | None:
        started_by, arn = str(task.get("startedBy", "")), task["taskArn"]
        if is_backup_id(started_by):
            return CloudResource(ResourceKind.PROOF, arn, arn.rpartition("/")[2])
        owner = started_by if is_instance_id(started_by) else _owner(task["taskDefinitionArn"], self._prefix)
        return CloudResource(ResourceKind.TASK, arn, owner) if owner else None

    def _described(self, tasks: Sequence[str]) -> Sequence[Any]:
        if not tasks:
            return []
        with passing_errors_as_unavailable(_SERVICE):
            return self._client.describe_tasks(cluster=self._cluster, tasks=tasks)["tasks"]


class EcsTaskDefinitions:
    """The account's task definitions of one status; `prefix` begins the name of every instance's family.

    ECS lists families by a prefix too, but names there also such whose definitions are all deleted.
    """

    def __init__(self, client: "ECSClient", prefix: str, status: Literal["ACTIVE", "INACTIVE"]) -> None:
        self._client = client
        self._prefix = prefix
        self._status = status

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        with passing_errors_as_unavailable(_SERVICE):
            listed = self._client.list_task_definitions(status=self._status, maxResults=_PAGE, **_after(token))
        arns = listed["taskDefinitionArns"]
        found = [
            CloudResource(ResourceKind.TASK_DEFINITION, arn, owner)
            for arn in arns
            if (owner := _owner(arn, self._prefix))
        ]
        return found, listed.get("nextToken")

    def of(self, instance_id: str) -> Sequence[CloudResource]:
        with passing_errors_as_unavailable(_SERVICE):
            listed = self._client.list_task_definitions(familyPrefix=self._prefix + instance_id, status=self._status)
        return [CloudResource(ResourceKind.TASK_DEFINITION, arn, instance_id) for arn in listed["taskDefinitionArns"]]


def _private_address(task: Any) -> str:
    details = [detail for attachment in task.get("attachments", []) for detail in attachment["details"]]
    return next((str(one["value"]) for one in details if one["name"] == "privateIPv4Address"), "")


def _after(token: str | None) -> Any:
    return {"nextToken": token} if token else {}


def _owner(definition_arn: str, prefix: str) -> str | None:
    """The instance's id in `…:task-definition/<prefix><id>:<revision>`; None if it is nobody's of ours."""
    family = definition_arn.rpartition("/")[2].partition(":")[0]
    owner = family.removeprefix(prefix)
    return owner if family.startswith(prefix) and is_instance_id(owner) else None
