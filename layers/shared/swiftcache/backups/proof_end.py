"""Ending the task that restores a backup to see whether that can be done. Such tasks are started by the backup's id."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

_SERVICE = "the container service"


class EcsProofs:
    def __init__(self, client: "ECSClient", cluster: str) -> None:
        self._client = client
        self._cluster = cluster

    def stop(self, backup_id: str) -> None:
        with passing_errors_as_unavailable(_SERVICE):
            listed = self._client.list_tasks(cluster=self._cluster, startedBy=backup_id)
            for task in listed["taskArns"]:
                try:
                    self._client.stop_task(cluster=self._cluster, task=task, reason="its backup is not wanted")
                except ClientError as error:
                    # It has ended by itself, and is not known any more.
                    if code_of(error) != "InvalidParameterException":
                        raise
