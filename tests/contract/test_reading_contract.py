"""What is read of instances besides themselves: lists by status and name, receipts, and how long creations took."""

from datetime import timedelta
from typing import Any, Protocol

import boto3
import pytest

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.access.identity import Actor
from swiftcache.instances.items import instance_item
from swiftcache.instances.ports import Filter, Instances, Receipts
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.receipts_table import DynamoDBReceipts
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import InvalidRequest
from swiftcache.timeline.creations_table import DynamoDBCreations
from swiftcache.timeline.ports import Creation, Creations
from tests.fakes.instances import FakeInstances, FakeReceipts
from tests.fakes.organizations import FakeAccounts
from tests.fakes.timeline import FakeCreations
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

REMOVED = RemovedResources(tasks=1, task_definitions=2, dns_records=1, secrets=1, volumes=1, complete=False)


class Record(Protocol):
    accounts: Accounts
    instances: Instances
    receipts: Receipts
    creations: Creations


class InMemory:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.instances = FakeInstances(self.accounts)
        self.receipts = FakeReceipts(self.instances)
        self.creations = FakeCreations()


class InDynamoDB:
    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        self.accounts = DynamoDBAccounts(self.client, "table")
        self.instances = DynamoDBInstances(self.client, "table", lambda: NOW)
        self.receipts = DynamoDBReceipts(self.client, "table")
        self.creations = DynamoDBCreations(self.client, "table")


