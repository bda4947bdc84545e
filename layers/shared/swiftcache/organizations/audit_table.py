"""An organization's audit log in DynamoDB: a partition of its own, in the order of time."""

from typing import TYPE_CHECKING, Any

from swiftcache.access.audit import Action, AuditEntry
from swiftcache.access.audit_items import audit_entry_of
from swiftcache.organizations.ports import AuditPage
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.cursors import decoded, encoded
from swiftcache.platform.items import AUDIT
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_PLACE = r"[0-9TZ:.-]{1,32}#audit_[a-z0-9]{1,64}"

_LOOKED_THROUGH = 1000
"""How many entries a filtered page looks at. They are about 500 bytes: 500 KB, a quarter of a second."""


class DynamoDBAuditLog:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def page(
        self, organization_id: str, limit: int, cursor: str | None, instance_id: str | None, action: Action | None
    ) -> AuditPage:
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": {":pk": {"S": f"{AUDIT}{organization_id}"}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": limit,
        }
        if cursor:
            query["ExclusiveStartKey"] = {
                "PK": {"S": f"{AUDIT}{organization_id}"},
                "SK": {"S": decoded(cursor, _PLACE)},
            }
        if instance_id is None and action is None:
            return self._read(query, limit)
        return self._read(query | _filter(query, instance_id, action) | {"Limit": _LOOKED_THROUGH}, limit)

    def _read(self, query: dict[str, Any], limit: int) -> AuditPage:
        """DynamoDB limits what it looks at, before it filters: so more may be found than was asked for."""
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(**query)
        found = [audit_entry_of(item) for item in answer["Items"]]
        if len(found) > limit:
            return AuditPage(found[:limit], encoded(_place(found[limit - 1])))
        last = answer.get("LastEvaluatedKey")
        return AuditPage(found, encoded(last["SK"]["S"]) if last else None)


def _filter(query: dict[str, Any], instance_id: str | None, action: Action | None) -> dict[str, Any]:
    conditions, values = [], dict(query["ExpressionAttributeValues"])
    if instance_id is not None:
        # An instance key is a target of its own; its entry names the instance in the details.
        conditions.append("(targetId = :instance OR details.instanceId = :instance)")
        values[":instance"] = {"S": instance_id}
    if action is not None:
        conditions.append("#action = :action")
        values[":action"] = {"S": action.value}
    names = {"ExpressionAttributeNames": {"#action": "action"}} if action is not None else {}
    return {"FilterExpression": " AND ".join(conditions), "ExpressionAttributeValues": values, **names}


def _place(entry: AuditEntry) -> str:
    return f"{entry.at}#{entry.id}"
