"""What every way to publish does: the bus's, and the fake that other tests use."""

import json
from collections.abc import Callable
from typing import Any, cast

import boto3
import pytest

from swiftcache.events.eventbridge import EventBridgeEvents
from swiftcache.events.model import Event, NotPublished
from swiftcache.events.ports import Events
from tests.fakes.events import FakeEvents
from tests.samples import AT, ORGANIZATION

Bus = tuple[Events, Callable[[], list[str]]]


def about(instance: str, number: int) -> Event:
    """The event of this number, counted from 1, of an instance."""
    event_id = f"evt_{instance}{number}"
    data = {"id": event_id, "instanceId": f"inst_{instance}", "number": number}
    return Event(event_id, "instance.status_changed", AT, ORGANIZATION, data)


def in_memory(refused: frozenset[str]) -> Bus:
    events = FakeEvents(refused=refused)
    return events, lambda: [event.id for event in events.published]


def in_aws(refused: frozenset[str]) -> Bus:
    """moto takes all; what is refused is answered as EventBridge does, and the rest of the call is taken."""
    client = boto3.client("events", region_name="eu-central-1")
    taken: list[str] = []

    class Refusing:
        def put_events(self, **given: Any) -> dict[str, Any]:
            ids = [json.loads(entry["Detail"])["id"] for entry in given["Entries"]]
            answer = client.put_events(**given)["Entries"]
            taken.extend(event_id for event_id in ids if event_id not in refused)
            results = [
                {"ErrorCode": "ThrottlingException"} if event_id in refused else result
                for event_id, result in zip(ids, answer, strict=True)
            ]
            return {"FailedEntryCount": len(refused & set(ids)), "Entries": results}

    return EventBridgeEvents(cast(Any, Refusing()), "default"), lambda: taken


@pytest.fixture(params=[in_memory, in_aws])
def made(request: pytest.FixtureRequest) -> Callable[..., Bus]:
    make = request.param
    return lambda *refused: make(frozenset(refused))


def test_all_are_published_those_of_one_instance_in_their_order(made: Callable[..., Bus]) -> None:
    events, taken = made()
    given = [about(instance, number) for number in (1, 2, 3) for instance in "abcdefgh"]
    events.publish(given)
    assert sorted(taken()) == sorted(event.id for event in given)
    for instance in "abcdefgh":
        own = [event_id for event_id in taken() if event_id.startswith(f"evt_{instance}")]
        assert own == [f"evt_{instance}{number}" for number in (1, 2, 3)]


def test_publishing_no_event_does_nothing(made: Callable[..., Bus]) -> None:
    events, taken = made()
    events.publish([])
    assert taken() == []


@pytest.mark.parametrize("place", [0, 1, 11, 23])
def test_all_before_the_first_that_was_not_taken_are(made: Callable[..., Bus], place: int) -> None:
    given = [about(instance, number) for instance in "abcdefgh" for number in (1, 2, 3)]
    events, taken = made(given[place].id)
    with pytest.raises(NotPublished) as caught:
        events.publish(given)
    assert caught.value.first <= place
    assert {event.id for event in given[: caught.value.first]} <= set(taken())
    assert given[place].id not in taken()


def test_no_event_overtakes_one_of_its_instance_that_was_not_taken(made: Callable[..., Bus]) -> None:
    events, taken = made("evt_a1")
    with pytest.raises(NotPublished, match="the event bus did not take"):
        events.publish([about("a", 1), about("b", 1), about("a", 2)])
    assert "evt_a2" not in taken()


def test_what_was_left_is_published_by_going_on_at_the_first_that_was_not_taken(made: Callable[..., Bus]) -> None:
    given = [about(instance, number) for number in (1, 2) for instance in "abcdefgh"]
    events, taken = made("evt_c1")
    with pytest.raises(NotPublished) as caught:
        events.publish(given)
    before = taken()
    again, then_taken = made()
    again.publish(given[caught.value.first :])
    assert {*before, *then_taken()} == {event.id for event in given}
