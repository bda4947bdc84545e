"""What every shared count of requests does: the one in DynamoDB, and the fake that other tests use."""

from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from swiftcache.access.rate_counters import DynamoDBCounts
from swiftcache.access.rate_limits import WINDOW_SECONDS, Counts
from tests.fakes.rate_counters import FakeCounts
from tests.tables import create_table

WINDOW = 176_732_304


def in_dynamodb() -> Counts:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return DynamoDBCounts(client, "table")


@pytest.fixture(params=[FakeCounts, in_dynamodb], ids=["memory", "dynamodb"])
def counts(request: pytest.FixtureRequest) -> Counts:
    made: Counts = request.param()
    return made


def test_what_is_added_is_counted_together(counts: Counts) -> None:
    assert [counts.add("key_1", WINDOW, 101), counts.add("key_1", WINDOW, 1)] == [101, 102]


@pytest.mark.parametrize(("limit_key", "window"), [("key_2", WINDOW), ("key_1", WINDOW + 1)])
def test_another_key_and_another_window_are_counted_apart(counts: Counts, limit_key: str, window: int) -> None:
    counts.add("key_1", WINDOW, 5)
    assert counts.add(limit_key, window, 1) == 1


def test_nothing_that_is_added_at_once_is_lost(counts: Counts) -> None:
    with ThreadPoolExecutor(8) as threads:
        totals = list(threads.map(lambda _: counts.add("key_1", WINDOW, 1), range(40)))
    assert max(totals) == 40


def test_a_count_goes_by_itself_after_its_window() -> None:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    DynamoDBCounts(client, "table").add("key_1", WINDOW, 1)
    [item] = client.scan(TableName="table")["Items"]
    assert item["PK"] == {"S": "RATE#key_1"}
    assert 0 < int(item["ttl"]["N"]) - (WINDOW + 1) * WINDOW_SECONDS < 3600
