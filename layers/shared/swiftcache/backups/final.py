"""The last act of a deletion: a backup that has every write that was ever acknowledged.

    request ─▶ hold ─▶ (the copy, its checks, its proof) ─▶ settle ─▶ DELETING, as any deletion
                └──────▶ (it failed) ───────────────────────┘  └────▶ RUNNING, with the reason

Before the copy begins writes are paused, and stay so until the deletion has taken over: nothing can come between. A
deletion without a final backup, whoever asks for it, ends this wherever it is. Every step may run twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from swiftcache.access.audit import Action, AuditEntry, System, entry, system_entry
from swiftcache.access.identity import Actor, Caller
from swiftcache.backups.final_ports import FinalBackupRecord, WritePause
from swiftcache.backups.model import CREATION_MINUTES, Backup, BackupKind, BackupStatus, new_backup
from swiftcache.backups.ports import Backups, BackupStarter
from swiftcache.instances.change import Decision
from swiftcache.instances.failure import Failure
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode
from swiftcache.instances.model import Instance
from swiftcache.instances.ownership import own_instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.service import started_by_the_stream_otherwise
from swiftcache.instances.status import Reason, Status
from swiftcache.platform.errors import (
    BackupSuperseded,
    Conflict,
    CopyInterrupted,
    DeletionProtected,
    FinalBackupNotPossible,
    LimitExceeded,
    NotRunning,
    RecordChanged,
)
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.unit_of_work import already_applied
from swiftcache.redis.ports import Credentials

AFTER_A_RESIZE = timedelta(seconds=60)
"""A step of a resize that failed, and was called again, may still resume writes for so long."""

_STEP = "FinalBackup"
_STAYS = "The instance stays. Delete it again, or without a final backup"


@dataclass(frozen=True, slots=True)
class FinalBackupService:
    """What an owner asks for. `now` gives the time with its zone."""

    instances: Instances
    record: FinalBackupRecord
    starter: BackupStarter
    settler: "DeletionSettler"
    now: Callable[[], datetime]

    def request(self, caller: Caller, instance_id: str, mode: FinalBackupMode) -> Status:
        if already_applied():
            found = self.instances.get(caller.organization_id, instance_id)
            return found.status if found else Status.DELETING
        return retry_on_conflict(lambda: self._request(caller, instance_id, mode))

    def _request(self, caller: Caller, instance_id: str, mode: FinalBackupMode) -> Status:
        instance = own_instance(self.instances, caller, instance_id)
        at = self.now()
        wanted = FinalBackup(mode, timestamp(at), caller.request_id, _actor(caller))
        if instance.status is Status.DELETING:
            return _check_deleting(instance, mode)
        if instance.deletion_protection:
            raise DeletionProtected(
                f"{instance.id} is protected against deletion; first PATCH it with deletionProtection: false"
            )
        if instance.awaits_final_backup:
            return self._go_on(caller, instance, mode, at)
        if instance.status is not Status.RUNNING:
            reason = f"{instance.id} is {instance.status}: there is nothing to be backed up"
            return self._without(caller, instance, wanted, FinalBackupNotPossible(f"{reason}. Delete it without"))
        return self._begin(caller, instance, wanted, at)

    def _begin(self, caller: Caller, instance: Instance, wanted: FinalBackup, at: datetime) -> Status:
        backup = new_backup(BackupKind.FINAL, instance, caller.request_id, at)
        # What an earlier one paused is still paused.
        task = instance.final_backup.task if instance.final_backup and instance.is_to_resume else None
        final = replace(wanted, backup_id=backup.id, task=task)
        waiting = replace(instance, final_backup=final, backup_id=backup.id)
        told = (
            entry(
                *(caller, Action.BACKUP_REQUESTED, backup.id, backup.name, at),
                kind=backup.kind.value,
                instanceId=instance.id,
            ),
            _deletion_entry(caller, waiting, at),
        )
        try:
            self.record.begin(instance, waiting, backup, *told)
        except RecordChanged:
            raise
        except (LimitExceeded, Conflict) as error:
            return self._without(caller, instance, wanted, error)
        with started_by_the_stream_otherwise():
            self.starter.start(backup)
        return Status.RUNNING

    def _go_on(self, caller: Caller, instance: Instance, mode: FinalBackupMode, at: datetime) -> Status:
        """One is under way: the last request says what becomes of the instance if it fails."""
        final = _final_of(instance)
        if final.mode is not mode:
            waiting = replace(instance, final_backup=replace(final, mode=mode))
            self.record.change(instance, waiting, _deletion_entry(caller, waiting, at))
        if final.is_overdue(at):
            self.settler.settle(instance.organization_id, instance.id)
        found = self.instances.get(instance.organization_id, instance.id)
        return found.status if found else Status.DELETING

    def _without(
        self, caller: Caller, instance: Instance, wanted: FinalBackup, error: LimitExceeded | Conflict
    ) -> Status:
        """There can be no backup: that is an error where one is required, and else the receipt tells it."""
        if wanted.mode is FinalBackupMode.REQUIRED:
            raise error
        failure = Failure(error.code, f"{error}.", _STEP, caller.request_id)
        deleting = _deleting(replace(instance, final_backup=replace(wanted, failure=failure)), self.now())
        self.record.change(instance, deleting, _deletion_entry(caller, deleting, self.now()))
        return Status.DELETING


@dataclass(frozen=True, slots=True)
class DeletionSettler:
    """Deletes what waits for a backup when that has come to its end, or says why not. `now` gives the time with its
    zone.
    """

    instances: Instances
    backups: Backups
    record: FinalBackupRecord
    now: Callable[[], datetime]

    def settle(self, organization_id: str, instance_id: str, backup_id: str | None = None) -> None:
        retry_on_conflict(lambda: self._settle(organization_id, instance_id, backup_id))

    def _settle(self, organization_id: str, instance_id: str, backup_id: str | None) -> None:
        instance = self.instances.get(organization_id, instance_id)
        if instance is None or not instance.awaits_final_backup:
            return
        final = _final_of(instance)
        if backup_id is not None and final.backup_id != backup_id:
            return  # it waits for a later one
        backup = self.backups.get(organization_id, final.backup_id) if final.backup_id else None
        if backup and backup.status is BackupStatus.CREATING and not final.is_overdue(self.now()):
            return
        failure = self._failure(instance, final, backup)
        if failure is None or (final.mode is FinalBackupMode.BEST_EFFORT and not instance.deletion_protection):
            self._delete(instance, final, backup, failure)
        else:
            self._stay(instance, final, failure)

    def _failure(self, instance: Instance, final: FinalBackup, backup: Backup | None) -> Failure | None:
        """Why the instance is not to be deleted after this backup; None if it is."""
        if backup is not None and backup.failure is not None:
            return replace(backup.failure, message=f"{backup.failure.message} {_STAYS}.")
        code, what = None, ""
        if backup is None or backup.status is BackupStatus.DELETING:
            code, what = "BACKUP_DELETED", "The backup was deleted before the instance was."
        elif backup.status is not BackupStatus.AVAILABLE:
            code, what = "BACKUP_TIMED_OUT", f"The backup was not whole after {CREATION_MINUTES} minutes."
        elif instance.deletion_protection:
            code, what = DeletionProtected.code, "The instance was protected against deletion meanwhile."
        elif not self._has_all(instance, final, backup):
            code = "FINAL_BACKUP_OVERTAKEN"
            what = f"Redis was replaced after {backup.id} was taken, so there may be writes that it does not have."
        return Failure(code, f"{what} {_STAYS}.", _STEP, final.request_id) if code else None

    def _has_all(self, instance: Instance, final: FinalBackup, backup: Backup) -> bool:
        """Whether nobody can have written anything since the copy began."""
        if instance.endpoint is None or not _is_steady(instance, self.now()):
            return False
        if not final.is_held(instance.endpoint.task, self.now()):
            return False
        # The copy of a try that was taken for dead may be of a task that served before.
        return backup.content is not None and backup.content.taken_at >= (final.held_at or "")

    def _delete(self, instance: Instance, final: FinalBackup, backup: Backup | None, failure: Failure | None) -> None:
        """The keys and settings that the instance has now are those that an undeletion brings back."""
        available = backup is not None and backup.status is BackupStatus.AVAILABLE
        kept = final if available else replace(final, failure=failure)
        deleting = _deleting(replace(instance, final_backup=kept), self.now())
        sealed = (backup, replace(backup, source=deleting, revision=backup.revision + 1)) if backup else None
        # The table's stream starts the deletion.
        self.record.change(instance, deleting, sealed=sealed if available else None)

    def _stay(self, instance: Instance, final: FinalBackup, failure: Failure) -> None:
        """Its configuration is made anew, and with that its writes are resumed."""
        staying = replace(
            instance,
            final_backup=replace(final, failure=failure),
            revision=instance.revision + 1 if final.task else instance.revision,
        )
        audit = system_entry(
            *(System.BACKUPS, Action.INSTANCE_DELETION_FAILED, instance.organization_id, instance.id, instance.name),
            *(final.request_id, self.now()),
            finalBackup=final.mode.value,
            backupId=final.backup_id,
            failure=failure.code,
        )
        self.record.change(instance, staying, audit)


@dataclass(frozen=True, slots=True)
class WriteHold:
    """Pauses the writes of the instance that a final backup is taken of. `now` gives the time with its zone."""

    instances: Instances
    record: FinalBackupRecord
    credentials: Credentials
    write_pause: WritePause
    now: Callable[[], datetime]

    def hold(self, backup: Backup) -> Instance:
        """From its return on no write is acknowledged. The instance, with the task that is to be copied.

        Raises BackupSuperseded if nobody waits for this backup any more, CopyInterrupted while a resize or a recovery
        is under way, RedisUnreachable.
        """
        assert backup.instance_id
        instance = self.instances.get(backup.organization_id, backup.instance_id)
        final = instance.final_backup if instance and instance.awaits_final_backup else None
        if instance is None or final is None or final.backup_id != backup.id:
            raise BackupSuperseded(f"{backup.instance_id} is not deleted after {backup.id} any more")
        at = self.now()
        if instance.status is not Status.RUNNING:
            raise NotRunning(f"{instance.id} is {instance.status}")
        if instance.endpoint is None or not _is_steady(instance, at) or instance.configuration_runs:
            # A run may have read that writes are to be resumed, before the instance waited for this backup.
            raise CopyInterrupted(f"{instance.id} is being changed or recovered")
        held = replace(instance, final_backup=replace(final, task=instance.endpoint.task, held_at=timestamp(at)))
        try:
            # First: what fails from here on is resumed.
            self.record.change(instance, held)
        except RecordChanged:
            raise CopyInterrupted(f"{instance.id} was changed at the same moment") from None
        assert instance.hostname
        password = self.credentials.control_password(instance.id)
        self.write_pause.pause(instance.endpoint, instance.hostname, password)
        return held


def _check_deleting(instance: Instance, mode: FinalBackupMode) -> Status:
    final = instance.final_backup
    if mode is FinalBackupMode.REQUIRED and (final is None or final.failure is not None):
        raise FinalBackupNotPossible(f"{instance.id} is DELETING already, without a final backup")
    return Status.DELETING


def _is_steady(instance: Instance, at: datetime) -> bool:
    """Whether its task stays what it is, and nobody but us may resume its writes."""
    change = instance.change
    if instance.recovering or instance.changing:
        return False
    if change is None or change.decision is not Decision.ABANDONED or change.ended_at is None:
        return True
    return datetime.fromisoformat(change.ended_at) + AFTER_A_RESIZE < at


def _deleting(instance: Instance, at: datetime) -> Instance:
    final = _final_of(instance)
    return replace(
        instance,
        status=Status.DELETING,
        changed_at=timestamp(at),
        reason=Reason.DELETE_REQUESTED.value,
        request_id=final.request_id,
        deleted_by=final.requested_by,
        next_backup_at=None,
    )


def _final_of(instance: Instance) -> FinalBackup:
    assert instance.final_backup
    return instance.final_backup


def _actor(caller: Caller) -> Actor:
    return Actor(caller.role.value, caller.key_id, caller.member_id)


def _deletion_entry(caller: Caller, instance: Instance, at: datetime) -> AuditEntry:
    final = _final_of(instance)
    return entry(
        *(caller, Action.INSTANCE_DELETION_REQUESTED, instance.id, instance.name, at),
        finalBackup=final.mode.value,
        backupId=final.backup_id,
    )
