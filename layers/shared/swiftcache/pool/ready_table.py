"""Members of the warm pool that may be taken over, and taking one over, in DynamoDB."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.instances.items import instance_item, instance_of
from swiftcache.instances.model import Instance
from swiftcache.instances.recovery_state import RecoveryStatus
from swiftcache.instances.sizes import task_size
from swiftcache.instances.status import Status
from swiftcache.instances.usage_table import refusal, take
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.items import INSTANCE, attribute, instance_key, organization_key
from swiftcache.platform.transactions import SERVICE, unmet, write_together
from swiftcache.pool.model import POOL, is_ready

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


class DynamoDBReadyMembers:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def ready(self, task_memory: int) -> Sequence[Instance]:
        # The pool is small: it fits into one page many times.
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pool AND begins_with(SK, :instance)",
                ExpressionAttributeValues={":pool": organization_key(POOL)["PK"], ":instance": {"S": INSTANCE}},
            )
        members = map(instance_of, answer["Items"])
        return [found for found in members if is_ready(found) and task_size(found.max_memory).memory == task_memory]

    def take_over(self, member: Instance, instance: Instance, audit: AuditEntry) -> None:
        writes: list[TransactWriteItemTypeDef] = [
            self._removal(member),
            {
                "Put": {
                    "TableName": self._table,
                    "Item": instance_item(instance),
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            },
            {"Update": take(self._table, instance.organization_id, 1, instance.max_memory)},
            audit_put(self._table, audit),
        ]
        try:
            write_together(self._client, *writes)
        except ClientError as error:
            match unmet(error):
                case 0 | 1:  # or somebody has just taken it over
                    raise RecordChanged(f"{member.id} is not ready any more") from error
                case 2:
                    raise refusal(self._client, self._table, instance.organization_id, instance.max_memory) from error
                case _:
                    raise

    def _removal(self, member: Instance) -> "TransactWriteItemTypeDef":
        """As it was read: another task may serve by now, or somebody may be at work on it."""
        return {
            "Delete": {
                "TableName": self._table,
                "Key": instance_key(member.organization_id, member.id),
                "ConditionExpression": (
                    "#status = :running AND endpoint = :endpoint AND attribute_not_exists(runs)"
                    " AND (attribute_not_exists(recovery) OR recovery.#status <> :inProgress)"
                ),
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {
                    ":running": attribute(Status.RUNNING.value),
                    ":endpoint": instance_item(member)["endpoint"],
                    ":inProgress": attribute(RecoveryStatus.IN_PROGRESS.value),
                },
            }
        }
