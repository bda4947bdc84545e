"""The table that counts what metrics cost: it does as DynamoDB does, and counts as DynamoDB counts."""

from dataclasses import replace
from typing import Any

from swiftcache.instances.fleet_index import DynamoDBFleet
from swiftcache.metrics.buckets import Bucket, Owned, bucket_of
from swiftcache.metrics.history import Period, steps_between
from swiftcache.metrics.model import Aggregate, CounterState, hour_of_text
from swiftcache.metrics.table import DynamoDBMetrics
from swiftcache.platform.counters import Counters
from swiftcache.platform.tokens import new_id
from tests.bench.busy_fleet import items
from tests.bench.metered_table import MeteredTable
from tests.fakes.metrics import FIGURES
from tests.samples import AT, NOW

LOAD = Counters(commands=10)
HOUR = "2026-01-02T03:00:00Z"
OWNED = Owned("org_1", "inst_a1")
STATE = CounterState(sequence=1, run_id="run-1", at=AT, hours={HOUR: LOAD})


def metered(fleet: int = 0) -> tuple[MeteredTable, Any]:
    table: Any = MeteredTable(items(fleet))
    return table, table


def test_a_bucket_is_stored_on_its_version_and_a_refusal_costs_as_much() -> None:
    table, client = metered()
    metrics = DynamoDBMetrics(client, "table", lambda: NOW)
    assert metrics.store(Bucket(7, 0, {OWNED: STATE}))
    assert not metrics.store(Bucket(7, 0, {OWNED: STATE}))
    assert metrics.bucket(7) == Bucket(7, 1, {OWNED: STATE})
    assert (table.written, table.reads) == ({"STATES": 2}, 1)
    assert table.calls == {"PutItem": 2, "Query": 1}


def test_an_instance_that_is_new_is_a_write_and_a_read() -> None:
    table, client = metered()
    metrics = DynamoDBMetrics(client, "table", lambda: NOW)
    metrics.keep_hours("inst_a1", {HOUR: Aggregate(LOAD)})
    table.calls.clear()
    assert metrics.adopt("org_1", "inst_a1", HOUR) == CounterState(hours={HOUR: LOAD})
    assert table.calls == {"UpdateItem": 1, "GetItem": 1}


def test_a_week_of_an_instance_is_one_query_of_12_units() -> None:
    table, client = metered()
    metrics = DynamoDBMetrics(client, "table", lambda: NOW)
    busy = Aggregate(Counters(*[123_456_789] * 10), FIGURES.gauges)
    name = new_id("inst")
    hours = Period.WEEK.starts(NOW)
    metrics.keep_hours(name, dict.fromkeys(hours, busy))
    table.calls.clear()
    assert metrics.hours(name, hours[0]) == dict.fromkeys(hours, busy)
    assert (table.calls, table.reads) == ({"Query": 1}, 12)
    assert table.written == {"HOUR": len(hours)}


def test_an_hour_of_an_instance_is_one_query_however_many_are_in_its_bucket() -> None:
    table, client = metered()
    metrics = DynamoDBMetrics(client, "table", lambda: NOW)
    steps = [step for step in steps_between("2026-01-02T02:00:00Z", "2026-01-02T03:00:00Z") if step < HOUR]
    for step in steps:
        state = replace(STATE, at=step, hours={hour_of_text(step): LOAD}, live=FIGURES)
        beside = {Owned("org_1", new_id("inst")): state for _ in range(80)}
        metrics.keep_snapshot(Bucket(bucket_of("org_1", "inst_a1"), 1, {OWNED: state, **beside}))
    table.calls.clear()
    assert list(metrics.snapshots("org_1", "inst_a1", steps[0])) == steps
    assert table.calls == {"Query": 1}


def test_the_fleet_is_read_in_pages_of_a_megabyte_for_half_a_unit_for_each_4_kilobytes() -> None:
    table, client = metered(2_000)
    found = list(DynamoDBFleet(client, "table").running())
    assert len({instance.id for instance in found}) == 2_000
    assert table.calls["Query"] == 2
    assert 100 < table.reads < 300
