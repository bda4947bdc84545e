"""The queue of changes, in the table.

PK              SK                  what
RECORD_CHANGES  CHANGE#<host>#<id>  a change that is to be made
RECORD_CHANGES  WRITER              who makes them, and until when
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.dns.model import Priority, RecordChange
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.batches import delete_items
from swiftcache.platform.items import attributes, plain
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_PARTITION = "RECORD_CHANGES"
_CHANGE = "CHANGE#"
_WRITER: "dict[str, AttributeValueTypeDef]" = {"PK": {"S": _PARTITION}, "SK": {"S": "WRITER"}}


class DynamoDBRecordQueue:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, change: RecordChange) -> None:
        with passing_errors_as_unavailable(SERVICE):
            self._client.put_item(TableName=self._table, Item={**_key(change), **_attributes(change)})

    def changes(self) -> Sequence[RecordChange]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :change)",
            ExpressionAttributeValues={":pk": {"S": _PARTITION}, ":change": {"S": _CHANGE}},
            ConsistentRead=True,
        )
        with passing_errors_as_unavailable(SERVICE):
            return [_change(plain(item)) for page in pages for item in page["Items"]]

    def remove(self, changes: Sequence[RecordChange]) -> None:
        delete_items(self._client, self._table, [_key(change) for change in changes], SERVICE)

    def acquire(self, owner: str, now: int, until: int) -> bool:
        return self._write(
            UpdateExpression="SET #owner = :owner, #until = :until",
            ConditionExpression="attribute_not_exists(#owner) OR #owner = :owner OR #until <= :now",
            ExpressionAttributeNames={"#owner": "owner", "#until": "until"},
            ExpressionAttributeValues={":owner": {"S": owner}, ":until": {"N": str(until)}, ":now": {"N": str(now)}},
        )

    def release(self, owner: str) -> None:
        self._write(
            UpdateExpression="REMOVE #owner, #until",
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner", "#until": "until"},
            ExpressionAttributeValues={":owner": {"S": owner}},
        )

    def has_writer(self, now: int) -> bool:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=_WRITER, ConsistentRead=True)
        return int(answer.get("Item", {}).get("until", {"N": "0"})["N"]) > now

    def _write(self, **expressions: Any) -> bool:
        """Whether the condition held."""
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(TableName=self._table, Key=_WRITER, **expressions)
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _key(change: RecordChange) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": _PARTITION}, "SK": {"S": f"{_CHANGE}{change.hostname}#{change.id}"}}


def _attributes(change: RecordChange) -> "dict[str, AttributeValueTypeDef]":
    return attributes(
        {
            "id": change.id,
            "instanceId": change.instance_id,
            "hostname": change.hostname,
            "addresses": list(change.addresses),
            "known": list(change.known),
            "priority": int(change.priority),
            "queuedAt": change.queued_at,
        }
    )


def _change(item: dict[str, Any]) -> RecordChange:
    return RecordChange(
        id=item["id"],
        instance_id=item["instanceId"],
        hostname=item["hostname"],
        addresses=tuple(item["addresses"]),
        priority=Priority(int(item["priority"])),
        queued_at=int(item["queuedAt"]),
        known=tuple(item["known"]),
    )
