"""What every store of metrics does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import replace
from itertools import islice

import boto3
import pytest

from swiftcache.metrics.buckets import Bucket, Note, Owned, bucket_of
from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.model import Aggregate, CounterState
from swiftcache.metrics.ports import Metrics
from swiftcache.metrics.table import DynamoDBMetrics
from swiftcache.platform.counters import Counters
from swiftcache.pool.model import POOL
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
SECOND = replace(
    FIRST, sequence=2, totals=LOAD + LOAD, hours={HOUR: LOAD, NEXT_HOUR: SHARE}, ends={HOUR: FIGURES.gauges}
)


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
    assert metrics.hours("inst_a1", "") == {}
    assert metrics.snapshots(ORGANIZATION, "inst_a1", "") == {}
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


def test_hours_are_kept_with_and_without_gauges(metrics: Metrics) -> None:
    kept = {HOUR: Aggregate(LOAD, FIGURES.gauges), NEXT_HOUR: Aggregate(SHARE)}
    metrics.keep_hours("inst_a1", kept)
    assert metrics.hours("inst_a1", HOUR) == kept
    assert metrics.hours("inst_a1", NEXT_HOUR) == {NEXT_HOUR: Aggregate(SHARE)}
    assert metrics.hours("inst_a2", HOUR) == {}


def test_an_hour_that_is_kept_twice_counts_once(metrics: Metrics) -> None:
    for _ in range(2):
        metrics.keep_hours("inst_a1", {HOUR: Aggregate(LOAD)})
    assert metrics.hours("inst_a1", HOUR) == {HOUR: Aggregate(LOAD)}


def test_a_snapshot_is_how_far_the_hour_had_come_when_the_step_was_over(metrics: Metrics) -> None:
    bucket = Bucket(NUMBER, 1, {OWNED: replace(SECOND, at="2026-01-02T04:13:59.999Z")})
    metrics.keep_snapshot(bucket)
    assert metrics.snapshots(ORGANIZATION, "inst_a1", NEXT_HOUR) == {
        "2026-01-02T04:10:00Z": Aggregate(SHARE, FIGURES.gauges)
    }
    assert metrics.snapshots(ORGANIZATION, "inst_a1", "2026-01-02T04:15:00Z") == {}
    assert metrics.snapshots(ORGANIZATION, "inst_a2", NEXT_HOUR) == {}


def test_what_was_not_read_in_a_step_has_no_gauges_in_its_snapshot(metrics: Metrics) -> None:
    beside = (name for name in map("inst_{}".format, range(999)) if bucket_of(ORGANIZATION, name) == NUMBER)
    silent, idle = (Owned(ORGANIZATION, name) for name in islice(beside, 2))
    states = {
        OWNED: replace(SECOND, at="2026-01-02T04:13:59.999Z"),
        silent: replace(SECOND, at="2026-01-02T04:09:59.999Z", hours={NEXT_HOUR: LOAD}),
        idle: replace(SECOND, at="2026-01-02T03:09:59.999Z", hours={}),
    }
    metrics.keep_snapshot(Bucket(NUMBER, 1, states))
    step = "2026-01-02T04:10:00Z"
    assert metrics.snapshots(ORGANIZATION, silent.instance_id, step) == {step: Aggregate(LOAD)}
    assert metrics.snapshots(ORGANIZATION, idle.instance_id, step) == {}


def test_a_snapshot_that_is_kept_again_is_the_last_one(metrics: Metrics) -> None:
    for load in (SHARE, LOAD):
        metrics.keep_snapshot(Bucket(NUMBER, 1, {OWNED: replace(FIRST, hours={HOUR: load})}))
    assert metrics.snapshots(ORGANIZATION, "inst_a1", HOUR) == {HOUR: Aggregate(LOAD, FIGURES.gauges)}


def test_members_of_the_pool_are_in_no_snapshot(metrics: Metrics) -> None:
    metrics.keep_snapshot(Bucket(bucket_of(POOL, "inst_a1"), 1, {Owned(POOL, "inst_a1"): FIRST}))
    assert metrics.snapshots(POOL, "inst_a1", "") == {}


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
    metrics.keep_hours("inst_a1", {HOUR: Aggregate(LOAD, FIGURES.gauges), NEXT_HOUR: Aggregate(SHARE)})
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
