"""What every record of served certificates does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import replace

import boto3
import pytest

from swiftcache.instances.certificate import ServedCertificate
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.metrics.ports import ServedCertificates
from swiftcache.metrics.served_table import DynamoDBServedCertificates
from swiftcache.organizations.table import DynamoDBAccounts
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeServedCertificates
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

TASK = "arn:task/now"
RUNNING = an_instance(
    status=Status.RUNNING, hostname="a1.redis.example.com", port=6379, endpoint=Endpoint("203.0.113.7", 6379, TASK)
)
SERVED = ServedCertificate("2026-03-02T03:04:05Z", "5e" * 32, TASK)
RENEWED = ServedCertificate("2026-05-02T03:04:05Z", "6f" * 32, TASK)

Record = tuple[Instances, ServedCertificates]


def in_memory() -> Record:
    accounts = FakeAccounts()
    an_account(accounts, ORGANIZATION, "sk_live_1")
    instances = FakeInstances(accounts)
    return instances, FakeServedCertificates(instances)


def in_dynamodb() -> Record:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    an_account(DynamoDBAccounts(client, "table"), ORGANIZATION, "sk_live_1")
    return DynamoDBInstances(client, "table", lambda: NOW), DynamoDBServedCertificates(client, "table")


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    record[0].create(RUNNING, an_entry())
    return record


def now(record: Record) -> Instance:
    found = record[0].get(ORGANIZATION, "inst_a1")
    assert found
    return found


def test_what_is_served_is_kept_and_replaced_by_what_is_served_next(record: Record) -> None:
    assert record[1].note(RUNNING, SERVED)
    assert now(record) == replace(RUNNING, certificate=SERVED)
    assert record[1].note(RUNNING, RENEWED)
    assert now(record).serves == RENEWED


def test_what_another_task_served_is_not_kept(record: Record) -> None:
    assert not record[1].note(RUNNING, replace(SERVED, task="arn:task/before"))
    assert now(record) == RUNNING


def test_an_instance_that_is_deleted_is_left_as_it_is(record: Record) -> None:
    record[0].mark_deleting(ORGANIZATION, "inst_a1", an_entry(id="audit_deleted"))
    assert not record[1].note(RUNNING, SERVED)
    assert now(record).certificate is None


def test_an_instance_that_is_gone_does_not_come_back(record: Record) -> None:
    gone = an_instance(id="inst_gone", status=Status.RUNNING, endpoint=RUNNING.endpoint)
    assert not record[1].note(gone, SERVED)
    assert record[0].get(ORGANIZATION, "inst_gone") is None
