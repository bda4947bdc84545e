"""What the walk over all running instances costs in calls of DynamoDB, whose answers are moto's."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from swiftcache.access.audit import Action
from swiftcache.engines.catalogue import end_of_life
from swiftcache.engines.ending import NOTICE
from swiftcache.engines.model import EngineName
from swiftcache.instances.model import Endpoint
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.status import Status
from swiftcache.instances.stores import instances
from swiftcache.maintenance.watch import FleetPass
from swiftcache.maintenance.wiring import fleet_watch
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.aws import dynamodb, now
from tests.fakes.injector import FakeInjector
from tests.samples import ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

INSTANCES = 9
END = end_of_life(EngineName.REDIS, "7.2.16")
assert END
BEGINS = datetime.fromisoformat(f"{END - NOTICE}T00:00:00+00:00")


class Watched:
    """A table with running instances, and a clock. `calls` counts what the walk asks DynamoDB."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.time = BEGINS - timedelta(seconds=1)
        client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(client, "table")
        given = {dynamodb: client, now: lambda: self.time}
        self.injector = FakeInjector(environment={"TABLE_NAME": "table", "NETWORK_MODE": "public"}, given=given)
        an_account(accounts(self.injector), ORGANIZATION, "sk_live_1")
        for number in range(INSTANCES):
            task = f"arn:task/{number}"
            instance = an_instance(
                id=f"inst_{number}",
                status=Status.RUNNING,
                endpoint=Endpoint("203.0.113.10", 6379, task),
                observed=ObservedTask(task, "7.2.16"),
            )
            instances(self.injector).create(instance, an_entry(id=f"audit_{number}"))
        client.meta.events.register("before-call.dynamodb", self._count)
        self.client = client

    def watch(self) -> FleetPass:
        self.calls.clear()
        return fleet_watch(self.injector).run("watch-1", self.time + timedelta(seconds=90))

    def told(self) -> int:
        """How many entries of the audit log tell of an end."""
        found = self.client.scan(TableName="table")["Items"]
        return sum(item.get("action") == {"S": Action.INSTANCE_END_OF_LIFE_ANNOUNCED.value} for item in found)

    def _count(self, model: Any, **_: object) -> None:
        self.calls[model.name] += 1


@pytest.fixture
def watched() -> Iterator[Watched]:
    with mock_aws():
        yield Watched()


def test_in_calm_it_is_one_read_of_the_index_and_one_of_the_certificate(watched: Watched) -> None:
    watched.watch()
    assert watched.calls == {"GetItem": 1, "Query": 1}


def test_an_end_of_life_is_one_transaction_for_each_instance_once(watched: Watched) -> None:
    watched.time = BEGINS
    assert len(watched.watch().told) == INSTANCES
    assert watched.calls == {"GetItem": 1, "Query": 1, "TransactWriteItems": INSTANCES}
    assert watched.watch().told == []
    assert watched.calls == {"GetItem": 1, "Query": 1}
    assert watched.told() == INSTANCES
