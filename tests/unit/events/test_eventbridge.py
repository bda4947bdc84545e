"""How events are put on the bus: in as few calls as it takes, and what is said of those that it does not take."""

import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from swiftcache.access.audit import Action
from swiftcache.events.eventbridge import MAX_BYTES, EventBridgeEvents
from swiftcache.events.model import Event, NotPublished, audit_event
from tests.samples import AT, ORGANIZATION, an_entry

BUSY = ClientError({"Error": {"Code": "ThrottlingException"}}, "PutEvents")


@dataclass
class Bus:
    """Takes all, or what each next call is planned to answer: an error, or the codes of entries (None: taken)."""

    planned: list[Exception | list[str | None]] = field(default_factory=list)
    calls: list[list[str]] = field(default_factory=list)

    def put_events(self, **given: Any) -> object:
        entries = given["Entries"]
        self.calls.append([json.loads(entry["Detail"])["id"] for entry in entries])
        planned = self.planned.pop(0) if self.planned else [None] * len(entries)
        if isinstance(planned, Exception):
            raise planned
        return {"Entries": [{"ErrorCode": code} if code else {"EventId": "1"} for code in planned]}

    def publish(self, *events: Event) -> None:
        EventBridgeEvents(cast(Any, self), "swiftcache").publish(events)


def about(instance: int, number: int = 1, **data: str) -> Event:
    event_id = f"{instance}.{number}"
    given = {"id": event_id, "instanceId": str(instance), **data}
    return Event(event_id, "instance.status_changed", AT, ORGANIZATION, given)


def test_one_call_takes_ten() -> None:
    bus = Bus()
    bus.publish(*(about(instance) for instance in range(25)))
    assert [len(call) for call in bus.calls] == [10, 10, 5]


def test_a_creation_and_its_entry_are_one_call() -> None:
    bus = Bus()
    entry = audit_event(an_entry(Action.INSTANCE_CREATED))
    bus.publish(about(1), entry, about(2))
    assert bus.calls == [["1.1", entry.id, "2.1"]]


def test_a_second_event_of_an_instance_waits_for_the_first_ones_answer() -> None:
    bus = Bus()
    bus.publish(about(1, 1), about(1, 2), about(2, 1), about(1, 3), about(2, 2))
    assert bus.calls == [["1.1", "2.1"], ["1.2", "2.2"], ["1.3"]]


def test_changes_of_the_same_target_keep_their_order_though_its_name_changes() -> None:
    bus = Bus()
    entries = [audit_event(an_entry(Action.MEMBER_CHANGED, id=f"audit_{n}", target_name=f"name-{n}")) for n in (1, 2)]
    bus.publish(*entries)
    assert bus.calls == [["audit_1"], ["audit_2"]]


def test_one_call_takes_no_more_bytes_than_the_bus_does() -> None:
    bus = Bus()
    third = "x" * (MAX_BYTES // 3)
    bus.publish(about(1, text=third), about(2, text=third), about(3, text=third), about(4))
    assert bus.calls == [["1.1", "2.1", "4.1"], ["3.1"]]


@pytest.mark.parametrize("error", [BUSY, EndpointConnectionError(endpoint_url="https://example.com")])
def test_a_call_that_fails_took_nothing(error: Exception) -> None:
    bus = Bus([[None] * 10, error])
    with pytest.raises(NotPublished, match="the event bus took nothing") as caught:
        bus.publish(*(about(instance) for instance in range(25)))
    assert (caught.value.first, len(bus.calls)) == (10, 2)
    assert caught.value.__cause__ is error


def test_the_first_that_was_not_taken_is_told_with_its_cause() -> None:
    bus = Bus([[None, "ThrottlingException", None, "InternalFailure"]])
    with pytest.raises(NotPublished, match="did not take 2 events: ThrottlingException") as caught:
        bus.publish(*(about(instance) for instance in range(4)))
    assert caught.value.first == 1


def test_an_event_that_waited_for_a_later_call_is_not_published_either() -> None:
    bus = Bus([[None, None, "ThrottlingException"]])
    with pytest.raises(NotPublished) as caught:
        bus.publish(about(1, 1), about(1, 2), about(2), about(3))
    assert caught.value.first == 1
