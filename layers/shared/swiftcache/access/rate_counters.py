"""How many requests came, counted in DynamoDB for all processes together."""

from typing import TYPE_CHECKING

from swiftcache.access.rate_limits import WINDOW_SECONDS
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_KEPT_SECONDS = 60
"""After the window; then DynamoDB may remove the count."""


class DynamoDBCounts:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, limit_key_id: str, window: int, requests: int) -> int:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.update_item(
                TableName=self._table,
                Key={"PK": {"S": f"RATE#{limit_key_id}"}, "SK": {"S": str(window)}},
                UpdateExpression="SET #ttl = :ttl ADD used :requests",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":ttl": {"N": str((window + 1) * WINDOW_SECONDS + _KEPT_SECONDS)},
                    ":requests": {"N": str(requests)},
                },
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["used"]["N"])
