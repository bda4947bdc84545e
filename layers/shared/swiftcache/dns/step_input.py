"""What the state machines give to ChangeRecord."""

from collections.abc import Mapping
from typing import Any

from swiftcache.callbacks.model import Subject
from swiftcache.dns.model import AskedChange, Priority


def asked_change(event: Mapping[str, Any]) -> AskedChange:
    """`priority` is the name of one; an address that is empty is not known."""
    return AskedChange(
        instance_id=event["instanceId"],
        hostname=event["hostname"],
        addresses=_addresses(event.get("addresses", [])),
        priority=Priority[event["priority"]],
        known=_addresses(event.get("known", [])),
    )


def _addresses(given: list[str]) -> tuple[str, ...]:
    return tuple(address for address in given if address)


def change_output(subject: Subject) -> dict[str, str]:
    return {"recordChange": subject.name}


def asked_subject(event: Mapping[str, Any]) -> Subject:
    """The change that an earlier step queued."""
    return Subject(event["instanceId"], event["recordChange"])
