"""The counter states and hours of metrics in DynamoDB, and the fleet that they are of."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.metrics.items import (
    COUNTER_STATE,
    HOUR,
    NOTED,
    counter_state_attributes,
    counter_state_key,
    counter_state_of,
    hour_key,
    hour_of_item,
    partition,
)
from swiftcache.metrics.model import CounterState
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.items import attribute

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_SERVICE = "the store of metrics"
_KEPT_SECONDS = 26 * 3600


class DynamoDBMetrics:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def counter_state(self, organization_id: str, instance_id: str) -> CounterState:
        with passing_errors_as_unavailable(_SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=counter_state_key(organization_id, instance_id), ConsistentRead=True
            )
        return counter_state_of(answer.get("Item", {}))

    def counter_states(self, organization_id: str) -> dict[str, CounterState]:
        items = self._items(partition(organization_id), "begins_with(SK, :start)", COUNTER_STATE)
        return {item["SK"]["S"].removeprefix(COUNTER_STATE): counter_state_of(item) for item in items}

    def record(self, organization_id: str, instance_id: str, hour: str, counted: Counters, state: CounterState) -> bool:
        expires = int(datetime.fromisoformat(state.at).timestamp()) + _KEPT_SECONDS
        writes = [self._counter_state_update(organization_id, instance_id, state, expires)]
        # Most instances are idle most of the time, and half of the write is saved.
        if counted != NOTHING:
            writes.append(self._hour_update(instance_id, hour, counted, expires))
        try:
            with passing_errors_as_unavailable(_SERVICE):
                self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if code_of(error) != "TransactionCanceledException":
                raise
            # By the condition, or by another write of the same item at this moment. The next scrape makes it good.
            return False
        return True

    def note(self, organization_id: str, instance_id: str, share: Counters) -> None:
        with passing_errors_as_unavailable(_SERVICE):
            self._client.update_item(
                TableName=self._table,
                Key=counter_state_key(organization_id, instance_id),
                UpdateExpression="SET #ttl = :ttl ADD " + ", ".join(f"{name} :{name}" for name in NOTED),
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":ttl": attribute(int(time.time()) + _KEPT_SECONDS),
                    **{f":{name}": attribute(getattr(share, counter)) for name, counter in NOTED.items()},
                },
            )

    def hours(self, instance_id: str, since: str) -> dict[str, Counters]:
        return dict(map(hour_of_item, self._items(partition(instance_id), "SK >= :start", HOUR + since)))

    def _counter_state_update(
        self, organization_id: str, instance_id: str, state: CounterState, expires: int
    ) -> "TransactWriteItemTypeDef":
        values = {**counter_state_attributes(state), "ttl": attribute(expires)}
        first = state.sequence == 1
        return {
            "Update": {
                "TableName": self._table,
                "Key": counter_state_key(organization_id, instance_id),
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
                "ConditionExpression": "attribute_not_exists(#sequence)" if first else "#sequence = :before",
                "ExpressionAttributeNames": {f"#{name}": name for name in values},
                "ExpressionAttributeValues": {
                    **{f":{name}": value for name, value in values.items()},
                    **({} if first else {":before": attribute(state.sequence - 1)}),
                },
            }
        }

    def _hour_update(self, instance_id: str, hour: str, counted: Counters, expires: int) -> "TransactWriteItemTypeDef":
        sums = asdict(counted)
        return {
            "Update": {
                "TableName": self._table,
                "Key": hour_key(instance_id, hour),
                "UpdateExpression": "SET #ttl = :ttl ADD " + ", ".join(f"{name} :{name}" for name in sums),
                "ExpressionAttributeNames": {"#ttl": "ttl"},
                "ExpressionAttributeValues": {
                    ":ttl": attribute(expires),
                    **{f":{name}": attribute(value) for name, value in sums.items()},
                },
            }
        }

    def _items(self, pk: str, range_condition: str, start: str) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=f"PK = :pk AND {range_condition}",
            ExpressionAttributeValues={":pk": {"S": pk}, ":start": {"S": start}},
        )
        with passing_errors_as_unavailable(_SERVICE):
            for page in pages:
                yield from page["Items"]
