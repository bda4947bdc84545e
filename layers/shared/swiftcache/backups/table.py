"""Backups in DynamoDB.

    PK           SK              what
    ORG#<id>     BACKUP#<id>     a backup

    index ByStatus   PK, statusKey   an instance's backups, by time
    index ByName     PK, nameKey     an organization's, by time
    index Due        due, dueAt      what somebody has to look at, by the time when

The organization's item counts its backups and their bytes (usage_table.py), so that two creations at a time cannot
pass the limit together. A backup lies in its owner's partition, as all that is an organization's does: see
instances/items.py.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.ports import BackupPage
from swiftcache.backups.usage_table import count, one_more, refusal
from swiftcache.instances.items import INSTANCE_CODEC
from swiftcache.instances.model import Instance
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.codec import Codec
from swiftcache.platform.cursors import decoded, encoded
from swiftcache.platform.due import due_items
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.items import attribute, attributes, plain
from swiftcache.platform.transactions import SERVICE, unmet, write_together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

BACKUP = "BACKUP#"
DUE = "BACKUPS"
"""The value of `due` of every backup that is ever due."""

_BACKUP = Codec(Backup, parts={Instance: INSTANCE_CODEC})
_BY_INSTANCE = "BACKUPOF#"
_BY_TIME = "BACKUPS#"
_PLACE = r"[0-9TZ:.-]{20,30}#bkp_[a-z0-9]{1,64}"


class DynamoDBBackups:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def create(self, backup: Backup, audit: AuditEntry) -> None:
        try:
            write_together(self._client, *creation_writes(self._table, backup, audit))
        except ClientError as error:
            if unmet(error) != 0:
                raise
            raise refusal(self._client, self._table, backup.organization_id) from error

    def get(self, organization_id: str, backup_id: str) -> Backup | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=backup_key(organization_id, backup_id), ConsistentRead=True
            )
        item = answer.get("Item")
        return backup_of(item) if item else None

    def change(self, before: Backup, after: Backup, audit: AuditEntry | None) -> None:
        writes: list[TransactWriteItemTypeDef] = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": backup_item(after),
                    "ConditionExpression": "revision = :revision",
                    "ExpressionAttributeValues": {":revision": attribute(before.revision)},
                }
            }
        ]
        if after.size_bytes != before.size_bytes:
            more = after.size_bytes - before.size_bytes
            writes.append({"Update": count(self._table, after.organization_id, 0, more)})
        if audit is not None:
            writes.append(audit_put(self._table, audit))
        try:
            write_together(self._client, *writes)
        except ClientError as error:
            if unmet(error) != 0:
                raise
            if self.get(after.organization_id, after.id) != after:
                raise RecordChanged(f"{after.id} was changed by somebody else, or is gone") from error

    def tell(self, backup: Backup, audit: AuditEntry) -> None:
        unchanged: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table,
                "Key": backup_key(backup.organization_id, backup.id),
                "UpdateExpression": "SET revision = :revision",
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": attribute(backup.revision)},
            }
        }
        try:
            write_together(self._client, unchanged, audit_put(self._table, audit))
        except ClientError as error:
            if unmet(error) != 0:
                raise
            raise RecordChanged(f"{backup.id} was changed by somebody else, or is gone") from error

    def remove(self, backup: Backup, audit: AuditEntry | None) -> None:
        deletion: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self._table,
                "Key": backup_key(backup.organization_id, backup.id),
                "ConditionExpression": "#status = :deleting",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":deleting": attribute(BackupStatus.DELETING.value)},
            }
        }
        told = [audit_put(self._table, audit)] if audit is not None else []
        less: TransactWriteItemTypeDef = {"Update": count(self._table, backup.organization_id, -1, -backup.size_bytes)}
        try:
            write_together(self._client, deletion, less, *told)
        except ClientError as error:
            if unmet(error) == 1:
                # Its organization is gone, and with it whoever counted.
                write_together(self._client, deletion)
            elif unmet(error) != 0:
                raise

    def of_instance(self, organization_id: str, instance_id: str, limit: int, cursor: str | None) -> BackupPage:
        return self._page(organization_id, "ByStatus", "statusKey", f"{_BY_INSTANCE}{instance_id}#", limit, cursor)

    def of_organization(self, organization_id: str, limit: int, cursor: str | None) -> BackupPage:
        return self._page(organization_id, "ByName", "nameKey", _BY_TIME, limit, cursor)

    def due(self, at: str, limit: int) -> "Sequence[tuple[str, str]]":
        found = due_items(self._client, self._table, DUE, BACKUP, at, limit)
        return [(due.organization_id, due.id) for due in found]

    def all(self, organization_id: str) -> "Iterator[Backup]":
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :sk)",
            ExpressionAttributeValues={
                ":pk": attribute(f"ORG#{organization_id}"),
                ":sk": attribute(BACKUP),
            },
            ConsistentRead=True,
        )
        with passing_errors_as_unavailable(SERVICE):
            for page in pages:
                yield from map(backup_of, page["Items"])

    def _page(
        self, organization_id: str, index: str, name: str, prefix: str, limit: int, cursor: str | None
    ) -> BackupPage:
        owner = attribute(f"ORG#{organization_id}")
        # A cursor stands for the last place of the page before; no cursor, for one after every backup's.
        place = decoded(cursor, _PLACE) if cursor else "~"
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression=f"PK = :pk AND begins_with({name}, :prefix)",
                ExpressionAttributeValues={":pk": owner, ":prefix": attribute(prefix)},
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=limit,
                ExclusiveStartKey={
                    "PK": owner,
                    "SK": attribute(f"{BACKUP}{place.rpartition('#')[2]}"),
                    name: attribute(f"{prefix}{place}"),
                },
            )
        last = answer.get("LastEvaluatedKey")
        return BackupPage(
            [backup_of(item) for item in answer["Items"]],
            encoded(last[name]["S"].removeprefix(prefix)) if last else None,
        )


def creation_writes(table: str, backup: Backup, audit: AuditEntry) -> "list[TransactWriteItemTypeDef]":
    """The first counts it, on the condition that there is room."""
    return [
        {"Update": one_more(table, backup.organization_id, backup.size_bytes)},
        {
            "Put": {
                "TableName": table,
                "Item": backup_item(backup),
                "ConditionExpression": "attribute_not_exists(PK)",
            }
        },
        audit_put(table, audit),
    ]


def backup_key(organization_id: str, backup_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": f"{BACKUP}{backup_id}"}}


def backup_item(backup: Backup) -> "dict[str, AttributeValueTypeDef]":
    place = f"{backup.created_at}#{backup.id}"
    indexed = {
        "nameKey": f"{_BY_TIME}{place}",
        "statusKey": f"{_BY_INSTANCE}{backup.instance_id}#{place}" if backup.instance_id else None,
        "due": DUE if backup.due_at else None,
        "dueAt": backup.due_at,
    }
    return backup_key(backup.organization_id, backup.id) | attributes(_BACKUP.encode(backup) | indexed)


def backup_of(item: dict[str, Any]) -> Backup:
    """The backup in an item in DynamoDB's JSON."""
    return _BACKUP.decode(plain(item))
