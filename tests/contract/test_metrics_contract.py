"""What every store of metrics does: the one in DynamoDB, and the fake that other tests use."""

from dataclasses import replace

import boto3
import pytest

from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.model import CounterState
from swiftcache.metrics.ports import Metrics
from swiftcache.metrics.table import DynamoDBMetrics
from swiftcache.platform.counters import NOTHING, Counters
from tests.fakes.metrics import FIGURES, FakeMetrics
from tests.samples import AT, ORGANIZATION
from tests.tables import create_table

LOAD = Counters(commands=10, bytes_in=1000, bytes_out=2000, hits=5, misses=2, evictions=1)
SHARE = Counters(commands=2, bytes_in=100, bytes_out=3000)
HOUR, NEXT_HOUR = "2026-01-02T03:00:00Z", "2026-01-02T04:00:00Z"
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
)
SECOND = replace(FIRST, sequence=2, totals=LOAD + LOAD)


def in_memory() -> Metrics:
    return FakeMetrics()


def in_dynamodb() -> Metrics:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return DynamoDBMetrics(client, "table")


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def metrics(request: pytest.FixtureRequest) -> Metrics:
    metrics: Metrics = request.param()
    return metrics


def record(metrics: Metrics, state: CounterState, hour: str = HOUR, counted: Counters = LOAD) -> bool:
    return metrics.record(ORGANIZATION, "inst_a1", hour, counted, state)


def test_nothing_is_scraped_at_first(metrics: Metrics) -> None:
    assert metrics.counter_state(ORGANIZATION, "inst_a1") == CounterState()
    assert metrics.hours("inst_a1", "") == {}


def test_what_is_recorded_can_be_read(metrics: Metrics) -> None:
    assert record(metrics, FIRST)
    assert metrics.counter_state(ORGANIZATION, "inst_a1") == FIRST
    assert metrics.hours("inst_a1", HOUR) == {HOUR: LOAD}


def test_an_hour_adds_up(metrics: Metrics) -> None:
    record(metrics, FIRST)
    assert record(metrics, SECOND)
    assert metrics.hours("inst_a1", HOUR) == {HOUR: LOAD + LOAD}


def test_hours_are_kept_apart_and_read_from_the_first_asked_for(metrics: Metrics) -> None:
    record(metrics, FIRST)
    record(metrics, SECOND, NEXT_HOUR)
    assert metrics.hours("inst_a1", HOUR) == {HOUR: LOAD, NEXT_HOUR: LOAD}
    assert metrics.hours("inst_a1", NEXT_HOUR) == {NEXT_HOUR: LOAD}


@pytest.mark.parametrize("late", [FIRST, replace(FIRST, sequence=3)])
def test_a_scrape_that_does_not_follow_the_last_changes_nothing(metrics: Metrics, late: CounterState) -> None:
    record(metrics, FIRST)
    assert not record(metrics, late)
    assert metrics.counter_state(ORGANIZATION, "inst_a1") == FIRST
    assert metrics.hours("inst_a1", HOUR) == {HOUR: LOAD}


def test_a_scrape_of_an_idle_redis_makes_no_hour(metrics: Metrics) -> None:
    assert record(metrics, FIRST, counted=NOTHING)
    assert metrics.hours("inst_a1", HOUR) == {}


def test_notes_add_up_before_and_after_a_scrape(metrics: Metrics) -> None:
    metrics.note(ORGANIZATION, "inst_a1", SHARE)
    assert metrics.counter_state(ORGANIZATION, "inst_a1") == CounterState(noted=SHARE)
    assert record(metrics, FIRST)
    metrics.note(ORGANIZATION, "inst_a1", SHARE)
    assert metrics.counter_state(ORGANIZATION, "inst_a1") == replace(FIRST, noted=SHARE + SHARE)


def test_an_organizations_counter_states_are_its_own(metrics: Metrics) -> None:
    record(metrics, FIRST)
    metrics.record("org_2", "inst_b1", HOUR, LOAD, FIRST)
    assert metrics.counter_states(ORGANIZATION) == {"inst_a1": FIRST}
