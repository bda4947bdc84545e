"""What an organization's backups take of its limits, in the organization's own item.

    backupCount, backupBytes             what there is
    backupLimit, backupBytesLimit        what there may be; the default where it has none of its own
    backupVersion                        counts the changes of what there is

A creation adds one on the condition that there is room. What the backup takes in S3 is known when it is whole, so the
bytes may pass their limit by what was under way.
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.backups.ports import BackupUse
from swiftcache.organizations.model import DEFAULT_LIMITS, OrganizationStatus
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import Conflict, LimitExceeded, LimitUsage, NotFound, SwiftCacheError
from swiftcache.platform.items import attribute, organization_key, plain
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from typing import Any

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import UpdateTypeDef


def count(table: str, organization_id: str, backups: int, size_bytes: int) -> "UpdateTypeDef":
    """Adds so many; a write that fails where the organization is gone."""
    return {
        "TableName": table,
        "Key": organization_key(organization_id),
        # The version lets the reconciler notice a change that another has balanced.
        "UpdateExpression": "ADD backupCount :backups, backupBytes :size, backupVersion :one",
        "ConditionExpression": "attribute_exists(PK)",
        "ExpressionAttributeValues": {
            ":backups": attribute(backups),
            ":size": attribute(size_bytes),
            ":one": attribute(1),
        },
    }


def one_more(table: str, organization_id: str, size_bytes: int) -> "UpdateTypeDef":
    """The same for a new one, if there is room for it.

    Not while the organization is being deleted: its backups have perhaps been removed already.
    """
    counted = count(table, organization_id, +1, size_bytes)
    return {
        **counted,
        "ConditionExpression": (
            f"#status = :active AND {_less('backupCount', 'backupLimit', ':most')}"
            f" AND {_less('backupBytes', 'backupBytesLimit', ':mostBytes')}"
        ),
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            **counted["ExpressionAttributeValues"],
            ":active": attribute(OrganizationStatus.ACTIVE.value),
            ":most": attribute(DEFAULT_LIMITS.backups),
            ":mostBytes": attribute(DEFAULT_LIMITS.backup_bytes),
            ":none": attribute(0),
        },
    }


def _less(used: str, limit: str, default: str) -> str:
    """A condition: less than the limit, which is the default where the organization has none of its own."""
    some = f"attribute_exists({used}) AND ({used} < {limit} OR (attribute_not_exists({limit}) AND {used} < {default}))"
    none = f"attribute_not_exists({used}) AND (attribute_not_exists({limit}) OR {limit} > :none)"
    return f"(({some}) OR ({none}))"


def refusal(client: "DynamoDBClient", table: str, organization_id: str) -> SwiftCacheError:
    """Why an organization could not have one more."""
    item = _item(client, table, organization_id)
    if item is None:
        return NotFound(f"there is no organization {organization_id}")
    if item["status"] != OrganizationStatus.ACTIVE:
        return Conflict(f"the organization is {item['status']}")
    used, limit = int(item.get("backupCount", 0)), int(item.get("backupLimit", DEFAULT_LIMITS.backups))
    size = int(item.get("backupBytes", 0))
    most = int(item.get("backupBytesLimit", DEFAULT_LIMITS.backup_bytes))
    return LimitExceeded(
        f"the organization has {used} of {limit} backups, and they have {size} of {most} bytes. "
        "Delete a backup, or ask the operator",
        LimitUsage("backups", limit, used, 1),
        LimitUsage("backupBytes", most, size, 0),
    )


def _item(client: "DynamoDBClient", table: str, organization_id: str) -> "dict[str, Any] | None":
    with passing_errors_as_unavailable(SERVICE):
        answer = client.get_item(TableName=table, Key=organization_key(organization_id), ConsistentRead=True)
    return plain(answer["Item"]) if "Item" in answer else None


class DynamoDBBackupCounts:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def read(self, organization_id: str) -> BackupUse | None:
        item = _item(self._client, self._table, organization_id)
        if item is None:
            return None
        return BackupUse(
            int(item.get("backupCount", 0)), int(item.get("backupBytes", 0)), int(item.get("backupVersion", 0))
        )

    def correct(self, organization_id: str, seen: BackupUse, backups: int, size_bytes: int) -> bool:
        unchanged = "backupVersion = :version"
        if seen.version == 0:
            unchanged = f"(attribute_not_exists(backupVersion) OR {unchanged})"
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(
                    TableName=self._table,
                    Key=organization_key(organization_id),
                    UpdateExpression="SET backupCount = :backups, backupBytes = :size, backupVersion = :next",
                    ConditionExpression=f"attribute_exists(PK) AND {unchanged}",
                    ExpressionAttributeValues={
                        ":backups": attribute(backups),
                        ":size": attribute(size_bytes),
                        ":version": attribute(seen.version),
                        ":next": attribute(seen.version + 1),
                    },
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True
