"""The instances of all organizations, from the table's index Fleet."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swiftcache.adapters.aws_errors import passing_errors_as_unavailable
from swiftcache.adapters.dynamodb_items import FLEET, instance_of
from swiftcache.adapters.dynamodb_transactions import SERVICE
from swiftcache.domain.instance import Instance
from swiftcache.domain.status import Status

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBFleet:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def running(self) -> Iterator[Instance]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="Fleet",
            KeyConditionExpression="fleet = :fleet",
            FilterExpression="#status = :running",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":fleet": {"S": FLEET}, ":running": {"S": Status.RUNNING.value}},
        )
        with passing_errors_as_unavailable(SERVICE):
            for page in pages:
                yield from map(instance_of, page["Items"])
