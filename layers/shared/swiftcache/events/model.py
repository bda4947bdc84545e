"""What the world is told: the same on the event bus and to webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass

from swiftcache.access.audit import AuditEntry
from swiftcache.platform.errors import DependencyUnavailable

STATUS_CHANGED = "instance.status_changed"
"""The type of a change of status; that of an audited change is its action."""

TEST_EVENT = "webhook.test"
"""Sent to one webhook when its owner asks; it tells of no change, so it is not on the bus."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in an organization. `id` stays the same however often the event is told.

    `data` is what the schema of `type` describes.
    """

    id: str
    type: str
    at: str
    organization_id: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A change of an instance's status. `before` is None for a creation, `after` is DELETED for a removal.

    `id` stays the same however often the change is told.
    """

    id: str
    instance_id: str
    organization_id: str
    before: str | None
    after: str
    at: str
    hostname: str | None
    reason: str
    request_id: str


class NotPublished(DependencyUnavailable):
    """The bus has taken all events before `first`, an index. From there on they are to be published again."""

    def __init__(self, first: int, message: str) -> None:
        super().__init__(message)
        self.first = first


def status_event(change: StatusChange) -> Event:
    """The event that tells of a change of status."""
    data: dict[str, object] = {
        "id": change.id,
        "instanceId": change.instance_id,
        "organizationId": change.organization_id,
        "from": change.before,
        "to": change.after,
        "at": change.at,
        "hostname": change.hostname,
        "reason": change.reason,
        "requestId": change.request_id,
    }
    return Event(change.id, STATUS_CHANGED, change.at, change.organization_id, data)


def audit_event(entry: AuditEntry) -> Event:
    """The event that tells of an audited change, without the address that it came from: that is for the log alone."""
    data: dict[str, object] = {
        "id": entry.id,
        "organizationId": entry.organization_id,
        "action": entry.action.value,
        "at": entry.at,
        "target": {"id": entry.target_id, "name": entry.target_name},
        "actor": {"role": entry.actor_role, "keyId": entry.actor_key_id, "memberId": entry.actor_member_id},
        "requestId": entry.request_id,
        "details": dict(entry.details),
    }
    return Event(entry.id, entry.action.value, entry.at, entry.organization_id, data)
