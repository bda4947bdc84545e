"""What an organization does with its backups."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, entry
from swiftcache.access.identity import Caller
from swiftcache.access.ownership import check_own_organization
from swiftcache.backups.model import (
    RETENTION_DAYS,
    Backup,
    BackupKind,
    BackupStatus,
    is_backup_id,
    new_backup,
)
from swiftcache.backups.ports import BackupPage, Backups, BackupStarter, BackupTurns
from swiftcache.instances.model import Instance
from swiftcache.instances.ownership import check_id, own_instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.service import started_by_the_stream_otherwise
from swiftcache.instances.status import Status
from swiftcache.platform.errors import BackupInProgress, IllegalTransition, NotFound
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.unit_of_work import already_applied

NEWEST = 20
"""So many of an instance's backups are looked at for one that is being made: that is never far from the newest."""


@dataclass(frozen=True, slots=True)
class NewBackup:
    """What a customer asks for. Without a name it gets one."""

    name: str | None = None
    retention_days: int = RETENTION_DAYS


@dataclass(frozen=True, slots=True)
class BackupService:
    """The use cases of the API. `now` gives the time with its zone."""

    backups: Backups
    instances: Instances
    turns: BackupTurns
    starter: BackupStarter
    now: Callable[[], datetime]

    def create(self, caller: Caller, instance_id: str, new: NewBackup) -> Backup:
        """Stores the intent, then starts the workflow.

        Raises NotFound for another's instance, IllegalTransition if it does not run, BackupInProgress, LimitExceeded.
        """
        backup = retry_on_conflict(lambda: self._begun(caller, instance_id, new))
        with started_by_the_stream_otherwise():
            self.starter.start(backup)
        return backup

    def _begun(self, caller: Caller, instance_id: str, new: NewBackup) -> Backup:
        instance = own_instance(self.instances, caller, instance_id)
        if not already_applied():
            self._check(instance)
        at = self.now()
        backup = new_backup(BackupKind.MANUAL, instance, caller.request_id, at, new.name or "", new.retention_days)
        self.turns.begin(instance, backup, requested_entry(caller, Action.BACKUP_REQUESTED, backup, at))
        return backup

    def _check(self, instance: Instance) -> None:
        if instance.status is not Status.RUNNING:
            raise IllegalTransition(
                f"{instance.id} is {instance.status}: a backup is taken of an instance that is RUNNING", instance.status
            )
        for found in self.backups.of_instance(instance.organization_id, instance.id, NEWEST, None).backups:
            if found.status is BackupStatus.CREATING:
                raise BackupInProgress(
                    f"{found.id} is being taken of this instance; wait until it is AVAILABLE or FAILED, or delete it"
                )

    def get(self, caller: Caller, backup_id: str) -> Backup:
        """Raises NotFound, for another's backup too."""
        found = self.backups.get(caller.organization_id, backup_id) if is_backup_id(backup_id) else None
        if found is None:
            raise NotFound("there is no such backup")
        return found

    def of_instance(self, caller: Caller, instance_id: str, limit: int, cursor: str | None) -> BackupPage:
        """The newest first; those of a deleted instance too.

        Raises NotFound for an instance that is not the caller's and has no backup, InvalidRequest for a cursor that is
        not of this list.
        """
        check_id(instance_id)
        page = self.backups.of_instance(caller.organization_id, instance_id, limit, cursor)
        if not page.backups and cursor is None:
            own_instance(self.instances, caller, instance_id)
        return page

    def of_organization(self, caller: Caller, organization_id: str, limit: int, cursor: str | None) -> BackupPage:
        """The newest first. Raises NotFound for another's organization, InvalidRequest as above."""
        check_own_organization(caller, organization_id)
        return self.backups.of_organization(organization_id, limit, cursor)

    def delete(self, caller: Caller, backup_id: str) -> None:
        """At any moment, and again: what is being made is not made any more. Raises NotFound."""
        if not is_backup_id(backup_id):
            raise NotFound("there is no such backup")
        if already_applied():
            return
        retry_on_conflict(lambda: self._delete(caller, backup_id))

    def _delete(self, caller: Caller, backup_id: str) -> None:
        before = self.get(caller, backup_id)
        if before.status is BackupStatus.DELETING:
            return
        after = before.deleting()
        self.backups.change(before, after, requested_entry(caller, Action.BACKUP_DELETION_REQUESTED, after, self.now()))


def requested_entry(caller: Caller, action: Action, backup: Backup, at: datetime) -> AuditEntry:
    """What the caller does to a backup."""
    return entry(caller, action, backup.id, backup.name, at, kind=backup.kind.value, instanceId=backup.instance_id)
