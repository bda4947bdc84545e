"""An organization's audit log in DynamoDB: a partition of its own, in the order of time."""

from typing import TYPE_CHECKING, Any

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_entry_of
from swiftcache.organizations.model import EVERYTHING, AuditFilter
from swiftcache.organizations.ports import AuditPage
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.cursors import decoded, encoded
from swiftcache.platform.errors import InvalidRequest
from swiftcache.platform.items import AUDIT
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_PLACE = r"[0-9TZ:.-]{1,32}#audit_[a-z0-9]{1,64}"

_FIRST, _LAST = "0", "~"
"""Before and after every place."""

_LOOKED_THROUGH = 1000
"""How many entries a filtered page looks at. They are about 500 bytes: 500 KB, a quarter of a second."""


class DynamoDBAuditLog:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def page(self, organization_id: str, limit: int, cursor: str | None, wanted: AuditFilter = EVERYTHING) -> AuditPage:
        query: dict[str, Any] = {
            "TableName": self._table,
            # A place is longer than its time, so what is at `until` comes after it.
            "KeyConditionExpression": "PK = :pk AND SK BETWEEN :since AND :until",
            "ExpressionAttributeValues": {
                ":pk": {"S": f"{AUDIT}{organization_id}"},
                ":since": {"S": wanted.since or _FIRST},
                ":until": {"S": wanted.until or _LAST},
            },
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": limit,
        }
        if cursor:
            place = decoded(cursor, _PLACE)
            if not wanted.covers(place.partition("#")[0]):
                raise InvalidRequest("cursor is one of another time than since and until say", "/cursor")
            query["ExclusiveStartKey"] = {"PK": {"S": f"{AUDIT}{organization_id}"}, "SK": {"S": place}}
        if not wanted.looks_at_each:
            return self._read(query, limit)
        return self._read(query | _filter(query, wanted) | {"Limit": _LOOKED_THROUGH}, limit)

    def _read(self, query: dict[str, Any], limit: int) -> AuditPage:
        """DynamoDB limits what it looks at, before it filters: so more may be found than was asked for."""
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(**query)
        found = [audit_entry_of(item) for item in answer["Items"]]
        if len(found) > limit:
            return AuditPage(found[:limit], encoded(_place(found[limit - 1])))
        last = answer.get("LastEvaluatedKey")
        return AuditPage(found, encoded(last["SK"]["S"]) if last else None)


def _filter(query: dict[str, Any], wanted: AuditFilter) -> dict[str, Any]:
    # An instance key is a target of its own; its entry names the instance in the details.
    given = {
        "(targetId = :instance OR details.instanceId = :instance)": (":instance", wanted.instance_id),
        "targetId = :target": (":target", wanted.target_id),
        "actorMemberId = :member": (":member", wanted.member_id),
        "#action = :action": (":action", wanted.action),
    }
    asked = {condition: (name, value) for condition, (name, value) in given.items() if value}
    values = {name: {"S": str(value)} for name, value in asked.values()}
    names = {"ExpressionAttributeNames": {"#action": "action"}} if wanted.action else {}
    return {
        "FilterExpression": " AND ".join(asked),
        "ExpressionAttributeValues": query["ExpressionAttributeValues"] | values,
        **names,
    }


def _place(entry: AuditEntry) -> str:
    return f"{entry.at}#{entry.id}"
