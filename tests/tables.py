"""The table as template.yaml has it, in moto."""

from functools import cache
from typing import TYPE_CHECKING, Any

from tests.expanded import expanded

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_SHAPE = ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "GlobalSecondaryIndexes", "BillingMode")


@cache
def _shape() -> dict[str, Any]:
    table = expanded().resources["Table"]
    return {name: table["Properties"][name] for name in _SHAPE}


def create_table(client: "DynamoDBClient", name: str) -> None:
    """An empty table with the indexes of the real one."""
    client.create_table(TableName=name, **_shape())


def audited(client: "DynamoDBClient", table: str, organization_id: str) -> list[str]:
    """What an organization's audit log tells, the oldest first."""
    found = client.query(
        TableName=table,
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": f"AUDIT#{organization_id}"}},
    )
    return [item["action"]["S"] for item in found["Items"]]
