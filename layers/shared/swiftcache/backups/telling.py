"""What the audit log, and with it the events, say of a backup that the service is at work on by itself."""

from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, System, system_entry
from swiftcache.backups.model import Backup


def backup_entry(action: Action, backup: Backup, at: datetime) -> AuditEntry:
    content, failure = backup.content, backup.failure
    of_content = {"sizeBytes": content.size_bytes, "keys": content.keys} if content else {}
    return system_entry(
        System.BACKUPS,
        action,
        backup.organization_id,
        backup.id,
        backup.name,
        backup.request_id,
        at,
        kind=backup.kind.value,
        instanceId=backup.instance_id,
        **of_content,
        **({"failure": failure.code} if failure else {}),
    )
