"""Whose turn it is to be the backup of an instance, in DynamoDB: the instance's item names the last that was begun."""

from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.backups.model import Backup
from swiftcache.backups.table import creation_writes
from swiftcache.backups.usage_table import refusal
from swiftcache.instances.model import Instance
from swiftcache.instances.update_item import InstanceUpdate
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.transactions import unmet, write_together

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBBackupTurns:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def begin(self, instance: Instance, backup: Backup, audit: AuditEntry) -> None:
        update = InstanceUpdate(self._table, instance)
        update.only_if_as_read(("status", "backupId"))
        update.change_to(replace(instance, backup_id=backup.id), ("backupId",))
        try:
            write_together(self._client, {"Update": update.request()}, *creation_writes(self._table, backup, audit))
        except ClientError as error:
            match unmet(error):
                case 0:
                    raise RecordChanged(f"{instance.id} has another backup, or another status") from error
                case 1:
                    raise refusal(self._client, self._table, instance.organization_id) from error
                case _:
                    raise
