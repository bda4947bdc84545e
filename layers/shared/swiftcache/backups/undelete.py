"""Bringing back a deleted instance: under its id, its hostname and its keys, with the data of its last moment."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.access.audit import Action, entry
from swiftcache.access.identity import Caller
from swiftcache.backups.final_ports import FinalBackupRecord
from swiftcache.backups.model import Backup, BackupKind, BackupStatus, is_backup_id
from swiftcache.backups.ports import Backups
from swiftcache.backups.restoring import restore_of
from swiftcache.instances.key import KEY_RULES
from swiftcache.instances.model import Instance, first_backup_at
from swiftcache.instances.ports import Instances, Target, Workflows
from swiftcache.instances.service import started_by_the_stream_otherwise
from swiftcache.instances.status import Reason, Status
from swiftcache.platform.errors import IllegalTransition, NotFound
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.unit_of_work import already_applied


@dataclass(frozen=True, slots=True)
class UndeleteService:
    """`now` gives the time with its zone."""

    instances: Instances
    backups: Backups
    record: FinalBackupRecord
    workflows: Workflows
    now: Callable[[], datetime]

    def undelete(self, caller: Caller, backup_id: str) -> Instance:
        """The instance that this backup was the last act of, PROVISIONING once more.

        Raises NotFound, IllegalTransition if it is there, LimitExceeded, Conflict if the organization is not ACTIVE.
        """
        instance = retry_on_conflict(lambda: self._undelete(caller, backup_id))
        target = Target(instance.organization_id, instance.id, caller.request_id, instance.generation)
        with started_by_the_stream_otherwise():
            self.workflows.provision(target)
        return instance

    def _undelete(self, caller: Caller, backup_id: str) -> Instance:
        backup = self.backups.get(caller.organization_id, backup_id) if is_backup_id(backup_id) else None
        if backup is None:
            raise NotFound("there is no such backup")
        at = self.now()
        found = self.instances.get(caller.organization_id, backup.instance_id) if backup.instance_id else None
        if found is not None and already_applied():
            return found
        source = _check(backup, at)
        if found is not None:
            raise IllegalTransition(
                f"{found.id} is {found.status}: only an instance that is gone can be undeleted", found.status
            )
        instance = undeleted(source, backup, caller.request_id, at)
        audit = entry(caller, Action.INSTANCE_UNDELETED, instance.id, instance.name, at, backupId=backup.id)
        # That it is changed keeps it from being removed at the same moment.
        self.record.undelete(instance, backup, replace(backup, revision=backup.revision + 1), audit)
        return instance


def undeleted(source: Instance, backup: Backup, request_id: str, at: datetime) -> Instance:
    """What the instance is in its next life: what its owner chose, and nothing of what it ran as.

    A time at which it was to expire counts only if it is still to come.
    """
    return Instance(
        id=source.id,
        organization_id=source.organization_id,
        name=source.name,
        status=Status.PROVISIONING,
        max_memory=source.max_memory,
        region=source.region,
        eviction_policy=source.eviction_policy,
        created_at=source.created_at,
        changed_at=timestamp(at),
        reason=Reason.UNDELETED.value,
        request_id=request_id,
        keys=source.keys,
        dns_name=source.dns_name or source.hostname,
        persistence=source.persistence,
        expires_at=source.expires_at if source.expires_at and source.expires_at > timestamp(at) else None,
        control_password_at=timestamp(at),
        settings=source.settings,
        key_rules=KEY_RULES,
        generation=int(at.timestamp() * 1000),
        backup_schedule=source.backup_schedule,
        restore=restore_of(backup),
        next_backup_at=first_backup_at(source.backup_schedule, source.id, at),
        recover_from_backup=source.recover_from_backup,
        maintenance_window=source.maintenance_window,
        allowed_networks=source.allowed_networks,
    )


def _check(backup: Backup, at: datetime) -> Instance:
    """The instance as it was when its deletion began. Raises NotFound."""
    if backup.kind is not BackupKind.FINAL:
        raise NotFound(
            f"{backup.id} is {backup.kind}: only the FINAL backup of a deletion can be undeleted. "
            "Make a new instance of it by POST /instances with restoreFrom"
        )
    if backup.status is not BackupStatus.AVAILABLE or (backup.expires_at or "") <= timestamp(at):
        raise NotFound(f"{backup.id} is {backup.status}, or its time is over: there is nothing to undelete")
    if backup.source is None or backup.source.status is not Status.DELETING:
        raise NotFound(
            f"{backup.instance_id} was not deleted after {backup.id}, but later: writes and keys may be missing in it. "
            "Make a new instance of it by POST /instances with restoreFrom"
        )
    return backup.source
