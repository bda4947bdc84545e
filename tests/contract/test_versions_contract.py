"""What every record of the versions that run does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import dataclass, replace

import boto3
import pytest

from swiftcache.engines.model import SeenVersion
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.metrics.ports import SeenVersions
from swiftcache.metrics.versions_table import DynamoDBSeenVersions
from swiftcache.organizations.table import DynamoDBAccounts
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeSeenVersions
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

ENDPOINT = Endpoint("203.0.113.10", 6379, "arn:task/1")
SEEN = SeenVersion(ENDPOINT.task, "7.2.16")


@dataclass
class Record:
    instances: Instances
    versions: SeenVersions

    def running(self) -> Instance:
        made = an_instance()
        self.instances.create(made, an_entry())
        return self.instances.mark_running(made.organization_id, made.id, "a1.redis.example.com", ENDPOINT, AT)

    def stored(self, instance: Instance) -> Instance:
        found = self.instances.get(instance.organization_id, instance.id)
        assert found
        return found


@pytest.fixture(params=["fake", "dynamodb"])
def record(request: pytest.FixtureRequest, aws: None) -> Record:
    if request.param == "fake":
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "plain")
        fake = FakeInstances(accounts)
        return Record(fake, FakeSeenVersions(fake))
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    an_account(DynamoDBAccounts(client, "table"), ORGANIZATION, "plain")
    return Record(DynamoDBInstances(client, "table", lambda: NOW), DynamoDBSeenVersions(client, "table"))


def test_what_the_serving_task_runs_is_stored_and_may_be_stored_again(record: Record) -> None:
    instance = record.running()
    assert record.versions.note(instance, SEEN)
    assert record.versions.note(instance, SEEN)
    assert record.stored(instance) == replace(instance, seen_version=SEEN)
    assert record.stored(instance).version == "7.2.16"


def test_nothing_is_stored_of_a_task_that_does_not_serve_any_more(record: Record) -> None:
    instance = record.running()
    assert not record.versions.note(instance, SeenVersion("arn:task/0", "7.0.15"))
    assert record.stored(instance) == instance


def test_nothing_is_stored_of_what_is_to_go_or_is_gone(record: Record) -> None:
    instance = record.running()
    record.instances.mark_deleting(instance.organization_id, instance.id, an_entry())
    assert not record.versions.note(instance, SEEN)
    assert record.stored(instance).status is Status.DELETING
    assert record.stored(instance).seen_version is None
    assert not record.versions.note(an_instance(id="inst_never"), SEEN)
