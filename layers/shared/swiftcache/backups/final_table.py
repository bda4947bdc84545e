"""Instances and their final backups, changed together in DynamoDB."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.backups.model import Backup
from swiftcache.backups.table import backup_item, creation_writes
from swiftcache.backups.usage_table import refusal as refusal_of_backup
from swiftcache.instances.items import instance_item, instance_of
from swiftcache.instances.model import Instance
from swiftcache.instances.receipts_table import receipt_key
from swiftcache.instances.update_item import InstanceUpdate
from swiftcache.instances.usage_table import refusal, take
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import IllegalTransition, RecordChanged
from swiftcache.platform.items import attribute, instance_key
from swiftcache.platform.transactions import SERVICE, unmet, write_together

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

_READ = ("status", "deletionProtection", "revision", "change", "endpoint", "recovery", "finalBackup")
"""What is decided from."""

_WRITTEN = (
    *("status", "statusKey", "changedAt", "reason", "requestId", "deletedBy", "finalBackup", "revision"),
    *("nextBackupAt", "due", "dueAt", "backupId"),
)


class DynamoDBFinalBackupRecord:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def begin(self, before: Instance, after: Instance, backup: Backup, *told: AuditEntry) -> None:
        of_backup, of_instance = told
        try:
            write_together(
                self._client,
                self._update(before, after),
                *creation_writes(self._table, backup, of_backup),
                audit_put(self._table, of_instance),
            )
        except ClientError as error:
            match unmet(error):
                case None:
                    raise
                case 0:
                    raise _changed(before) from error
                case _:
                    raise refusal_of_backup(self._client, self._table, backup.organization_id) from error

    def change(
        self,
        before: Instance,
        after: Instance,
        audit: AuditEntry | None = None,
        sealed: tuple[Backup, Backup] | None = None,
    ) -> None:
        writes = [self._update(before, after)]
        if sealed is not None:
            writes.append({"Put": self._put(*sealed)})
        if audit is not None:
            writes.append(audit_put(self._table, audit))
        try:
            write_together(self._client, *writes)
        except ClientError as error:
            if unmet(error) is None:
                raise
            raise _changed(before) from error

    def undelete(self, instance: Instance, before: Backup, after: Backup, audit: AuditEntry) -> None:
        try:
            write_together(
                self._client,
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": instance_item(instance),
                        "ConditionExpression": "attribute_not_exists(PK)",
                    }
                },
                # Not a reservation, as for creations: undeletions are so few that they do not meet here.
                {"Update": take(self._table, instance.organization_id, 1, instance.max_memory)},
                {"Put": self._put(before, after)},
                {"Delete": {"TableName": self._table, "Key": receipt_key(instance.organization_id, instance.id)}},
                audit_put(self._table, audit),
            )
        except ClientError as error:
            match unmet(error):
                case None:
                    raise
                case 0:
                    raise self._there(instance) from error
                case 1:
                    raise refusal(self._client, self._table, instance.organization_id, instance.max_memory) from error
                case _:
                    raise RecordChanged(f"{before.id} was changed by somebody else, or is gone") from error

    def _update(self, before: Instance, after: Instance) -> "TransactWriteItemTypeDef":
        update = InstanceUpdate(self._table, before)
        update.only_if_as_read(_READ)
        update.change_to(after, _WRITTEN)
        return {"Update": update.request()}

    def _put(self, before: Backup, after: Backup) -> "PutTypeDef":
        return {
            "TableName": self._table,
            "Item": backup_item(after),
            "ConditionExpression": "revision = :revision",
            "ExpressionAttributeValues": {":revision": attribute(before.revision)},
        }

    def _there(self, instance: Instance) -> Exception:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=instance_key(instance.organization_id, instance.id), ConsistentRead=True
            )
        if "Item" not in answer:
            return RecordChanged(f"{instance.id} was there a moment ago")
        status = instance_of(answer["Item"]).status
        return IllegalTransition(f"{instance.id} is {status}: only an instance that is gone can be undeleted", status)


def _changed(instance: Instance) -> RecordChanged:
    return RecordChanged(f"{instance.id} was changed at the same moment, or is gone")
