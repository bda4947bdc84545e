"""Receipts of deletions in DynamoDB, next to where the instance was: `ORG#<id>` / `RECEIPT#<instance id>`."""

import math
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING

from swiftcache.instances.items import instance_item, instance_of
from swiftcache.instances.receipt import Receipt, RemovedResources
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.items import attribute, plain
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef


_COUNTS = ("tasks", "task_definitions", "dns_records", "secrets", "volumes")


class DynamoDBReceipts:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, organization_id: str, instance_id: str, at: datetime) -> Receipt | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=receipt_key(organization_id, instance_id), ConsistentRead=True
            )
        item = answer.get("Item")
        if item is None:
            return None
        removed = plain(dict(item["removed"]["M"]))
        receipt = Receipt(
            instance=instance_of(dict(item["instance"]["M"])),
            removed=RemovedResources(
                # A receipt from before there were volumes does not count them.
                **{name: int(removed.get(name, 0)) for name in _COUNTS},
                complete=removed["complete"],
            ),
            removed_at=item["removedAt"]["S"],
        )
        # DynamoDB removes an item up to days after its time.
        return receipt if at < receipt.expires_at else None


def receipt_put(table: str, receipt: Receipt) -> "TransactWriteItemTypeDef":
    """The write that keeps the receipt, for the transaction of the removal."""
    instance = receipt.instance
    seen = instance_item(replace(instance, keys=tuple(replace(key, sha256="") for key in instance.keys)))
    item: dict[str, AttributeValueTypeDef] = {
        **receipt_key(instance.organization_id, instance.id),
        "instance": {"M": seen},
        "removed": attribute(asdict(receipt.removed)),
        "removedAt": {"S": receipt.removed_at},
        "ttl": {"N": str(math.ceil(receipt.expires_at.timestamp()))},
    }
    return {"Put": {"TableName": table, "Item": item}}


def receipt_key(organization_id: str, instance_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": f"RECEIPT#{instance_id}"}}
