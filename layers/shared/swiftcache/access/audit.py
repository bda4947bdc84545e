"""The audit log: who did what to what, from where. An entry is written together with the change it tells of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from swiftcache.access.identity import Actor, Caller
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id

RETENTION_DAYS = 90

Details = Mapping[str, str | int | bool | None]


class Action(StrEnum):
    """What can be done. The names are stable: programs filter by them."""

    ORGANIZATION_CREATED = "organization.created"
    ORGANIZATION_CHANGED = "organization.changed"
    ORGANIZATION_SUSPENDED = "organization.suspended"
    ORGANIZATION_RESUMED = "organization.resumed"
    ORGANIZATION_DELETED = "organization.deleted"
    MEMBER_ADDED = "member.added"
    MEMBER_CHANGED = "member.changed"
    MEMBER_REMOVED = "member.removed"
    ACCOUNT_KEY_CREATED = "account_key.created"
    ACCOUNT_KEY_REVOKED = "account_key.revoked"
    INSTANCE_CREATED = "instance.created"
    INSTANCE_CHANGED = "instance.changed"
    INSTANCE_RESIZED = "instance.resized"
    INSTANCE_RESIZE_FAILED = "instance.resize_failed"
    INSTANCE_REPLACING = "instance.replacing"
    INSTANCE_REPLACED = "instance.replaced"
    INSTANCE_REPLACE_FAILED = "instance.replace_failed"
    INSTANCE_NOT_ANSWERING = "instance.not_answering"
    INSTANCE_ANSWERING = "instance.answering"
    INSTANCE_RECOVERING = "instance.recovering"
    INSTANCE_RECOVERED = "instance.recovered"
    INSTANCE_MAINTENANCE_SCHEDULED = "instance.maintenance_scheduled"
    INSTANCE_MAINTENANCE_DEFERRED = "instance.maintenance_deferred"
    INSTANCE_MAINTENANCE_REQUESTED = "instance.maintenance_requested"
    INSTANCE_MAINTENANCE_WITHDRAWN = "instance.maintenance_withdrawn"
    INSTANCE_END_OF_LIFE_ANNOUNCED = "instance.end_of_life_announced"
    INSTANCE_DELETION_REQUESTED = "instance.deletion_requested"
    INSTANCE_DELETION_FAILED = "instance.deletion_failed"
    INSTANCE_UNDELETED = "instance.undeleted"
    INSTANCE_KEY_CREATED = "instance.key.created"
    INSTANCE_KEY_REVOKED = "instance.key.revoked"
    BACKUP_REQUESTED = "backup.requested"
    BACKUP_SKIPPED = "backup.skipped"
    BACKUP_AVAILABLE = "backup.available"
    BACKUP_FAILED = "backup.failed"
    BACKUP_VERIFIED = "backup.verified"
    BACKUP_DOWNLOADED = "backup.downloaded"
    BACKUP_DELETION_REQUESTED = "backup.deletion_requested"
    BACKUP_DELETED = "backup.deleted"
    ROLLOUT_RESUMED = "rollout.resumed"
    ROLLOUT_ABANDONED = "rollout.abandoned"
    ROLLOUT_UNDOING = "rollout.undoing"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_DELETED = "webhook.deleted"


class System(StrEnum):
    """What the service does by itself, where nobody's key is at work."""

    EXPIRY = "expiry"
    SUSPENSION = "suspension"
    RESIZE = "resize"
    REPLACEMENT = "replacement"
    RECOVERY = "recovery"
    RECONCILER = "reconciler"
    WEBHOOKS = "webhooks"
    POOL = "pool"
    BACKUPS = "backups"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. Of a change that the service made by itself, `actor_role` is a System and the key is None.

    `at` is RFC 3339 in UTC. `details` holds names and figures, never a secret.
    """

    id: str
    at: str
    organization_id: str
    action: Action
    target_id: str
    target_name: str
    actor_role: str
    request_id: str
    actor_key_id: str | None = None
    actor_member_id: str | None = None
    source_ip: str | None = None
    details: Details = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return Actor(self.actor_role, self.actor_key_id, self.actor_member_id)


def entry(
    caller: Caller,
    action: Action,
    target_id: str,
    target_name: str,
    at: datetime,
    *,
    organization_id: str | None = None,
    **details: str | int | bool | None,
) -> AuditEntry:
    """What the caller does. `organization_id` is that of the target, where it is not the caller's own."""
    return AuditEntry(
        id=new_id("audit"),
        at=timestamp(at),
        organization_id=organization_id or caller.organization_id,
        action=action,
        target_id=target_id,
        target_name=target_name,
        actor_role=caller.role.value,
        request_id=caller.request_id,
        actor_key_id=caller.key_id,
        actor_member_id=caller.member_id,
        source_ip=caller.source_ip,
        details=details,
    )


def system_entry(
    by: System,
    action: Action,
    organization_id: str,
    target_id: str,
    target_name: str,
    request_id: str,
    at: datetime,
    **details: str | int | bool | None,
) -> AuditEntry:
    """What the service does by itself."""
    return AuditEntry(
        id=new_id("audit"),
        at=timestamp(at),
        organization_id=organization_id,
        action=action,
        target_id=target_id,
        target_name=target_name,
        actor_role=by.value,
        request_id=request_id,
        details=details,
    )
