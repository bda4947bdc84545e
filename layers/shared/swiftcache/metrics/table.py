"""The buckets, notes, steps and hours of metrics in DynamoDB."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.metrics.bucket_codec import (
    in_snapshot,
    packed,
    packed_ends,
    packed_later,
    packed_snapshot,
    unpacked,
)
from swiftcache.metrics.buckets import Bucket, Owned, bucket_of, buckets_of
from swiftcache.metrics.items import (
    DAY_SECONDS,
    HOUR,
    NOTE,
    NOTED,
    STATES,
    STEP,
    WEEK_SECONDS,
    bucket_partition,
    earlier_key,
    earlier_state,
    hour_item,
    hour_key,
    hour_of_item,
    hours_partition,
    note_key,
    note_of,
    states_key,
    step_item,
    steps_partition,
)
from swiftcache.metrics.model import Aggregate, CounterState
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.batches import items_of
from swiftcache.platform.counters import Counters
from swiftcache.platform.items import attribute
from swiftcache.platform.timestamps import timestamp

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_SERVICE = "the store of metrics"
_FENCE = 1_000_000
"""Is added to the sequence of the earlier layout, so that a pass that counts by it finds another than it has read."""


class DynamoDBMetrics:
    """`now` gives the time with its zone."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def bucket(self, number: int) -> Bucket:
        version, states = 0, dict[Owned, CounterState]()
        notes = {}
        for item in self._items(bucket_partition(number), ""):
            name = item["SK"]["S"]
            if name == STATES:
                version, states = int(item["version"]["N"]), _states(item)
            else:
                notes[name.removeprefix(NOTE)] = note_of(item)
        return Bucket(number, version, states, notes)

    def store(self, bucket: Bucket) -> bool:
        item = {
            **states_key(bucket.number),
            "version": attribute(bucket.version + 1),
            "states": {"B": packed(bucket.states)},
            "later": {"B": packed_later(bucket.states)},
            "ends": {"B": packed_ends(bucket.states)},
            "ttl": attribute(self._expires(WEEK_SECONDS)),
        }
        try:
            with passing_errors_as_unavailable(_SERVICE):
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(PK)" if not bucket.version else "#version = :before",
                    **_of_version(bucket.version),
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def adopt(self, organization_id: str, instance_id: str, hour: str) -> CounterState:
        with passing_errors_as_unavailable(_SERVICE):
            earlier = self._client.update_item(
                TableName=self._table,
                Key=earlier_key(organization_id, instance_id),
                UpdateExpression="SET #sequence = if_not_exists(#sequence, :none) + :fence, #ttl = :ttl",
                ExpressionAttributeNames={"#sequence": "sequence", "#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":none": attribute(0),
                    ":fence": attribute(_FENCE),
                    ":ttl": attribute(self._expires()),
                },
                ReturnValues="ALL_NEW",
            )["Attributes"]
            # After the fence, since what it keeps out would be in neither.
            found = self._client.get_item(TableName=self._table, Key=hour_key(instance_id, hour), ConsistentRead=True)
        hours = {hour: hour_of_item(found["Item"])[1].counters} if "Item" in found else {}
        return earlier_state(earlier, hours)

    def keep_hours(self, instance_id: str, hours: Mapping[str, Aggregate]) -> None:
        for hour, found in hours.items():
            with passing_errors_as_unavailable(_SERVICE):
                self._client.put_item(TableName=self._table, Item=hour_item(instance_id, hour, found))

    def keep_snapshot(self, bucket: Bucket) -> None:
        snapshot = bucket.snapshot
        if snapshot:
            with passing_errors_as_unavailable(_SERVICE):
                item = step_item(bucket.number, bucket.step, packed_snapshot(snapshot))
                self._client.put_item(TableName=self._table, Item=item)

    def note(self, organization_id: str, instance_id: str, share: Counters) -> None:
        with passing_errors_as_unavailable(_SERVICE):
            self._client.update_item(
                TableName=self._table,
                Key=note_key(bucket_of(organization_id, instance_id), instance_id),
                UpdateExpression="SET #since = if_not_exists(#since, :now), #ttl = :ttl ADD "
                + ", ".join(f"{name} :{name}" for name in NOTED),
                ExpressionAttributeNames={"#ttl": "ttl", "#since": "since"},
                ExpressionAttributeValues={
                    ":now": attribute(timestamp(self._now())),
                    ":ttl": attribute(self._expires()),
                    **{f":{name}": attribute(getattr(share, counter)) for name, counter in NOTED.items()},
                },
            )

    def counter_state(self, organization_id: str, instance_id: str) -> CounterState:
        key = states_key(bucket_of(organization_id, instance_id))
        with passing_errors_as_unavailable(_SERVICE):
            found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        states = _states(found["Item"]) if "Item" in found else {}
        return states.get(Owned(organization_id, instance_id), CounterState())

    def counter_states(self, organization_id: str) -> dict[str, CounterState]:
        keys = [states_key(number) for number in buckets_of(organization_id)]
        items = items_of(self._client, self._table, keys, _SERVICE)
        found = [state for item in items for state in _states(item).items()]
        return {owned.instance_id: state for owned, state in found if owned.organization_id == organization_id}

    def hours(self, instance_id: str, since: str) -> dict[str, Aggregate]:
        return dict(map(hour_of_item, self._items(hours_partition(instance_id), HOUR + since)))

    def snapshots(self, organization_id: str, instance_id: str, since: str) -> dict[str, Aggregate]:
        partition = steps_partition(bucket_of(organization_id, instance_id))
        found = {
            item["SK"]["S"].removeprefix(STEP): in_snapshot(item["snapshot"]["B"], instance_id)
            for item in self._items(partition, STEP + since)
        }
        return {step: so_far for step, so_far in found.items() if so_far}

    def _items(self, pk: str, start: str) -> Iterator[dict[str, Any]]:
        """A partition's items from a sort key on, by a strongly consistent query."""
        of_partition = "PK = :pk AND SK >= :start" if start else "PK = :pk"
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression=of_partition,
            ExpressionAttributeValues={":pk": {"S": pk}, **({":start": {"S": start}} if start else {})},
        )
        with passing_errors_as_unavailable(_SERVICE):
            for page in pages:
                yield from page["Items"]

    def _expires(self, seconds: int = DAY_SECONDS) -> int:
        return int(self._now().timestamp()) + seconds


def _states(item: dict[str, Any]) -> dict[Owned, CounterState]:
    return unpacked(item["states"]["B"], *(item[name]["B"] if name in item else None for name in ("later", "ends")))


def _of_version(version: int) -> dict[str, Any]:
    if not version:
        return {}
    return {
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":before": attribute(version)},
    }
