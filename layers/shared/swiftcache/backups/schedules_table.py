"""Schedules of backups in DynamoDB: instances in the index Due, by the time of their next backup."""

from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.backups.model import Backup
from swiftcache.backups.table import creation_writes
from swiftcache.backups.usage_table import refusal
from swiftcache.instances.backup_schedule import DUE
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.instances.update_item import InstanceUpdate
from swiftcache.platform.due import due_items
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.items import INSTANCE
from swiftcache.platform.transactions import unmet, write_together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


class DynamoDBSchedules:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def due(self, at: str, limit: int) -> "Sequence[tuple[str, str]]":
        found = due_items(self._client, self._table, DUE, INSTANCE, at, limit)
        return [(due.organization_id, due.id) for due in found]

    def begin(self, instance: Instance, backup: Backup, following: str, audit: AuditEntry) -> None:
        begun = replace(instance, next_backup_at=following, backup_id=backup.id)
        moved = self._moved(instance, begun, Status.RUNNING)
        try:
            write_together(self._client, moved, *creation_writes(self._table, backup, audit))
        except ClientError as error:
            match unmet(error):
                case 0:
                    raise _changed(instance) from error
                case 1:
                    raise refusal(self._client, self._table, instance.organization_id) from error
                case _:
                    raise

    def put_off(self, instance: Instance, until: str, audit: AuditEntry | None) -> None:
        told = [audit_put(self._table, audit)] if audit is not None else []
        moved = self._moved(instance, replace(instance, next_backup_at=until), Status.RUNNING, Status.PROVISIONING)
        try:
            write_together(self._client, moved, *told)
        except ClientError as error:
            if unmet(error) != 0:
                raise
            raise _changed(instance) from error

    def _moved(self, before: Instance, after: Instance, *allowed: Status) -> "TransactWriteItemTypeDef":
        """Its next backup is due at another time: of two who do this together, one does."""
        if before.status not in allowed:
            raise _changed(before)
        update = InstanceUpdate(self._table, before)
        update.only_if_as_read(("status", "nextBackupAt", "backupId"))
        update.change_to(after, ("nextBackupAt", "dueAt", "backupId"))
        return {"Update": update.request()}


def _changed(instance: Instance) -> RecordChanged:
    return RecordChanged(
        f"{instance.id} was changed: its next backup is not due at {instance.next_backup_at} any more, or was begun"
    )
