"""What every view of the pool's ready members does: the one in DynamoDB, and the fake that other tests use."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.sizes import MIB, SIZES, largest_memory
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.model import Limits, OrganizationStatus
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import Conflict, LimitExceeded, NotFound, RecordChanged
from swiftcache.platform.items import AUDIT, organization_key
from swiftcache.platform.unit_of_work import IdempotentWork, replaying
from swiftcache.pool.model import POOL, claimed
from swiftcache.pool.ports import ReadyMembers
from swiftcache.pool.ready_table import DynamoDBReadyMembers
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.pool import FakeReadyMembers, a_member
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import create_table

RECOVERY = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.REDIS_STOPPED, AT)
RECOVERED = Recovery("rec_1", RecoveryStatus.SUCCEEDED, Cause.REDIS_STOPPED, AT, ended_at=AT)
ELSEWHERE = Endpoint("203.0.113.99", 6379, "another")
NOT_READY: dict[str, dict[str, Any]] = {
    "provisioning": {"status": Status.PROVISIONING, "endpoint": None},
    "deleting": {"status": Status.DELETING},
    "in error": {"status": Status.ERROR},
    "recovering": {"recovery": RECOVERY},
    "being configured": {"configuration_runs": frozenset({"1767323045678-abc"})},
}


@dataclass
class Record:
    accounts: Accounts
    instances: Instances
    members: ReadyMembers
    put: Callable[[Instance], None]
    """Stores it as it is, without an organization."""
    used: Callable[[], Limits]
    """What counts against the organization's limits."""
    audited: Callable[[], int]
    """How many entries its audit log has."""

    def waiting(self, **different: Any) -> Instance:
        member = a_member(**different)
        self.put(member)
        return member

    def take_over(self, member: Instance, **different: Any) -> Instance:
        taken = claimed(an_instance(max_memory=100 * MIB, **different), member)
        self.members.take_over(member, taken, an_entry())
        return taken

    def is_waiting(self, member: Instance) -> bool:
        return self.instances.get(POOL, member.id) is not None


def in_memory() -> Record:
    accounts = FakeAccounts()
    instances = FakeInstances(accounts)

    def put(instance: Instance) -> None:
        instances.stored[instance.organization_id, instance.id] = instance

    return Record(
        accounts,
        instances,
        FakeReadyMembers(instances),
        put,
        lambda: accounts.organizations[ORGANIZATION].used,
        lambda: len(accounts.audit),
    )


def in_dynamodb() -> Record:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")

    def used() -> Limits:
        item = client.get_item(TableName="table", Key=organization_key(ORGANIZATION))["Item"]
        figures = {name: int(value["N"]) for name, value in item.items() if "N" in value}
        return Limits(
            figures["instanceLimit"] - figures["instancesLeft"], figures["memoryLimit"] - figures["memoryLeft"]
        )

    def audited() -> int:
        items = client.scan(TableName="table")["Items"]
        return sum(item["PK"]["S"].startswith(AUDIT) for item in items)

    return Record(
        DynamoDBAccounts(client, "table"),
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBReadyMembers(client, "table"),
        lambda instance: client.put_item(TableName="table", Item=instance_item(instance)) and None,
        used,
        audited,
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def record(request: pytest.FixtureRequest) -> Record:
    record: Record = request.param()
    an_account(record.accounts, ORGANIZATION, "sk_live_1")
    return record


def test_members_in_a_task_of_the_size_are_ready(record: Record) -> None:
    small = record.waiting()
    large = record.waiting(id="inst_m2", max_memory=largest_memory(SIZES[1]))
    assert record.members.ready(512) == [small]
    assert record.members.ready(1024) == [large]
    assert list(record.members.ready(2048)) == []


def test_an_owners_instance_is_nobodys_to_take(record: Record) -> None:
    record.put(a_member(organization_id=ORGANIZATION))
    assert list(record.members.ready(512)) == []


@pytest.mark.parametrize("different", NOT_READY.values(), ids=NOT_READY)
def test_a_member_that_does_not_wait_is_not_ready(record: Record, different: dict[str, Any]) -> None:
    record.waiting(**different)
    assert list(record.members.ready(512)) == []


def test_a_member_that_was_recovered_is_ready_again(record: Record) -> None:
    member = record.waiting(recovery=RECOVERED)
    assert record.members.ready(512) == [member]
    record.take_over(member)
    assert not record.is_waiting(member)


def test_a_member_that_is_taken_over_is_its_owners(record: Record) -> None:
    member = record.waiting()
    taken = record.take_over(member)
    assert record.instances.get(ORGANIZATION, member.id) == taken
    assert not record.is_waiting(member)
    assert (taken.status, taken.hostname, taken.endpoint) == (Status.PROVISIONING, None, member.endpoint)


def test_taking_over_is_counted_and_audited(record: Record) -> None:
    before = record.audited()
    record.take_over(record.waiting())
    assert record.used() == Limits(1, 100 * MIB)
    assert record.audited() == before + 1


def test_a_member_is_taken_over_once(record: Record) -> None:
    member = record.waiting()
    record.take_over(member)
    with pytest.raises(RecordChanged):
        record.take_over(member)
    assert record.used() == Limits(1, 100 * MIB)


def test_of_many_who_want_the_same_member_one_gets_it(record: Record) -> None:
    member = record.waiting()

    def claim(number: int) -> int:
        try:
            record.take_over(member, name=f"redis-{number}")
        except RecordChanged:
            return 0
        return 1

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(claim, range(8))) == 1
    assert record.used() == Limits(1, 100 * MIB)


@pytest.mark.parametrize("different", [*NOT_READY.values(), {"endpoint": ELSEWHERE}], ids=[*NOT_READY, "elsewhere"])
def test_a_member_that_is_not_as_it_was_read_is_not_taken_over(record: Record, different: dict[str, Any]) -> None:
    member = record.waiting()
    record.put(a_member(**different))
    with pytest.raises(RecordChanged):
        record.take_over(member)
    assert record.is_waiting(member)
    assert record.instances.get(ORGANIZATION, member.id) is None
    assert record.used() == Limits(0, 0)


def test_a_refusal_by_the_limits_leaves_the_member(record: Record) -> None:
    for number in range(10):
        record.instances.create(an_instance(id=f"inst_{number}", max_memory=100 * MIB), an_entry())
    member = record.waiting()
    with pytest.raises(LimitExceeded):
        record.take_over(member)
    assert record.members.ready(512) == [member]
    assert record.instances.get(ORGANIZATION, member.id) is None


def test_a_suspended_organization_gets_no_member(record: Record) -> None:
    before = record.accounts.membership(ORGANIZATION)
    assert before
    record.accounts.save(before, before.with_status(OrganizationStatus.SUSPENDED), an_entry())
    member = record.waiting()
    with pytest.raises(Conflict):
        record.take_over(member)
    assert record.members.ready(512) == [member]


def test_an_unknown_organization_gets_no_member(record: Record) -> None:
    member = record.waiting()
    with pytest.raises(NotFound):
        record.take_over(member, organization_id="org_2")
    assert record.members.ready(512) == [member]


def test_what_an_earlier_try_of_the_request_has_done_is_not_done_again(record: Record) -> None:
    member = record.waiting()
    taken = record.take_over(member)
    another = record.waiting(id="inst_m2")
    with replaying(IdempotentWork("key_owner", "a" * 64, "second", b"seed", NOW, applied=1)):
        record.take_over(another)
    assert record.members.ready(512) == [another]
    assert record.instances.get(ORGANIZATION, member.id) == taken
    assert record.used() == Limits(1, 100 * MIB)
