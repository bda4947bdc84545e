"""An organization with many running instances that are in the record alone, as the API has them from there.

They are not in the index of the fleet, and name no task: no pass asks a Redis that is not there, looks for its task, or
starts another in its place.
"""

from dataclasses import replace
from datetime import UTC, datetime

from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.metrics.buckets import Owned, bucket_of, buckets_of
from swiftcache.metrics.model import CounterState, LiveFigures
from swiftcache.metrics.table import DynamoDBMetrics
from swiftcache.platform.timestamps import timestamp
from tests.browser.organization import Organization, an_organization
from tests.e2e.stack import Stack
from tests.samples import an_instance

MEMORY = 10 * MIB
AT_ONCE = 25
"""That many items DynamoDB takes in one request."""


def large_fleet(stack: Stack, many: int) -> Organization:
    """Named cache-000, cache-001 and so on, each with the figures of a moment ago."""
    organization = an_organization(stack.api)
    instances = [_instance(organization.id, number) for number in range(many)]
    dynamodb = stack.aws("dynamodb")
    [table] = dynamodb.list_tables()["TableNames"]
    for start in range(0, many, AT_ONCE):
        put = [{"PutRequest": {"Item": _item(instance)}} for instance in instances[start : start + AT_ONCE]]
        answer = dynamodb.batch_write_item(RequestItems={table: put})
        assert answer["UnprocessedItems"] == {}
    metrics = DynamoDBMetrics(dynamodb, table, lambda: datetime.now(UTC))
    for number in buckets_of(organization.id):
        own = [one for one in instances if bucket_of(organization.id, one.id) == number]
        bucket = metrics.bucket(number)
        assert metrics.store(replace(bucket, states={**bucket.states, **{Owned.of(one): _state() for one in own}}))
    return organization


def _instance(organization_id: str, number: int) -> Instance:
    instance_id = f"inst_{number:016}"
    return an_instance(
        id=instance_id,
        organization_id=organization_id,
        name=f"cache-{number:03}",
        status=Status.RUNNING,
        max_memory=MEMORY,
        hostname=f"{instance_id[5:]}.redis.swiftcache.test",
        port=6379,
        applied_revision=1,
    )


def _item(instance: Instance) -> dict[str, object]:
    return {name: value for name, value in instance_item(instance).items() if name != "fleet"}


def _state() -> CounterState:
    at = timestamp(datetime.now(UTC))
    return CounterState(sequence=1, run_id="run", at=at, live=LiveFigures(MEMORY // 2, MEMORY, 7, 3, 12, 90, 10, 0))
