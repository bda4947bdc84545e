"""An event of our bus as it comes to a rule's target."""

from typing import Any

from swiftcache.adapters.eventbridge import AUDIT_SOURCE
from swiftcache.domain.events import STATUS_CHANGED, Event


def event_of(message: dict[str, Any]) -> Event:
    """`message` is EventBridge's, of the source swiftcache.instances or swiftcache.audit."""
    detail = message["detail"]
    return Event(
        id=detail["id"],
        type=detail["action"] if message["source"] == AUDIT_SOURCE else STATUS_CHANGED,
        at=detail["at"],
        organization_id=detail["organizationId"],
        data=detail,
    )
