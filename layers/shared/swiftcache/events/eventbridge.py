"""Telling the world about each status and each change, on the event bus, in as few calls as it takes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from swiftcache.events.model import STATUS_CHANGED, Event, NotPublished

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "swiftcache.instances"
DETAIL_TYPE = "Instance Status Changed"
AUDIT_SOURCE = "swiftcache.audit"

MAX_ENTRIES = 10
MAX_BYTES = 256 * 1024
"""What one call of PutEvents takes."""
TIME_BYTES = 14
"""What the time of an entry counts for."""


def audit_detail_type(action: str) -> str:
    """`instance.key.created` is `Instance Key Created`."""
    return action.replace(".", " ").replace("_", " ").title()


class EventBridgeEvents:
    def __init__(self, client: "EventBridgeClient", bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, events: Sequence[Event]) -> None:
        left = set(range(len(events)))
        for call in _calls(events, self._bus):
            try:
                results = self._client.put_events(Entries=call.entries)["Entries"]
            except (ClientError, BotoCoreError) as error:
                raise NotPublished(min(left), f"the event bus took nothing: {error}") from error
            # PutEvents answers 200 even where it did not take them all.
            left -= {index for index, result in zip(call.indices, results, strict=True) if "EventId" in result}
            if refusals := [result for result in results if "EventId" not in result]:
                reason = refusals[0].get("ErrorCode", "no reason given")
                raise NotPublished(min(left), f"the event bus did not take {len(refusals)} events: {reason}")


@dataclass
class _Call:
    """A call in the making: the entries, and the place of each among the events."""

    entries: list["PutEventsRequestEntryTypeDef"] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    size: int = 0

    def takes(self, size: int) -> bool:
        return len(self.entries) < MAX_ENTRIES and (self.size + size <= MAX_BYTES or not self.entries)

    def add(self, index: int, entry: "PutEventsRequestEntryTypeDef", size: int) -> None:
        self.entries.append(entry)
        self.indices.append(index)
        self.size += size


def _calls(events: Iterable[Event], bus: str) -> list[_Call]:
    """Each event in the first call that has room for it and comes after all that are about the same subject.

    A call may take a later entry and not an earlier one; so a second event of a subject waits for the first's answer.
    """
    calls: list[_Call] = []
    following: dict[object, int] = {}
    for index, event in enumerate(events):
        entry, subject = _entry(event, bus), _subject(event)
        size = TIME_BYTES + sum(len(entry[part].encode()) for part in ("Source", "DetailType", "Detail"))
        place = following.get(subject, 0)
        while place < len(calls) and not calls[place].takes(size):
            place += 1
        if place == len(calls):
            calls.append(_Call())
        calls[place].add(index, entry, size)
        following[subject] = place + 1
    return calls


def _entry(event: Event, bus: str) -> "PutEventsRequestEntryTypeDef":
    is_status = event.type == STATUS_CHANGED
    return {
        "EventBusName": bus,
        "Source": SOURCE if is_status else AUDIT_SOURCE,
        "DetailType": DETAIL_TYPE if is_status else audit_detail_type(event.type),
        "Time": datetime.fromisoformat(event.at),
        "Detail": json.dumps(event.data),
    }


def _subject(event: Event) -> tuple[bool, object]:
    """The instance whose status has changed, or what an audited change was made to."""
    if event.type == STATUS_CHANGED:
        return True, event.data["instanceId"]
    target = event.data["target"]
    return False, target["id"] if isinstance(target, Mapping) else target
