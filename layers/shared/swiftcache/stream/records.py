"""A record of the table's stream as what it means: a change of status, an audited change, what is to be done."""

from datetime import UTC, datetime
from typing import Any

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_entry_of
from swiftcache.backups.model import Backup, BackupKind, BackupStatus
from swiftcache.backups.table import BACKUP, backup_of
from swiftcache.changes.ports import Replacement
from swiftcache.events.model import Event, StatusChange, audit_event, status_event
from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.items import instance_of
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Reason, Status
from swiftcache.organizations.items import organization_of
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.items import AUDIT, INSTANCE, ORGANIZATION, organization_key
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL
from swiftcache.recovery.ports import Recovering
from swiftcache.timeline.ports import Creation
from swiftcache.webhooks.table import WEBHOOK

DELETED = "DELETED"
"""What a removal is called in the event: there is no such status in the record, which is gone."""


def event_in(record: dict[str, Any]) -> Event | None:
    """What the world is told of this record. Of most it is told nothing, and nothing at all of the warm pool."""
    if entry := audited_in(record):
        happened = audit_event(entry)
    elif change := status_change_of(record):
        happened = status_event(change)
    else:
        return None
    return None if happened.organization_id == POOL else happened


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
        # The stream gives a record the same id each time it brings it.
        id=f"evt_{record['eventID']}",
        instance_id=known.id,
        organization_id=known.organization_id,
        before=before.status.value if before else None,
        after=after.status.value if after else DELETED,
        at=after.changed_at if after else _removed_at(known, change["ApproximateCreationDateTime"]),
        hostname=known.hostname,
        reason=after.reason if after else Reason.REMOVED.value,
        request_id=known.request_id,
    )


def unconfigured_instance_of(record: dict[str, Any]) -> Instance | None:
    """The instance whose Redis is to be configured anew, if that is what this record tells."""
    change = record["dynamodb"]
    if not change["Keys"]["SK"]["S"].startswith(INSTANCE):
        return None
    before = _instance(change.get("OldImage"))
    after = _instance(change.get("NewImage"))
    if before is None or after is None or after.status is not Status.RUNNING:
        return None
    # A change asks for it, and so does a task that has just come to serve.
    is_new = after.revision != before.revision or after.endpoint != before.endpoint
    return after if is_new and after.revision != after.applied_revision else None


def unlimited_instance_of(record: dict[str, Any]) -> Instance | None:
    """The instance whose security group is to let in other networks from now on, if that is what this record tells."""
    change = record["dynamodb"]
    if not change["Keys"]["SK"]["S"].startswith(INSTANCE):
        return None
    before, after = _instance(change.get("OldImage")), _instance(change.get("NewImage"))
    if before is None or after is None or after.status is not Status.RUNNING or after.networks_in_force:
        return None
    return after if after.allowed_networks != before.allowed_networks else None


def audited_in(record: dict[str, Any]) -> AuditEntry | None:
    """The entry of the audit log that this record appended; None if it is another's, or only went with its time."""
    change = record["dynamodb"]
    if record["eventName"] != "INSERT" or not change["Keys"]["PK"]["S"].startswith(AUDIT):
        return None
    return audit_entry_of(change["NewImage"])


def removed_webhook_in(record: dict[str, Any]) -> str | None:
    """The id of the webhook that this record removed, whoever did it; None if it is another's."""
    sort_key: str = record["dynamodb"]["Keys"]["SK"]["S"]
    if record["eventName"] != "REMOVE" or not sort_key.startswith(WEBHOOK):
        return None
    return sort_key.removeprefix(WEBHOOK)


def pool_change_in(record: dict[str, Any]) -> tuple[Instance | None, Instance | None] | None:
    """The instance before and after, if the record is that of a member of the warm pool, past or present, or is new."""
    change = record["dynamodb"]
    if not change["Keys"]["SK"]["S"].startswith(INSTANCE):
        return None
    was_member = "claimed" in change.get("NewImage", {})
    if "OldImage" in change and not was_member and change["Keys"]["PK"] != organization_key(POOL)["PK"]:
        return None
    return _instance(change.get("OldImage")), _instance(change.get("NewImage"))


def creation_of(record: dict[str, Any]) -> Creation | None:
    """None unless the record is that of an owner's instance which has come to run."""
    change = record["dynamodb"]
    if not change["Keys"]["SK"]["S"].startswith(INSTANCE):
        return None
    before, after = _instance(change.get("OldImage")), _instance(change.get("NewImage"))
    if before is None or after is None:
        return None
    if (before.status, after.status) != (Status.PROVISIONING, Status.RUNNING):
        return None
    # What has data to load takes longer, and says nothing of the others.
    if after.organization_id == POOL or after.restore:
        return None
    took = datetime.fromisoformat(after.changed_at) - datetime.fromisoformat(before.changed_at)
    return Creation(after.id, after.changed_at, took.total_seconds(), after.claimed)


def member_taken_in(record: dict[str, Any]) -> Endpoint | None:
    """The task of the warm pool that the instance of this record begins with, if it begins with one."""
    image = record["dynamodb"]
    if not image["Keys"]["SK"]["S"].startswith(INSTANCE):
        return None
    after = _instance(image.get("NewImage"))
    return after.member if after else None


def generation_in(record: dict[str, Any]) -> int:
    """Which of its lives the instance of this record is in, after the change."""
    after = _instance(record["dynamodb"].get("NewImage"))
    return after.generation if after else 0


def emptying_of(record: dict[str, Any]) -> EmptyingTarget | None:
    """None for a record that is not that of an organization which has just been suspended or deleted."""
    change = record["dynamodb"]
    if change["Keys"]["SK"]["S"] != ORGANIZATION or "NewImage" not in change or "OldImage" not in change:
        return None
    before, after = organization_of(change["OldImage"]), organization_of(change["NewImage"])
    if before.status_version == after.status_version or after.status is OrganizationStatus.ACTIVE:
        return None
    return EmptyingTarget(after.id, after.status_version, change["NewImage"]["requestId"]["S"])


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


def recovery_of(record: dict[str, Any]) -> Recovering | None:
    """The recovery that begins with this record of the stream, if one does."""
    image = record["dynamodb"]
    if not image["Keys"]["SK"]["S"].startswith(INSTANCE):
        return None
    before, after = _instance(image.get("OldImage")), _instance(image.get("NewImage"))
    if after is None or after.recovery is None or not after.recovering:
        return None
    if before is not None and before.recovery is not None and before.recovery.id == after.recovery.id:
        return None
    return Recovering(after.organization_id, after.id, after.recovery.id)


def begun_backup_in(record: dict[str, Any]) -> Backup | None:
    """The backup that is to be taken from this record of the stream on; None if it tells of none.

    An IMPORTED one begins when its file is there.
    """
    image = record["dynamodb"]
    if record["eventName"] != "INSERT" or not image["Keys"]["SK"]["S"].startswith(BACKUP):
        return None
    backup = backup_of(image["NewImage"])
    begins = backup.status is BackupStatus.CREATING and backup.kind is not BackupKind.IMPORTED
    return backup if begins else None


def _instance(image: dict[str, Any] | None) -> Instance | None:
    return instance_of(image) if image else None


def _removed_at(instance: Instance, seconds: float) -> str:
    """The stream's time is in whole seconds, and must not come before what went before it."""
    return max(instance.changed_at, timestamp(datetime.fromtimestamp(seconds, UTC)))
