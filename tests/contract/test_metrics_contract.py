"""What every store of metrics does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import replace

import boto3
import pytest

from swiftcache.metrics.buckets import Bucket, Note, Owned, bucket_of
from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.model import CounterState
from swiftcache.metrics.ports import Metrics
from swiftcache.metrics.table import DynamoDBMetrics
from swiftcache.platform.counters import Counters
from tests.fakes.metrics import FIGURES, FakeMetrics
from tests.samples import AT, NOW, ORGANIZATION
from tests.tables import create_table

LOAD = Counters(10, 1000, 2000, 5, 2, 1, 3, 4, 6, 7)
SHARE = Counters(commands=2, bytes_in=100, bytes_out=3000)
HOUR, NEXT_HOUR = "2026-01-02T03:00:00Z", "2026-01-02T04:00:00Z"
OWNED = Owned(ORGANIZATION, "inst_a1")
NUMBER = bucket_of(ORGANIZATION, "inst_a1")
FIRST = CounterState(
    sequence=1,
    run_id="run-2",
    retired="run-1",
    at=AT,
    counters=LOAD + SHARE,
    totals=LOAD,
    settled=SHARE,
    live=FIGURES,
    key_use={"key_1": KeyUse("2026-01-02T03:04:00Z", 2)},
    hours={HOUR: LOAD},
)
SECOND = replace(FIRST, sequence=2, totals=LOAD + LOAD, hours={HOUR: LOAD, NEXT_HOUR: SHARE})


def in_memory() -> Metrics:
    return FakeMetrics()


def in_dynamodb() -> Metrics:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return DynamoDBMetrics(client, "table", lambda: NOW)


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def metrics(request: pytest.FixtureRequest) -> Metrics:
    metrics: Metrics = request.param()
    return metrics


def store(metrics: Metrics, *states: CounterState, version: int = 0) -> bool:
    """Those of one instance, one after the other."""
    return all(metrics.store(Bucket(NUMBER, number, {OWNED: state})) for number, state in enumerate(states, version))


def test_nothing_is_scraped_at_first(metrics: Metrics) -> None:
    assert metrics.bucket(NUMBER) == Bucket(NUMBER)
    assert metrics.counter_state(ORGANIZATION, "inst_a1") == CounterState()
    assert metrics.counter_states(ORGANIZATION) == {}
    assert metrics.hours(ORGANIZATION, "inst_a1", "") == {}
    assert metrics.adopt(ORGANIZATION, "inst_a1", HOUR) == CounterState()


def test_what_is_stored_can_be_read(metrics: Metrics) -> None:
    others = {Owned("org_2", "inst_b1"): SECOND, Owned(ORGANIZATION, "inst_a2"): CounterState(sequence=1, at=AT)}
    assert metrics.store(Bucket(NUMBER, 0, {OWNED: FIRST, **others}))
    assert metrics.bucket(NUMBER) == Bucket(NUMBER, 1, {OWNED: FIRST, **others})
    assert metrics.counter_state(ORGANIZATION, "inst_a1") == FIRST


def test_each_pass_follows_the_one_before(metrics: Metrics) -> None:
    assert store(metrics, FIRST, SECOND)
    assert metrics.bucket(NUMBER) == Bucket(NUMBER, 2, {OWNED: SECOND})


@pytest.mark.parametrize("version", [0, 2])
def test_a_pass_that_does_not_follow_the_last_changes_nothing(metrics: Metrics, version: int) -> None:
    store(metrics, FIRST)
    assert not store(metrics, SECOND, version=version)
    assert metrics.bucket(NUMBER) == Bucket(NUMBER, 1, {OWNED: FIRST})


def test_buckets_are_apart(metrics: Metrics) -> None:
    store(metrics, FIRST)
    assert metrics.bucket(NUMBER + 1) == Bucket(NUMBER + 1)


def test_the_hours_are_those_of_the_state_and_those_that_are_over(metrics: Metrics) -> None:
    metrics.keep_hours("inst_a1", {HOUR: LOAD})
    store(metrics, replace(FIRST, hours={NEXT_HOUR: SHARE}))
    assert metrics.hours(ORGANIZATION, "inst_a1", HOUR) == {HOUR: LOAD, NEXT_HOUR: SHARE}
    assert metrics.hours(ORGANIZATION, "inst_a1", NEXT_HOUR) == {NEXT_HOUR: SHARE}


def test_an_hour_that_is_in_both_counts_once(metrics: Metrics) -> None:
    metrics.keep_hours("inst_a1", {HOUR: LOAD})
    store(metrics, FIRST)
    assert metrics.hours(ORGANIZATION, "inst_a1", HOUR) == {HOUR: LOAD}


def test_an_hour_that_is_kept_twice_counts_once(metrics: Metrics) -> None:
    for _ in range(2):
        metrics.keep_hours("inst_a1", {HOUR: LOAD})
    assert metrics.hours(ORGANIZATION, "inst_a1", HOUR) == {HOUR: LOAD}


def test_notes_add_up_before_and_after_a_scrape(metrics: Metrics) -> None:
    metrics.note(ORGANIZATION, "inst_a1", SHARE)
    assert metrics.bucket(NUMBER) == Bucket(NUMBER, notes={"inst_a1": Note(SHARE, AT)})
    store(metrics, FIRST)
    metrics.note(ORGANIZATION, "inst_a1", SHARE)
    assert metrics.bucket(NUMBER) == Bucket(NUMBER, 1, {OWNED: FIRST}, {"inst_a1": Note(SHARE + SHARE, AT)})


def test_what_was_noted_is_not_in_the_state(metrics: Metrics) -> None:
    store(metrics, replace(FIRST, noted=SHARE, noted_since=AT))
    assert metrics.counter_state(ORGANIZATION, "inst_a1") == replace(FIRST, noted_since=AT)


def test_an_instance_that_is_new_to_its_bucket_begins_with_what_is_stored_of_the_hour(metrics: Metrics) -> None:
    metrics.keep_hours("inst_a1", {HOUR: LOAD, NEXT_HOUR: SHARE})
    for _ in range(2):
        assert metrics.adopt(ORGANIZATION, "inst_a1", HOUR) == CounterState(hours={HOUR: LOAD})


def test_an_organizations_counter_states_are_its_own(metrics: Metrics) -> None:
    states = {Owned(ORGANIZATION, f"inst_{number}"): replace(FIRST, sequence=number + 1) for number in range(40)}
    others = {Owned("org_2", "inst_b1"): SECOND}
    for owned, state in {**states, **others}.items():
        bucket = metrics.bucket(bucket_of(owned.organization_id, owned.instance_id))
        assert metrics.store(replace(bucket, states={**bucket.states, owned: state}))
    assert metrics.counter_states(ORGANIZATION) == {owned.instance_id: state for owned, state in states.items()}
    assert metrics.counter_states("org_2") == {"inst_b1": SECOND}
