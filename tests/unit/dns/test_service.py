"""Asking for a record, and what whoever waits for it is told."""

import pytest

from swiftcache.callbacks.model import Subject
from swiftcache.dns.model import AskedChange, Priority, RecordChange, Result
from swiftcache.dns.service import RecordService, observation_of, record_wait, subject_of
from swiftcache.dns.step_input import asked_change, asked_subject, change_output
from tests.fakes.dns import FakeRecordQueue, FakeWriterStart

ASKED = AskedChange(
    instance_id="inst_1",
    hostname="1.redis.example.com",
    addresses=("203.0.113.1",),
    priority=Priority.CREATION,
)
CHANGE = RecordChange(
    instance_id="inst_1",
    hostname="1.redis.example.com",
    addresses=(),
    priority=Priority.DELETION,
    id="rcd_1",
    queued_at=1,
)


@pytest.fixture
def queue() -> FakeRecordQueue:
    return FakeRecordQueue()


def test_a_change_is_queued_and_a_writer_is_started(queue: FakeRecordQueue) -> None:
    start = FakeWriterStart()
    subject = RecordService(queue, start, lambda: 5.0).change(ASKED)
    [change] = queue.changes()
    assert (change.hostname, change.addresses, change.queued_at) == (ASKED.hostname, ASKED.addresses, 5000)
    assert subject == subject_of(change)
    assert start.starts == 1


def test_no_second_writer_is_started_while_there_is_one(queue: FakeRecordQueue) -> None:
    start = FakeWriterStart()
    queue.acquire("run_1", 0, 6000)
    RecordService(queue, start, lambda: 5.0).change(ASKED)
    assert start.starts == 0


def test_a_writer_that_cannot_be_started_is_no_failure_of_the_change(queue: FakeRecordQueue) -> None:
    RecordService(queue, FakeWriterStart(broken=True), lambda: 5.0).change(ASKED)
    assert len(queue.changes()) == 1


def test_who_waits_for_a_record_is_told_that_it_is_in_sync() -> None:
    wait = record_wait("token", interruptible=True)
    observation = observation_of(Result(CHANGE, removed=True))
    assert wait.is_over(observation)
    assert not wait.is_hopeless(observation)
    assert observation.details == {"removed": 1}


def test_who_waits_for_a_record_that_is_refused_is_told_why() -> None:
    wait = record_wait("token", interruptible=True)
    observation = observation_of(Result(CHANGE, code="AccessDenied", message="not yours"))
    assert wait.is_hopeless(observation)
    assert (observation.error, observation.cause) == ("RecordRefused", "AccessDenied: not yours")


def test_a_machines_input_is_a_change_and_an_address_that_is_empty_is_not_known() -> None:
    event = {"instanceId": "inst_1", "hostname": "h", "addresses": [], "known": [""], "priority": "DELETION"}
    assert asked_change(event) == AskedChange(
        instance_id="inst_1", hostname="h", addresses=(), priority=Priority.DELETION
    )


def test_a_later_step_waits_for_what_an_earlier_one_has_queued() -> None:
    subject = Subject("inst_1", "RECORD#rcd_1")
    assert asked_subject({"instanceId": "inst_1", **change_output(subject)}) == subject
