"""What every record of instances does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import replace
from typing import Protocol

import boto3
import pytest

from swiftcache.access.identity import Identity, Role
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint
from swiftcache.instances.ports import Instances
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.model import Limits
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import IllegalTransition, InvalidRequest, NotFound
from swiftcache.platform.tokens import sha256
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

ENDPOINT = Endpoint("203.0.113.10", 6379)
RECOVERY = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.REDIS_STOPPED, AT)
FAILURE = Failure("REDIS_STOPPED", "It stopped.", "DescribeNewTask", "request-1")


class Record(Protocol):
    accounts: Accounts
    instances: Instances

    def used(self) -> Limits: ...


class InMemory:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.instances = FakeInstances(self.accounts)

    def used(self) -> Limits:
        return self.accounts.organizations[ORGANIZATION].used


class InDynamoDB:
    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        self.accounts = DynamoDBAccounts(self.client, "table")
        self.instances = DynamoDBInstances(self.client, "table", lambda: NOW)

    def used(self) -> Limits:
        key = {"PK": {"S": f"ORG#{ORGANIZATION}"}, "SK": {"S": "ORG"}}
        item = self.client.get_item(TableName="table", Key=key)["Item"]
        figures = {name: int(value["N"]) for name, value in item.items() if "N" in value}
        return Limits(
            figures["instanceLimit"] - figures["instancesLeft"], figures["memoryLimit"] - figures["memoryLeft"]
        )


@pytest.fixture(params=[InMemory, InDynamoDB], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    return record


def test_an_account_key_is_found_by_its_hash(record: Record) -> None:
    assert record.accounts.identity(sha256("sk_live_1"), AT) == Identity(
        ORGANIZATION, "key_owner", "mem_owner", Role.OWNER
    )


def test_an_unknown_account_key_is_nobody(record: Record) -> None:
    assert record.accounts.identity(sha256("sk_live_2"), AT) is None


def test_what_is_created_can_be_read(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    assert record.instances.get(ORGANIZATION, "inst_a1") == an_instance()


def test_an_instance_is_not_there_for_another_organization(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    assert record.instances.get("org_2", "inst_a1") is None
    assert list(record.instances.page("org_2", 10, None).instances) == []


def test_a_creation_is_counted(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    record.instances.create(an_instance(id="inst_a2"), an_entry())
    assert record.used() == Limits(2, 2 * 512 * MIB)


def test_nothing_is_created_for_an_organization_that_is_not_there(record: Record) -> None:
    with pytest.raises(NotFound):
        record.instances.create(an_instance(organization_id="org_2"), an_entry())
    assert record.instances.get("org_2", "inst_a1") is None


def test_pages_follow_one_another_without_gap_or_repetition(record: Record) -> None:
    names = [f"inst_{letter}" for letter in "abcde"]
    for name in names:
        record.instances.create(an_instance(id=name), an_entry())
    found: list[str] = []
    cursor = None
    for _ in range(3):
        page = record.instances.page(ORGANIZATION, 2, cursor)
        found += [instance.id for instance in page.instances]
        cursor = page.cursor
    assert (found, cursor) == (names, None)


def test_a_cursor_that_is_not_ours_is_refused(record: Record) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        record.instances.page(ORGANIZATION, 2, "é")


def test_running_is_stored_with_the_address(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    changed = record.instances.mark_running(ORGANIZATION, "inst_a1", "a1.redis.example.com", ENDPOINT, "later")
    assert changed == record.instances.get(ORGANIZATION, "inst_a1")
    assert (changed.status, changed.hostname, changed.port, changed.changed_at, changed.reason) == (
        Status.RUNNING,
        "a1.redis.example.com",
        6379,
        "later",
        "VERIFIED",
    )


def test_an_instance_runs_under_the_name_that_it_was_made_with(record: Record) -> None:
    made = an_instance(dns_name="a1.redis.old.example.com")
    record.instances.create(made, an_entry())
    assert record.instances.get(ORGANIZATION, "inst_a1") == made
    changed = record.instances.mark_running(ORGANIZATION, "inst_a1", "a1.redis.example.com", ENDPOINT, "later")
    assert (changed.dns_name, changed.hostname) == ("a1.redis.old.example.com",) * 2
    assert changed == record.instances.get(ORGANIZATION, "inst_a1")


def test_an_error_is_stored_with_its_failure(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    changed = record.instances.mark_error(ORGANIZATION, "inst_a1", FAILURE, "later")
    assert changed == record.instances.get(ORGANIZATION, "inst_a1")
    assert (changed.status, changed.failure, changed.reason) == (Status.ERROR, FAILURE, "REDIS_STOPPED")


def test_a_running_instance_has_no_error(record: Record) -> None:
    running = an_instance(status=Status.RUNNING)
    record.instances.create(running, an_entry())
    with pytest.raises(IllegalTransition):
        record.instances.mark_error(ORGANIZATION, "inst_a1", FAILURE, "later")
    assert record.instances.get(ORGANIZATION, "inst_a1") == running


def test_an_instance_that_cannot_be_recovered_has_an_error(record: Record) -> None:
    record.instances.create(an_instance(status=Status.RUNNING, recovery=RECOVERY), an_entry())
    changed = record.instances.mark_error(ORGANIZATION, "inst_a1", FAILURE, "later")
    assert (changed.status, changed.failure) == (Status.ERROR, FAILURE)


def test_a_recovered_instance_has_no_error(record: Record) -> None:
    recovered = replace(RECOVERY, status=RecoveryStatus.SUCCEEDED, ended_at="later")
    record.instances.create(an_instance(status=Status.RUNNING, recovery=recovered), an_entry())
    with pytest.raises(IllegalTransition):
        record.instances.mark_error(ORGANIZATION, "inst_a1", FAILURE, "later")


def test_a_deletion_is_stored_with_its_request(record: Record) -> None:
    record.instances.create(an_instance(), an_entry())
    record.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry(request_id="request-2"))
    changed = record.instances.get(ORGANIZATION, "inst_a1")
    assert changed is not None
    assert (changed.status, changed.request_id) == (Status.DELETING, "request-2")


@pytest.mark.parametrize("status", [Status.RUNNING, Status.ERROR, Status.DELETING])
def test_only_a_provisioning_instance_becomes_running(record: Record, status: Status) -> None:
    record.instances.create(an_instance(status=status), an_entry())
    with pytest.raises(IllegalTransition) as refused:
        record.instances.mark_running(ORGANIZATION, "inst_a1", "a1.redis.example.com", ENDPOINT, "later")
    assert refused.value.current == status
    assert record.instances.get(ORGANIZATION, "inst_a1") == an_instance(status=status)


def test_a_member_is_given_up_as_often_as_one_likes(record: Record) -> None:
    claimed = an_instance(claimed=True, endpoint=ENDPOINT)
    record.instances.create(claimed, an_entry())
    for _ in range(2):
        record.instances.give_up_member(ORGANIZATION, "inst_a1")
    assert record.instances.get(ORGANIZATION, "inst_a1") == replace(claimed, endpoint=None)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.ERROR, Status.DELETING])
def test_a_member_is_given_up_only_while_its_instance_is_created(record: Record, status: Status) -> None:
    stored = an_instance(status=status, claimed=True, endpoint=ENDPOINT)
    record.instances.create(stored, an_entry())
    with pytest.raises(IllegalTransition) as refused:
        record.instances.give_up_member(ORGANIZATION, "inst_a1")
    assert refused.value.current == status
    assert record.instances.get(ORGANIZATION, "inst_a1") == stored


def test_a_change_of_what_is_not_there_creates_nothing(record: Record) -> None:
    with pytest.raises(NotFound):
        record.instances.give_up_member(ORGANIZATION, "inst_a1")
    with pytest.raises(NotFound):
        record.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry(request_id="request-2"))
    assert record.instances.get(ORGANIZATION, "inst_a1") is None


def test_a_removal_takes_the_record_and_the_count(record: Record) -> None:
    record.instances.create(an_instance(status=Status.DELETING), an_entry())
    record.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    assert record.instances.get(ORGANIZATION, "inst_a1") is None
    assert record.used() == Limits(0, 0 * 512 * MIB)


def test_a_second_removal_does_nothing(record: Record) -> None:
    record.instances.create(an_instance(status=Status.DELETING), an_entry())
    record.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    record.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    assert record.used() == Limits(0, 0 * 512 * MIB)


def test_only_a_deleting_instance_is_removed(record: Record) -> None:
    record.instances.create(an_instance(status=Status.RUNNING), an_entry())
    with pytest.raises(IllegalTransition):
        record.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    assert record.used() == Limits(1, 1 * 512 * MIB)
