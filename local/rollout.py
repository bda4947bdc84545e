"""A rollout in the record of the local stack, whose instances all run the one image that there is."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3

from swiftcache.engines.model import EngineName
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id
from swiftcache.rollouts.model import FORWARD, Rollout, RolloutStatus
from swiftcache.rollouts.table import DynamoDBRollouts

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def begin_rollout(version: str, aws: str) -> str:
    """The id of one that can be resumed, abandoned and undone. `aws` is the address of the substitutes."""
    session = boto3.Session("local", "local", region_name="eu-central-1")
    dynamodb: DynamoDBClient = session.client("dynamodb", endpoint_url=aws)
    [table] = dynamodb.list_tables()["TableNames"]
    record, at = DynamoDBRollouts(dynamodb, table), timestamp(datetime.now(UTC))
    current = record.current()
    if current is not None and current.status not in FORWARD:
        record.end(current)
        current = None
    if current is None:
        current = record.store(Rollout(new_id("rol"), EngineName.REDIS, version, RolloutStatus.IN_PROGRESS, at, at, at))
    return current.id
