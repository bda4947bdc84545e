"""Who reads the table's stream, and that each is given what it acts on."""

import json
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import EventPattern

from swiftcache.pool.model import POOL
from swiftcache.stream.records import event_in
from tests.expanded import expanded

ROOT = Path(__file__).parents[2]
MOST_READERS = 2
"""Of one shard of a stream at a time, by DynamoDB."""

MAPPINGS = {
    found["Properties"]["FunctionName"]["Ref"]: found["Properties"]
    for found in expanded().resources.values()
    if found["Type"] == "AWS::Lambda::EventSourceMapping"
}


def passes(function: str, record: Any) -> bool:
    patterns = [found["Pattern"] for found in MAPPINGS[function]["FilterCriteria"]["Filters"]]
    return any(EventPattern.load(pattern).matches_event(record) for pattern in patterns)


def records(owner: str) -> list[dict[str, Any]]:
    """Of an instance, of the audit log, of an organization: written, then removed."""
    found = []
    for name in ("table_changed", "organization_suspended"):
        text = (ROOT / "events" / f"{name}.json").read_text().replace("org_123", owner)
        found += json.loads(text)["Records"]
    removed = [{**record, "eventName": "REMOVE"} for record in found]
    return [*found, *removed]


def test_the_stream_has_no_more_readers_than_it_may() -> None:
    assert set(MAPPINGS) == {"RelayChangesFunction", "FanOutEventFunction"}
    assert len(MAPPINGS) <= MOST_READERS


@pytest.mark.parametrize("function", list(MAPPINGS))
def test_a_reader_begins_with_the_oldest_and_repeats_from_where_it_failed(function: str) -> None:
    mapping = MAPPINGS[function]
    assert (mapping["StartingPosition"], mapping["MaximumRetryAttempts"]) == ("TRIM_HORIZON", -1)
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["DestinationConfig"]["OnFailure"] == {"Destination": {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]}}


def test_a_record_that_always_fails_holds_up_webhooks_for_an_hour_and_work_until_it_is_mended() -> None:
    oldest = {name: mapping.get("MaximumRecordAgeInSeconds") for name, mapping in MAPPINGS.items()}
    assert oldest == {"RelayChangesFunction": None, "FanOutEventFunction": 3600}


def test_a_batch_that_takes_too_long_is_halved() -> None:
    assert MAPPINGS["FanOutEventFunction"]["BisectBatchOnFunctionError"] is True


def test_what_webhooks_may_want_reaches_them() -> None:
    told = [record for record in records("org_123") if event_in(record)]
    assert len(told) == 3
    assert all(passes("FanOutEventFunction", record) for record in told)


def test_what_is_for_no_webhook_does_not_call_their_function() -> None:
    _, _, organization, _, expired, _ = records("org_123")
    assert not passes("FanOutEventFunction", organization)
    assert not passes("FanOutEventFunction", expired)
    assert not passes("FanOutEventFunction", records(POOL)[0])
    assert passes("RelayChangesFunction", records(POOL)[0])
