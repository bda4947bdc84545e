"""The record of what versions run, in DynamoDB."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.engines.model import SeenVersion
from swiftcache.instances.items import SEEN_VERSION
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.items import attribute, instance_key
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBSeenVersions:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def note(self, instance: Instance, seen: SeenVersion) -> bool:
        values = {":running": Status.RUNNING.value, ":task": seen.task, ":seen": SEEN_VERSION.encode(seen)}
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(
                    TableName=self._table,
                    Key=instance_key(instance.organization_id, instance.id),
                    UpdateExpression="SET seenVersion = :seen",
                    ConditionExpression="#status = :running AND endpoint.task = :task",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues={name: attribute(value) for name, value in values.items()},
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True
