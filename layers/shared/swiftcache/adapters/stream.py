"""A record of the table's stream as a change of status, or as a resize to start."""

from datetime import UTC, datetime
from typing import Any

from swiftcache.adapters.dynamodb_items import INSTANCE, instance_of
from swiftcache.domain.changes import Replacement
from swiftcache.domain.instance import ChangeKind, Instance, timestamp
from swiftcache.domain.ports import StatusChange
from swiftcache.domain.status import Reason

DELETED = "DELETED"
"""What a removal is called in the event: there is no such status in the record, which is gone."""


def status_change_of(record: dict[str, Any]) -> StatusChange | None:
    """None for a record that is not an instance's, or that leaves the status as it was.

    `record` is one of a Lambda event from a stream with new and old images.
    """
    change = record["dynamodb"]
    if not change["Keys"]["SK"]["S"].startswith(INSTANCE):
        return None
    before = _instance(change.get("OldImage"))
    after = _instance(change.get("NewImage"))
    known = after or before
    if known is None or (before and after and before.status == after.status):
        return None
    return StatusChange(
        instance_id=known.id,
        organization_id=known.organization_id,
        before=before.status.value if before else None,
        after=after.status.value if after else DELETED,
        at=after.changed_at if after else _removed_at(known, change["ApproximateCreationDateTime"]),
        hostname=known.hostname,
        reason=after.reason if after else Reason.REMOVED.value,
        request_id=known.request_id,
    )


def replacement_of(record: dict[str, Any]) -> Replacement | None:
    """The resize that begins with this record of the stream, if one does."""
    image = record["dynamodb"]
    if not image["Keys"]["SK"]["S"].startswith(INSTANCE):
        return None
    before, after = _instance(image.get("OldImage")), _instance(image.get("NewImage"))
    if after is None or after.change is None or not after.changing or after.change.kind is not ChangeKind.REPLACE:
        return None
    if before is not None and before.change is not None and before.change.id == after.change.id:
        return None
    return Replacement(after.organization_id, after.id, after.change.id, after.change.request_id)


def _instance(image: dict[str, Any] | None) -> Instance | None:
    return instance_of(image) if image else None


def _removed_at(instance: Instance, seconds: float) -> str:
    """The stream's time is in whole seconds, and must not come before what went before it."""
    return max(instance.changed_at, timestamp(datetime.fromtimestamp(seconds, UTC)))
