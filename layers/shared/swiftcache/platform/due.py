"""What is due: the items that an index of the table has by the work they wait for, and by when."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.items import attribute
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DueItem(NamedTuple):
    """`id`: what its sort key says behind its prefix; `at`: since when it is due, as a timestamp."""

    organization_id: str
    id: str
    at: str


def due_items(client: "DynamoDBClient", table: str, work: str, prefix: str, at: str, limit: int) -> Iterator[DueItem]:
    """The first of those that are due for this work at this moment; `prefix` begins their sort keys.

    Raises DependencyUnavailable.
    """
    with passing_errors_as_unavailable(SERVICE):
        answer = client.query(
            TableName=table,
            IndexName="Due",
            KeyConditionExpression="due = :due AND dueAt <= :at",
            ExpressionAttributeValues={":due": attribute(work), ":at": attribute(at)},
            Limit=limit,
        )
    for item in answer["Items"]:
        yield DueItem(item["PK"]["S"].removeprefix("ORG#"), item["SK"]["S"].removeprefix(prefix), item["dueAt"]["S"])
