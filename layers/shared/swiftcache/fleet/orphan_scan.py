"""The items of organizations that are gone: found by going round the table, since no index has them.

Only an instance has one, and is found by it. A page is 1 MB, whatever is in it: so a pass costs the same each time, and
a larger table takes more passes. What goes by itself is left to its time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.items import INSTANCE, ORGANIZATION, organization_key
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_LOOKUP = "ACCOUNTKEY#"
_OWNED = "ORG#"


class DynamoDBOrphanItemScan:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        after: Any = {"ExclusiveStartKey": _key(token)} if token else {}
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.scan(
                TableName=self._table,
                Select="SPECIFIC_ATTRIBUTES",  # our policy asks for it by name
                ProjectionExpression="PK, SK, organizationId, #ttl",
                ExpressionAttributeNames={"#ttl": "ttl"},
                **after,
            )
        last = answer.get("LastEvaluatedKey")
        return list(_resources(answer["Items"])), _name(last) if last else None

    def belongs(self, item: CloudResource) -> bool:
        return not self._is_there(_key(item.name)) or self._is_there(organization_key(item.owner))

    def remove(self, item: CloudResource) -> None:
        with passing_errors_as_unavailable(SERVICE):
            self._client.delete_item(TableName=self._table, Key=_key(item.name))

    def _is_there(self, key: Any) -> bool:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=key, ConsistentRead=True, ProjectionExpression="PK"
            )
        return "Item" in answer


def _resources(items: Sequence[Mapping[str, Any]]) -> Iterator[CloudResource]:
    for item in items:
        partition, sort_key = item["PK"]["S"], item["SK"]["S"]
        if "ttl" in item or sort_key == ORGANIZATION or sort_key.startswith(INSTANCE):
            continue
        if partition.startswith(_OWNED):
            yield CloudResource(ResourceKind.ITEM, _name(item), partition.removeprefix(_OWNED))
        elif partition.startswith(_LOOKUP):
            yield CloudResource(ResourceKind.ITEM, _name(item), item["organizationId"]["S"])


def _name(key: Mapping[str, Any]) -> str:
    return f"{key['PK']['S']}/{key['SK']['S']}"


def _key(name: str) -> Any:
    partition, _, sort_key = name.partition("/")
    return {"PK": {"S": partition}, "SK": {"S": sort_key}}
