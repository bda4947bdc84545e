"""An update from the layout in which each instance had a counter state of its own: nothing is lost, nothing twice.

And what the releases before find where they look: they are at work beside this one during an update, and after a
rollback.
"""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from swiftcache.metrics.buckets import Bucket, Owned, bucket_of
from swiftcache.metrics.items import NOTED, states_key
from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.model import LIVE_FIRST, Aggregate, CounterState
from swiftcache.metrics.table import DynamoDBMetrics
from swiftcache.platform.counters import Counters
from swiftcache.platform.items import attribute, attributes
from tests.fakes.metrics import FIGURES
from tests.samples import AT, NOW, ORGANIZATION
from tests.tables import create_table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

LOAD = Counters(commands=10, bytes_in=1000, bytes_out=2000, hits=5, misses=2, evictions=1)
SHARE = Counters(commands=2, bytes_in=100, bytes_out=3000)
HOUR = "2026-01-02T03:00:00Z"
KEY = {"PK": {"S": f"METRICS#{ORGANIZATION}"}, "SK": {"S": "LAST#inst_a1"}}
STATE = CounterState(
    sequence=7,
    run_id="run-2",
    retired="run-1",
    at=AT,
    counters=LOAD + SHARE,
    totals=LOAD,
    settled=SHARE,
    live=FIGURES,
    key_use={"key_1": KeyUse("2026-01-02T03:04:00Z", 2)},
)


@pytest.fixture
def client() -> "DynamoDBClient":
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return client


@pytest.fixture
def metrics(client: "DynamoDBClient") -> DynamoDBMetrics:
    return DynamoDBMetrics(client, "table", lambda: NOW)


def scrape_as_before(client: "DynamoDBClient", state: CounterState) -> None:
    """Stores a scrape as 1.0 did: the counter state, and what was counted added to the hour."""
    kept = {
        **{name: getattr(state, name) for name in ("sequence", "run_id", "retired", "at")},
        **{name: asdict(getattr(state, name)) for name in ("counters", "totals", "settled")},
        "live": {name: getattr(FIGURES, name) for name in LIVE_FIRST},
        "key_use": {key: asdict(use) for key, use in state.key_use.items()},
    }
    first = state.sequence == 1
    hour: dict[str, Any] = {"PK": {"S": "METRICS#inst_a1"}, "SK": {"S": f"HOUR#{HOUR}"}}
    client.transact_write_items(
        TransactItems=[
            {
                "Update": {
                    "TableName": "table",
                    "Key": KEY,
                    "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in kept),
                    "ConditionExpression": "attribute_not_exists(#sequence)" if first else "#sequence = :before",
                    "ExpressionAttributeNames": {f"#{name}": name for name in kept},
                    "ExpressionAttributeValues": {
                        **{f":{name}": value for name, value in attributes(kept).items()},
                        **({} if first else {":before": attribute(state.sequence - 1)}),
                    },
                }
            },
            {
                "Update": {
                    "TableName": "table",
                    "Key": hour,
                    "UpdateExpression": "ADD " + ", ".join(f"{name} :{name}" for name in asdict(LOAD)),
                    "ExpressionAttributeValues": {f":{name}": attribute(value) for name, value in asdict(LOAD).items()},
                }
            },
        ]
    )


def scraped_seven_times(client: "DynamoDBClient") -> None:
    for number in range(1, 8):
        scrape_as_before(client, replace(STATE, sequence=number))


def note_as_before(client: "DynamoDBClient") -> None:
    client.update_item(
        TableName="table",
        Key=KEY,
        UpdateExpression="ADD " + ", ".join(f"{name} :{name}" for name in NOTED),
        ExpressionAttributeValues={f":{name}": attribute(getattr(SHARE, of)) for name, of in NOTED.items()},
    )


def test_a_counter_state_is_taken_over_with_its_hour(client: "DynamoDBClient", metrics: DynamoDBMetrics) -> None:
    scraped_seven_times(client)
    found = metrics.adopt(ORGANIZATION, "inst_a1", HOUR)
    assert found == replace(STATE, sequence=found.sequence, hours={HOUR: Counters(70, 7000, 14000, 35, 14, 7)})


