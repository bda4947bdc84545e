"""Who waits for what: in the table, and in the fake that other tests use."""

from dataclasses import replace

import boto3
import pytest

from swiftcache.callbacks.model import Observation, Subject, Wait
from swiftcache.callbacks.ports import Waits
from swiftcache.callbacks.table import KEPT, DynamoDBWaits
from tests.fakes.callbacks import FakeWaits
from tests.samples import NOW
from tests.tables import create_table

SUBJECT = Subject("inst_a1", "TASK#arn:aws:ecs:eu-central-1:123456789012:task/swiftcache/1")
OTHER = replace(SUBJECT, name="RECORD#rcd_1")
WAIT = Wait("token", ("RUNNING",), ("STOPPING", "STOPPED"))
SEEN = Observation("RUNNING", 4, {"networkInterfaceId": "eni-1", "port": 40001}, "TaskStopped", "why")


def in_dynamodb() -> DynamoDBWaits:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return DynamoDBWaits(client, "table", lambda: NOW)


@pytest.fixture(params=[FakeWaits, in_dynamodb], ids=["memory", "dynamodb"])
def waits(request: pytest.FixtureRequest) -> Waits:
    made: Waits = request.param()
    return made


def test_who_comes_first_learns_nothing_of_a_subject(waits: Waits) -> None:
    assert waits.register(SUBJECT, WAIT) is None


def test_who_waits_is_known_when_something_is_seen(waits: Waits) -> None:
    waits.register(SUBJECT, WAIT)
    assert waits.note(SUBJECT, SEEN) == WAIT


def test_what_was_seen_is_known_to_who_comes_to_wait(waits: Waits) -> None:
    assert waits.note(SUBJECT, SEEN) is None
    assert waits.register(SUBJECT, WAIT) == SEEN


def test_only_what_is_later_is_noted(waits: Waits) -> None:
    waits.note(SUBJECT, SEEN)
    waits.register(SUBJECT, WAIT)
    assert waits.note(SUBJECT, replace(SEEN, status="PENDING", version=3)) is None
    assert waits.note(SUBJECT, SEEN) is None
    assert waits.note(SUBJECT, replace(SEEN, status="STOPPED", version=5)) == WAIT
    assert waits.register(SUBJECT, WAIT) == replace(SEEN, status="STOPPED", version=5)


def test_the_last_one_who_waits_is_the_one(waits: Waits) -> None:
    later = replace(WAIT, token="later", never=(), interruptible=False)
    waits.register(SUBJECT, WAIT)
    waits.register(SUBJECT, later)
    assert waits.note(SUBJECT, SEEN) == later


def test_a_wait_that_has_ended_is_over(waits: Waits) -> None:
    waits.register(SUBJECT, WAIT)
    for _ in range(2):
        waits.end(SUBJECT, WAIT)
    assert waits.note(SUBJECT, SEEN) is None
    assert waits.of("inst_a1") == []


def test_the_end_of_a_wait_does_not_end_another(waits: Waits) -> None:
    waits.register(SUBJECT, replace(WAIT, token="later"))
    waits.end(SUBJECT, WAIT)
    assert waits.note(SUBJECT, SEEN) == replace(WAIT, token="later")


def test_all_that_is_waited_for_of_an_instance_is_found(waits: Waits) -> None:
    waits.register(SUBJECT, WAIT)
    waits.register(OTHER, replace(WAIT, token="other"))
    waits.note(replace(SUBJECT, name="TASK#nobody"), SEEN)
    waits.register(replace(SUBJECT, instance_id="inst_b2"), WAIT)
    found = sorted(waits.of("inst_a1"), key=lambda one: one[1].token)
    assert found == [(OTHER, replace(WAIT, token="other")), (SUBJECT, WAIT)]


def test_dynamodb_forgets_what_nobody_can_wait_for_any_more() -> None:
    in_dynamodb().register(SUBJECT, WAIT)
    client = boto3.client("dynamodb", region_name="eu-central-1")
    [item] = client.scan(TableName="table")["Items"]
    assert int(item["ttl"]["N"]) == int((NOW + KEPT).timestamp())
