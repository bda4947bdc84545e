"""What every record of what was seen of serving tasks does: the one in DynamoDB, and the fake that other tests use."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import boto3
import pytest

from swiftcache.instances.certificate import Certificate
from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.metrics.observed_table import DynamoDBObservedTasks
from swiftcache.metrics.ports import ObservedTasks
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeObservedTasks
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, an_instance
from tests.tables import create_table

TASK = "arn:task/now"
FIRST, NEXT = Certificate("2026-03-02T03:04:05Z", "5e" * 32), Certificate("2026-05-02T03:04:05Z", "6f" * 32)
SEEN = ObservedTask(TASK, "7.2.16", FIRST)


RUNNING = an_instance(status=Status.RUNNING, endpoint=Endpoint("203.0.113.7", 6379, TASK))


@dataclass
class Record:
    instances: Instances
    observed: ObservedTasks
    put: Callable[[Instance], object]
    """Stores it as it is."""

    def running(self) -> Instance:
        self.put(RUNNING)
        return RUNNING

    def stored(self, instance: Instance) -> Instance:
        found = self.instances.get(instance.organization_id, instance.id)
        assert found
        return found


def in_memory() -> Record:
    instances = FakeInstances(FakeAccounts())

    def put(instance: Instance) -> None:
        instances.stored[instance.organization_id, instance.id] = instance

    return Record(instances, FakeObservedTasks(instances), put)


def in_dynamodb() -> Record:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return Record(
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBObservedTasks(client, "table"),
        lambda instance: client.put_item(TableName="table", Item=instance_item(instance)),
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest, aws: None) -> Record:
    record: Record = request.param()
    return record


def test_what_was_seen_of_the_serving_task_is_kept_and_may_be_noted_again(record: Record) -> None:
    instance = record.running()
    assert record.observed.note(instance, SEEN)
    assert record.observed.note(instance, SEEN)
    found = record.stored(instance)
    assert found == replace(instance, observed=SEEN)
    assert (found.version, found.serves) == ("7.2.16", FIRST)


def test_what_is_seen_next_takes_the_place_of_what_was_known(record: Record) -> None:
    instance, later = record.running(), ObservedTask(TASK, "7.2.17", NEXT)
    record.observed.note(instance, SEEN)
    assert record.observed.note(instance, later)
    assert record.stored(instance).observed == later


@pytest.mark.parametrize(
    "heard",
    [
        [ObservedTask(TASK, version="7.2.16"), ObservedTask(TASK, certificate=FIRST)],
        [ObservedTask(TASK, certificate=FIRST), ObservedTask(TASK, version="7.2.16")],
    ],
    ids=["the version first", "the certificate first"],
)
def test_what_was_not_heard_of_a_task_leaves_what_was_known_of_it(record: Record, heard: list[ObservedTask]) -> None:
    instance = record.running()
    # Both have read the same record: it is the stored one that counts.
    assert all(record.observed.note(instance, one) for one in heard)
    assert record.stored(instance).observed == SEEN


def test_nothing_that_was_known_of_a_task_is_said_of_the_next(record: Record) -> None:
    instance = record.running()
    record.observed.note(instance, SEEN)
    after = replace(record.stored(instance), endpoint=Endpoint("203.0.113.8", 6379, "arn:task/next"))
    record.put(after)
    heard = ObservedTask("arn:task/next", version="8.1.10")
    assert record.observed.note(after, heard)
    assert record.stored(after).observed == heard


def test_nothing_is_kept_of_a_task_that_does_not_serve_any_more(record: Record) -> None:
    instance = record.running()
    assert not record.observed.note(instance, replace(SEEN, task="arn:task/before"))
    assert record.stored(instance) == instance


def test_an_instance_that_is_deleted_is_left_as_it_is(record: Record) -> None:
    deleting = replace(RUNNING, status=Status.DELETING)
    record.put(deleting)
    assert not record.observed.note(RUNNING, SEEN)
    assert record.stored(deleting) == deleting


def test_an_instance_that_is_gone_does_not_come_back(record: Record) -> None:
    assert not record.observed.note(RUNNING, SEEN)
    assert record.instances.get(ORGANIZATION, RUNNING.id) is None
