"""When an instance's next maintenance begins, in the index Due. The instance's own place there is its next backup's.

    PK         SK                         due          dueAt
    ORG#<id>   MAINTENANCE#<instance id>  MAINTENANCE  the earliest start of what is pending

A part of what the instance's item has, written together with it. One whose instance is gone is removed when it is due.
"""

from typing import TYPE_CHECKING

from swiftcache.instances.model import Instance
from swiftcache.platform.items import attribute

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

MAINTENANCE = "MAINTENANCE#"
DUE = "MAINTENANCE"


def maintenance_key(organization_id: str, instance_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": f"{MAINTENANCE}{instance_id}"}}


def due_writes(table: str, before: Instance, after: Instance) -> "list[TransactWriteItemTypeDef]":
    """What belongs to a change of what is pending; nothing if no other moment follows from it."""
    due = _next_start(after)
    if due == _next_start(before):
        return []
    key = maintenance_key(after.organization_id, after.id)
    if due is None:
        return [{"Delete": {"TableName": table, "Key": key}}]
    return [{"Put": {"TableName": table, "Item": key | {"due": attribute(DUE), "dueAt": attribute(due)}}}]


def _next_start(instance: Instance) -> str | None:
    return min((one.starts_at for one in instance.pending_maintenance), default=None)
