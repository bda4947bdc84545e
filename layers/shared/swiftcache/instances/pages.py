"""Pages of an organization's instances. Each is one query that reads as many items as it gives.

A cursor is the id of the last instance that was read, with the filter it belongs to: the key in any of the indexes
follows from the two.
"""

from typing import TYPE_CHECKING, Any

from swiftcache.instances.items import instance_of
from swiftcache.instances.ports import Filter, Page
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.cursors import decoded, encoded
from swiftcache.platform.errors import InvalidRequest
from swiftcache.platform.items import INSTANCE, instance_key
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_PLACE = r"inst_[a-z0-9]{1,64}#.*"


def page_of(
    client: "DynamoDBClient", table: str, organization_id: str, limit: int, cursor: str | None, only: Filter
) -> Page:
    """Raises InvalidRequest for a cursor that is not ours, or of another filter."""
    after = _decoded(cursor, only) if cursor else None
    index, attribute, prefix = _order(only)
    query: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "PK = :pk AND begins_with(#sort, :prefix)",
        "ExpressionAttributeNames": {"#sort": attribute},
        "ExpressionAttributeValues": {":pk": {"S": f"ORG#{organization_id}"}, ":prefix": {"S": prefix}},
        "Limit": limit,
        "ConsistentRead": True,
    }
    if index:
        query["IndexName"] = index
    if only.name and only.status:
        # A name has few instances; one that has many gives short pages, never one that costs more.
        query["FilterExpression"] = "#status = :status"
        query["ExpressionAttributeNames"]["#status"] = "status"
        query["ExpressionAttributeValues"][":status"] = {"S": only.status.value}
    if after:
        query["ExclusiveStartKey"] = instance_key(organization_id, after) | {attribute: {"S": f"{prefix}{after}"}}
    with passing_errors_as_unavailable(SERVICE):
        answer = client.query(**query)
    last = answer.get("LastEvaluatedKey")
    following = _encoded(last["SK"]["S"].removeprefix(INSTANCE), only) if last else None
    return Page([instance_of(item) for item in answer["Items"]], following)


def _order(only: Filter) -> tuple[str | None, str, str]:
    """The index, its range key, and what the range keys of the wanted instances begin with."""
    if only.name:
        return "ByName", "nameKey", f"{only.name}#"
    if only.status:
        return "ByStatus", "statusKey", f"{only.status}#"
    return None, "SK", INSTANCE


def _scope(only: Filter) -> str:
    return f"{only.status or ''}#{only.name or ''}"


def _encoded(instance_id: str, only: Filter) -> str:
    return encoded(f"{instance_id}#{_scope(only)}")


def _decoded(cursor: str, only: Filter) -> str:
    instance_id, _, scope = decoded(cursor, _PLACE).partition("#")
    if scope != _scope(only):
        raise InvalidRequest("cursor belongs to a list with another filter; begin again without it", "/cursor")
    return instance_id
