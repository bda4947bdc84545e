"""The queue of records, and the hosted zone: the adapters, and the fakes that other tests use."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import boto3
import pytest

from local.aws import route53
from swiftcache.dns.model import Priority, RecordChange, RecordSet
from swiftcache.dns.ports import ChangeRefused, RecordQueue, Zone
from swiftcache.dns.queue_table import DynamoDBRecordQueue
from swiftcache.dns.route53_zone import Route53Zone
from tests.fakes.dns import FakeRecordQueue, FakeZone
from tests.tables import create_table

ONE, TWO = "1.redis.example.com", "2.redis.example.com"
THERE = RecordSet(("203.0.113.1",))
CHANGE = RecordChange(
    id="rcd_1",
    instance_id="inst_1",
    hostname=ONE,
    addresses=("203.0.113.1", "203.0.113.2"),
    priority=Priority.CREATION,
    known=("203.0.113.3",),
    queued_at=1_767_225_600_000,
)


def queue_in_dynamodb() -> DynamoDBRecordQueue:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return DynamoDBRecordQueue(client, "table")


@pytest.fixture(params=[FakeRecordQueue, queue_in_dynamodb], ids=["memory", "dynamodb"])
def queue(request: pytest.FixtureRequest) -> RecordQueue:
    made: RecordQueue = request.param()
    return made


def zone_in_route53() -> Route53Zone:
    client = boto3.client("route53", region_name="eu-central-1")
    made = client.create_hosted_zone(Name="example.com", CallerReference="1")
    return Route53Zone(client, made["HostedZone"]["Id"].rpartition("/")[2])


@pytest.fixture(params=[FakeZone, zone_in_route53], ids=["memory", "route53"])
def zone(request: pytest.FixtureRequest) -> Iterator[Zone]:
    with ExitStack() as patches:
        route53.extend(patches)
        yield request.param()


def test_what_is_queued_is_there_until_it_is_removed(queue: RecordQueue) -> None:
    queue.add(CHANGE)
    assert queue.changes() == [CHANGE]
    for _ in range(2):
        queue.remove([CHANGE])
    assert queue.changes() == []


def test_a_later_change_of_a_name_stays_when_an_earlier_one_is_removed(queue: RecordQueue) -> None:
    later = replace(CHANGE, id="rcd_2", addresses=(), known=())
    queue.add(CHANGE)
    queue.add(later)
    queue.remove([CHANGE])
    assert queue.changes() == [later]


def test_many_changes_are_removed_at_once(queue: RecordQueue) -> None:
    many = [replace(CHANGE, id=f"rcd_{number}", hostname=f"{number}.redis.example.com") for number in range(60)]
    for change in many:
        queue.add(change)
    queue.remove(many[:55])
    assert sorted(change.id for change in queue.changes()) == sorted(change.id for change in many[55:])


def test_one_writer_keeps_all_others_out_until_its_time_is_over(queue: RecordQueue) -> None:
    assert not queue.has_writer(1000)
    assert queue.acquire("run_1", 1000, 2000)
    assert queue.acquire("run_1", 1500, 2500)
    assert not queue.acquire("run_2", 2499, 3000)
    assert queue.has_writer(2499)
    assert not queue.has_writer(2500)
    assert queue.acquire("run_2", 2500, 3000)
    assert not queue.acquire("run_1", 2600, 3000)


def test_a_writer_that_ends_leaves_its_place_and_only_its_own(queue: RecordQueue) -> None:
    queue.acquire("run_1", 1000, 2000)
    queue.release("run_2")
    assert queue.has_writer(1500)
    queue.release("run_1")
    assert not queue.has_writer(1500)
    assert queue.acquire("run_2", 1500, 2000)


def test_a_record_is_there_once_it_is_made_and_again_does_nothing(zone: Zone) -> None:
    assert zone.find(ONE) is None
    for _ in range(2):
        assert zone.is_in_sync(zone.upsert({ONE: THERE, TWO: THERE}))
    assert zone.find(ONE) == zone.find(TWO) == THERE


def test_a_record_can_lead_to_two_addresses_and_somewhere_else(zone: Zone) -> None:
    zone.upsert({ONE: RecordSet(("203.0.113.1", "203.0.113.2"))})
    zone.upsert({ONE: RecordSet(("203.0.113.3",), ttl=60)})
    assert zone.find(ONE) == RecordSet(("203.0.113.3",), ttl=60)


def test_a_record_that_is_exactly_known_is_deleted(zone: Zone) -> None:
    zone.upsert({ONE: THERE, TWO: THERE})
    zone.delete({ONE: THERE})
    assert zone.find(ONE) is None
    assert zone.find(TWO) == THERE


@pytest.mark.parametrize("wrong", [RecordSet(("203.0.113.9",)), RecordSet(("203.0.113.1",), ttl=6)])
def test_a_record_that_is_not_exactly_known_is_named_and_nothing_is_deleted(zone: Zone, wrong: RecordSet) -> None:
    zone.upsert({ONE: THERE, TWO: THERE})
    with pytest.raises(ChangeRefused) as refused:
        zone.delete({ONE: wrong, TWO: THERE})
    assert (refused.value.hostnames, refused.value.absent, refused.value.is_about_content) == ((ONE,), (), True)
    assert zone.find(TWO) == THERE


def test_deleting_what_is_not_there_is_refused_by_name(zone: Zone) -> None:
    with pytest.raises(ChangeRefused) as refused:
        zone.delete({ONE: THERE})
    assert refused.value.hostnames == refused.value.absent == (ONE,)
