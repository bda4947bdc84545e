"""How long recent creations took, of all organizations: `CREATIONS` / `<time>#<instance id>`, for a week.

Those that began with a member of the warm pool lie in a partition of their own: the two kinds have nothing in common.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.transactions import SERVICE
from swiftcache.timeline.ports import Creation

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_KEPT = timedelta(days=7)


class DynamoDBCreations:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, creation: Creation) -> None:
        forgotten = datetime.fromisoformat(creation.at) + _KEPT
        with passing_errors_as_unavailable(SERVICE):
            self._client.put_item(
                TableName=self._table,
                Item={
                    "PK": {"S": _partition(creation.claimed)},
                    "SK": {"S": f"{creation.at}#{creation.instance_id}"},
                    "seconds": {"N": str(creation.seconds)},
                    "ttl": {"N": str(int(forgotten.timestamp()))},
                },
            )

    def recent(self, limit: int, *, claimed: bool = False) -> list[float]:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": {"S": _partition(claimed)}},
                ScanIndexForward=False,
                Limit=limit,
            )
        return [float(item["seconds"]["N"]) for item in answer["Items"]]


def _partition(claimed: bool) -> str:
    return "CREATIONS#CLAIMED" if claimed else "CREATIONS"
