"""The record of what was seen of serving tasks, in DynamoDB."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.instances.items import OBSERVED
from swiftcache.instances.model import Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.status import Status
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.items import attribute, instance_key
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBObservedTasks:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def note(self, instance: Instance, observed: ObservedTask) -> bool:
        # By what is stored at that moment: if two have heard a part each, both are kept.
        return self._begin(instance, observed) or self._add(instance, observed)

    def _begin(self, instance: Instance, observed: ObservedTask) -> bool:
        """Of a task that the record knows nothing of."""
        unknown = "(attribute_not_exists(observed) OR observed.task <> :task)"
        return self._set(instance, observed, {"observed": OBSERVED.encode(observed)}, unknown)

    def _add(self, instance: Instance, observed: ObservedTask) -> bool:
        """To what the record knows of the same task."""
        heard = {f"observed.{name}": part for name, part in OBSERVED.encode(observed).items() if name != "task"}
        return self._set(instance, observed, heard, "observed.task = :task")

    def _set(self, instance: Instance, observed: ObservedTask, parts: Mapping[str, object], only_if: str) -> bool:
        named = {f":part{number}": path for number, path in enumerate(parts)}
        values: dict[str, object] = {":running": Status.RUNNING.value, ":task": observed.task}
        values.update({name: parts[path] for name, path in named.items()})
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(
                    TableName=self._table,
                    Key=instance_key(instance.organization_id, instance.id),
                    UpdateExpression="SET " + ", ".join(f"{path} = {name}" for name, path in named.items()),
                    ConditionExpression=f"#status = :running AND endpoint.task = :task AND {only_if}",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues={name: attribute(value) for name, value in values.items()},
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True
