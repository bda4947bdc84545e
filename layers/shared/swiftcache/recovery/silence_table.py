"""The record of tasks that do not answer, in DynamoDB."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.instances.items import SILENCE
from swiftcache.instances.model import Instance
from swiftcache.instances.silence import Silence
from swiftcache.instances.status import Status
from swiftcache.platform.items import attribute, instance_key
from swiftcache.platform.transactions import unmet, write_together

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import UpdateTypeDef


class DynamoDBSilences:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def store(self, instance: Instance, silence: Silence | None, audit: AuditEntry | None = None) -> bool:
        assert instance.endpoint
        values: dict[str, object] = {":running": Status.RUNNING.value, ":task": instance.endpoint.task}
        condition = "#status = :running AND endpoint.task = :task AND "
        if instance.silence:
            condition += "#silence = :before"
            values[":before"] = SILENCE.encode(instance.silence)
        else:
            condition += "attribute_not_exists(#silence)"
        if silence:
            values[":silence"] = SILENCE.encode(silence)
        update: UpdateTypeDef = {
            "TableName": self._table,
            "Key": instance_key(instance.organization_id, instance.id),
            "UpdateExpression": "SET #silence = :silence" if silence else "REMOVE #silence",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#status": "status", "#silence": "silence"},
            "ExpressionAttributeValues": {name: attribute(value) for name, value in values.items()},
        }
        entries = [audit_put(self._table, audit)] if audit else []
        try:
            write_together(self._client, {"Update": update}, *entries)
        except ClientError as error:
            if unmet(error) != 0:
                raise
            return False
        return True