def test_it_can_be_taken_over_once_more(client: "DynamoDBClient", metrics: DynamoDBMetrics) -> None:
    scraped_seven_times(client)
    once, again = (metrics.adopt(ORGANIZATION, "inst_a1", HOUR) for _ in range(2))
    assert replace(again, sequence=once.sequence) == once


@pytest.mark.parametrize("number", [0, 7])
def test_a_pass_of_before_that_is_still_on_its_way_stores_nothing(
    client: "DynamoDBClient", metrics: DynamoDBMetrics, number: int
) -> None:
    for scrape in range(1, number + 1):
        scrape_as_before(client, replace(STATE, sequence=scrape))
    found = metrics.adopt(ORGANIZATION, "inst_a1", HOUR)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        scrape_as_before(client, replace(STATE, sequence=number + 1))
    assert metrics.adopt(ORGANIZATION, "inst_a1", HOUR).hours == found.hours


@pytest.mark.parametrize("scrapes", [0, 7])
def test_what_was_noted_and_not_settled_is_settled_by_the_next_scrape(
    client: "DynamoDBClient", metrics: DynamoDBMetrics, scrapes: int
) -> None:
    for number in range(1, scrapes + 1):
        scrape_as_before(client, replace(STATE, sequence=number))
    for _ in range(2):
        note_as_before(client)
    found = metrics.adopt(ORGANIZATION, "inst_a1", HOUR)
    unsettled = SHARE if scrapes else SHARE + SHARE
    assert found.noted - found.settled == unsettled
    after = found.with_notes(SHARE, AT)
    assert after.noted - after.settled == unsettled + SHARE


def test_hours_of_before_are_read_on(client: "DynamoDBClient", metrics: DynamoDBMetrics) -> None:
    scraped_seven_times(client)
    assert metrics.hours("inst_a1", HOUR) == {HOUR: Aggregate(Counters(70, 7000, 14000, 35, 14, 7))}


def test_an_hour_has_its_counters_where_every_release_looks_for_them(
    client: "DynamoDBClient", metrics: DynamoDBMetrics
) -> None:
    metrics.keep_hours("inst_a1", {HOUR: Aggregate(LOAD, FIGURES.gauges)})
    key = {"PK": {"S": "METRICS#inst_a1"}, "SK": {"S": f"HOUR#{HOUR}"}}
    item = client.get_item(TableName="table", Key=key)["Item"]
    assert {name: item[name] for name in asdict(LOAD)} == attributes(asdict(LOAD))


def test_a_bucket_has_beside_its_states_only_notes_and_no_snapshots(
    client: "DynamoDBClient", metrics: DynamoDBMetrics
) -> None:
    """The releases before take all else in its partition for notes."""
    owned = Owned(ORGANIZATION, "inst_a1")
    bucket = Bucket(bucket_of(ORGANIZATION, "inst_a1"), 0, {owned: replace(STATE, hours={HOUR: LOAD})})
    assert metrics.store(bucket)
    metrics.keep_snapshot(bucket)
    metrics.note(ORGANIZATION, "inst_a1", SHARE)
    keys = [item["SK"]["S"] for item in client.scan(TableName="table")["Items"] if "BUCKET" in item["PK"]["S"]]
    assert sorted(keys) == ["NOTE#inst_a1", "STATES"]
    assert metrics.snapshots(ORGANIZATION, "inst_a1", "") == {HOUR: Aggregate(LOAD, FIGURES.gauges)}


def test_a_bucket_that_the_release_before_has_stored_is_read(
    client: "DynamoDBClient", metrics: DynamoDBMetrics
) -> None:
    owned, number = Owned(ORGANIZATION, "inst_a1"), bucket_of(ORGANIZATION, "inst_a1")
    ended = replace(STATE, hours={HOUR: LOAD}, ends={HOUR: FIGURES.gauges})
    assert metrics.store(Bucket(number, 0, {owned: ended}))
    client.update_item(TableName="table", Key=states_key(number), UpdateExpression="REMOVE ends")
    assert metrics.bucket(number).states == {owned: replace(ended, ends={})}