@pytest.fixture(params=[InMemory, InDynamoDB], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    return record


def test_a_look_sees_the_status(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    assert record.instances.status(ORGANIZATION, "inst_a1") is Status.PROVISIONING
    assert record.instances.status("org_2", "inst_a1") is None


def listed(record: Record, only: Filter, limit: int = 2) -> list[str]:
    """The ids of all pages of a list."""
    found: list[str] = []
    cursor = None
    for _ in range(5):
        page = record.instances.page(ORGANIZATION, limit, cursor, only)
        assert len(page.instances) <= limit
        found += [instance.id for instance in page.instances]
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError("the list does not end")


@pytest.mark.parametrize(
    ("only", "found"),
    [
        (Filter(), ["a", "b", "c", "d", "e"]),
        (Filter(status=Status.RUNNING), ["a", "c", "e"]),
        (Filter(name="my-redis"), ["a", "b"]),
        (Filter(status=Status.RUNNING, name="my-redis"), ["a"]),
        (Filter(name="my"), []),
    ],
)
def test_a_list_has_those_that_are_asked_for_without_gap_or_repetition(
    record: Record, only: Filter, found: list[str]
) -> None:
    for number, letter in enumerate("abcde"):
        status = Status.ERROR if number % 2 else Status.RUNNING
        name = "my-redis" if number < 2 else "my-redis-2"
        record.instances.create(an_instance(id=f"inst_{letter}", status=status, name=name), an_entry())
    assert listed(record, only) == [f"inst_{letter}" for letter in found]


def test_a_list_by_status_follows_the_status(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    record.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry())
    assert listed(record, Filter(status=Status.PROVISIONING)) == []
    assert listed(record, Filter(status=Status.DELETING)) == ["inst_a1"]


@pytest.mark.parametrize("other", [Filter(), Filter(status=Status.ERROR), Filter(name="my-redis")])
def test_a_cursor_of_another_filter_is_refused(record: Record, other: Filter) -> None:
    for letter in "abc":
        record.instances.create(an_instance(id=f"inst_{letter}"), an_entry())
    cursor = record.instances.page(ORGANIZATION, 1, None, Filter(status=Status.PROVISIONING)).cursor
    assert cursor is not None
    with pytest.raises(InvalidRequest, match="cursor"):
        record.instances.page(ORGANIZATION, 1, cursor, other)


def remove(record: Record) -> None:
    record.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry(at="2026-01-02T03:04:00.000Z"))
    record.instances.remove(ORGANIZATION, "inst_a1", REMOVED, AT)


def test_a_removal_leaves_a_receipt(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    remove(record)
    receipt = record.receipts.get(ORGANIZATION, "inst_a1", NOW)
    assert receipt is not None
    assert receipt.removed == REMOVED
    assert (receipt.requested_at, receipt.removed_at, receipt.seconds) == ("2026-01-02T03:04:00.000Z", AT, 5.678)
    assert receipt.instance.deleted_by == Actor("owner", "key_owner", "mem_owner")
    assert [(key.name, key.sha256) for key in receipt.instance.keys] == [("my-redis-default", "")]


def test_a_receipt_of_what_the_service_deleted_by_itself_says_why(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    audit = system_entry(
        System.EXPIRY, Action.INSTANCE_DELETION_REQUESTED, ORGANIZATION, "inst_a1", "my-redis", "request-2", NOW
    )
    record.instances.force_deleting(ORGANIZATION, "inst_a1", audit)
    record.instances.remove(ORGANIZATION, "inst_a1", REMOVED, AT)
    receipt = record.receipts.get(ORGANIZATION, "inst_a1", NOW)
    assert receipt is not None
    assert receipt.instance.deleted_by == Actor("expiry", None, None)


def test_there_is_no_receipt_before_the_removal_nor_for_another(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    assert record.receipts.get(ORGANIZATION, "inst_a1", NOW) is None
    remove(record)
    assert record.receipts.get("org_2", "inst_a1", NOW) is None


def test_a_receipt_is_shown_for_a_day(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    remove(record)
    assert record.receipts.get(ORGANIZATION, "inst_a1", NOW + timedelta(hours=23, minutes=59)) is not None
    assert record.receipts.get(ORGANIZATION, "inst_a1", NOW + timedelta(hours=24)) is None


def test_a_receipt_is_no_instance(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    remove(record)
    for only in (Filter(), Filter(status=Status.DELETING), Filter(name="my-redis")):
        assert listed(record, only) == []


def test_the_latest_creations_are_known(record: Record) -> None:
    for second in range(4):
        record.creations.add(Creation("inst_a1", f"2026-01-02T03:04:0{second}.000Z", 30.5 + second))
    assert record.creations.recent(3) == [33.5, 32.5, 31.5]


def test_creations_from_the_pool_are_apart_from_the_others(record: Record) -> None:
    record.creations.add(Creation("inst_a1", AT, 30.0))
    record.creations.add(Creation("inst_a2", AT, 1.5, claimed=True))
    assert (record.creations.recent(10), record.creations.recent(10, claimed=True)) == ([30.0], [1.5])


def test_a_creation_that_is_told_twice_counts_once(record: Record) -> None:
    for _ in range(2):
        record.creations.add(Creation("inst_a1", AT, 30.0))
    assert record.creations.recent(10) == [30.0]


def items_read(record: InDynamoDB, only: Filter) -> int:
    """How many items a page of 10 makes DynamoDB read."""
    counts: list[int] = []

    def note(parsed: dict[str, Any], **_: Any) -> None:
        counts.append(parsed["ScannedCount"])

    record.client.meta.events.register("after-call.dynamodb.Query", note)
    page = record.instances.page(ORGANIZATION, 10, None, only)
    record.client.meta.events.unregister("after-call.dynamodb.Query", note)
    assert len(page.instances) == 10
    return sum(counts)


def fill(record: InDynamoDB, first: int, end: int) -> None:
    items = [instance_item(an_instance(id=f"inst_{number:05d}")) for number in range(first, end)]
    for start in range(0, len(items), 25):
        puts: Any = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        record.client.batch_write_item(RequestItems={"table": puts})


def test_a_page_costs_the_same_among_10_and_among_5000() -> None:
    record = InDynamoDB()
    filters = [Filter(), Filter(status=Status.PROVISIONING), Filter(name="my-redis")]
    fill(record, 0, 10)
    few = [items_read(record, only) for only in filters]
    fill(record, 10, 5000)
    assert [items_read(record, only) for only in filters] == few == [10, 10, 10]


def test_of_a_deletion_from_before_nobody_is_known(record: Record) -> None:
    record.instances.create(an_instance(status=Status.DELETING), an_entry())
    record.instances.remove(ORGANIZATION, "inst_a1", REMOVED, AT)
    receipt = record.receipts.get(ORGANIZATION, "inst_a1", NOW)
    assert receipt is not None
    assert receipt.instance.deleted_by is None
