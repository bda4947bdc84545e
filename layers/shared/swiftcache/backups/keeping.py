"""Keeping backups: beginning those that are due, and removing those that have had their time.

    a schedule's    begun when it is due, by one write that also says when the next is. An instance that cannot be
                    backed up at the moment is looked at again some minutes later; after an hour this one is skipped
    more than keep  of a schedule's backups the newest `keep` stay. Those that failed are counted apart, so none of them
                    takes the place of one that can be restored
    expired         removed when their time is over
    CREATING        too long: whoever was at work on it has died. It is FAILED, and nothing of it is left
    unproved        one that could not be proved when it was taken: tried again
    DELETING        the object, what there may be of an upload or a proof, then the record

Each pass begins from the record, and two may run at once. One backup's trouble does not keep the others waiting.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import chain

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.backups.failure import NOT_UPLOADED, TIMED_OUT, explain_import
from swiftcache.backups.model import MAX_RETENTION_DAYS, RETENTION_DAYS, Backup, BackupKind, BackupStatus, new_backup
from swiftcache.backups.ports import Backups, KeepTargets, ObjectStore, Proofs, ProofStarter, Schedules
from swiftcache.backups.telling import backup_entry
from swiftcache.instances.backup_schedule import BackupSchedule, following, place_of
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.platform.errors import Conflict, LimitExceeded, RecordChanged
from swiftcache.platform.timestamps import timestamp

BEGUN_AT_ONCE = 300
"""Backups that a pass begins, one a minute: 5 a second, while 10,000 instances with a backup an hour need 2.8."""

LOOKED_AT = 1_000
"""Backups that a pass looks at because something is due; the index answers so many keys in one read."""

PUT_OFF = timedelta(minutes=5)
PATIENCE = timedelta(hours=1)
"""For how long an instance that cannot be backed up at the moment is looked at again, before this one is skipped."""

PROOF = timedelta(hours=1)
"""A proof that was begun when the backup was whole has ended by then."""

PAGE = 100


class KeepWork(StrEnum):
    """What a turn was for."""

    BEGUN = "begun"
    PUT_OFF = "put off"
    SKIPPED = "skipped"
    FAILED = "failed"
    PROVED_ANEW = "proved anew"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Kept:
    """One's turn: `id` is a backup's or an instance's. `error` is why it has to wait for the next pass."""

    id: str
    work: KeepWork
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class BackupKeeper:
    """`now` gives the time with its zone."""

    backups: Backups
    schedules: Schedules
    instances: Instances
    objects: ObjectStore
    proofs: Proofs
    proof_starter: ProofStarter
    now: Callable[[], datetime]

    def run(self, request_id: str, end: datetime) -> Iterator[Kept]:
        """One pass, which begins nothing after `end`. `request_id` is that of the backups which it begins."""
        at = timestamp(self.now())
        due = self.backups.due(at, LOOKED_AT)
        # In a new order each time, so that trouble keeps nobody else waiting.
        chosen = random.SystemRandom().sample(due, len(due))
        looks = [partial(self._look, owner, id_) for owner, id_ in chosen]
        turns = [partial(self._begin, owner, id_, request_id) for owner, id_ in self.schedules.due(at, BEGUN_AT_ONCE)]
        yield from self._in_time(_by_turns(turns, looks), end)

    def run_for(self, targets: KeepTargets, end: datetime) -> Iterator[Kept]:
        """The same for these alone."""
        looks = [partial(self._look, owner, id_) for owner, id_ in targets.backups]
        prunings = [partial(self._prune, owner, id_) for owner, id_ in targets.instances]
        yield from self._in_time(chain(looks, prunings), end)

    def lateness(self) -> timedelta:
        """For how long the longest due backup of a schedule has been due."""
        now = self.now()
        for organization_id, instance_id in self.schedules.due(timestamp(now), 1):
            instance = self.instances.get(organization_id, instance_id)
            if instance is not None and instance.next_backup_at is not None:
                return max(timedelta(), now - datetime.fromisoformat(instance.next_backup_at))
        return timedelta()

    def _in_time(self, turns: Iterator[Callable[[], Iterator[Kept]]], end: datetime) -> Iterator[Kept]:
        for turn in turns:
            if self.now() > end:
                return
            yield from turn()

    def _begin(self, organization_id: str, instance_id: str, request_id: str) -> Iterator[Kept]:
        try:
            instance = self.instances.get(organization_id, instance_id)
            due = instance.next_backup_at if instance else None
            # The index may be a moment late.
            if instance is None or due is None or instance.backup_schedule is None or due > timestamp(self.now()):
                return
            own = list(self._of(instance))
            work = self._take_turn(instance, instance.backup_schedule, due, own, request_id)
            yield Kept(instance_id, work)
        except RecordChanged:
            return  # another pass was faster, or the owner has changed his mind
        except Exception as error:
            yield Kept(instance_id, KeepWork.BEGUN, error)
            return
        yield from self._prune_these(instance, own)

    def _take_turn(
        self, instance: Instance, schedule: BackupSchedule, due: str, own: Sequence[Backup], request_id: str
    ) -> KeepWork:
        """Raises RecordChanged."""
        now, due_at = self.now(), datetime.fromisoformat(due)
        after = timestamp(following(schedule, instance.id, due_at, now))
        reason = obstacle(instance, own)
        if reason is None:
            backup = scheduled(instance, schedule, request_id, now)
            try:
                self.schedules.begin(instance, backup, after, backup_entry(Action.BACKUP_REQUESTED, backup, now))
                return KeepWork.BEGUN
            except RecordChanged:
                raise
            except (LimitExceeded, Conflict) as error:
                reason = str(error)
        elif now + PUT_OFF < place_of(schedule, instance.id, due_at) + PATIENCE:
            self.schedules.put_off(instance, timestamp(now + PUT_OFF), None)
            return KeepWork.PUT_OFF
        skipped = system_entry(
            System.BACKUPS,
            Action.BACKUP_SKIPPED,
            *(instance.organization_id, instance.id, instance.name, request_id, now),
            reason=reason,
            nextBackupAt=after,
        )
        self.schedules.put_off(instance, after, skipped)
        return KeepWork.SKIPPED

    def _prune(self, organization_id: str, instance_id: str) -> Iterator[Kept]:
        try:
            instance = self.instances.get(organization_id, instance_id)
            own = list(self._of(instance)) if instance else []
        except Exception as error:
            yield Kept(instance_id, KeepWork.REMOVED, error)
            return
        if instance is not None:
            yield from self._prune_these(instance, own)

    def _prune_these(self, instance: Instance, own: Sequence[Backup]) -> Iterator[Kept]:
        schedule = instance.backup_schedule
        if schedule is None:
            return  # what it has left stays until its time is over
        for backup in superfluous(own, schedule.keep):
            yield from self._tried(backup, KeepWork.REMOVED, partial(self._delete, backup))

    def _of(self, instance: Instance) -> Iterator[Backup]:
        """The newest first."""
        cursor: str | None = None
        while True:
            page = self.backups.of_instance(instance.organization_id, instance.id, PAGE, cursor)
            yield from page.backups
            cursor = page.cursor
            if cursor is None:
                return

    def _look(self, organization_id: str, backup_id: str) -> Iterator[Kept]:
        """At one that was due a moment ago, whatever it is now."""
        try:
            backup = self.backups.get(organization_id, backup_id)
        except Exception as error:
            yield Kept(backup_id, KeepWork.REMOVED, error)
            return
        if backup is None or backup.due_at is None or backup.due_at > timestamp(self.now()):
            return
        match backup.status:
            case BackupStatus.DELETING:
                yield from self._tried(backup, KeepWork.REMOVED, partial(self._remove, backup))
            case BackupStatus.CREATING:
                yield from self._tried(backup, KeepWork.FAILED, partial(self._give_up, backup))
            case _ if backup.expires_at is not None and backup.expires_at <= timestamp(self.now()):
                yield from self._tried(backup, KeepWork.REMOVED, partial(self._delete, backup))
            case BackupStatus.AVAILABLE if backup.prove_at is not None and not backup.verified:
                yield from self._tried(backup, KeepWork.PROVED_ANEW, partial(self._prove, backup))
            case _:
                return

    def _tried(self, backup: Backup, work: KeepWork, act: Callable[[], None]) -> Iterator[Kept]:
        try:
            act()
        except RecordChanged:
            return  # it is another's turn
        except Exception as error:
            yield Kept(backup.id, work, error)
        else:
            yield Kept(backup.id, work)

    def _delete(self, backup: Backup) -> None:
        deleting = backup.deleting()
        self.backups.change(backup, deleting, None)
        self._remove(deleting)

    def _remove(self, backup: Backup) -> None:
        """The record is the last, so that whatever fails is tried again. Its status keeps everybody else away."""
        self._clean(backup)
        self.backups.remove(backup, backup_entry(Action.BACKUP_DELETED, backup, self.now()))

    def _give_up(self, backup: Backup) -> None:
        """First what it is being made of, so that it cannot become whole any more; the object when nobody makes it."""
        self._end_proof(backup)
        self.objects.abort(backup.object_key)
        failed = backup.failed(_overdue(backup), self.now())
        self.backups.change(backup, failed, backup_entry(Action.BACKUP_FAILED, failed, self.now()))
        self._clean(backup)

    def _clean(self, backup: Backup) -> None:
        self._end_proof(backup)
        self.objects.abort(backup.object_key)
        self.objects.erase(backup.object_key)
        if backup.kind is BackupKind.IMPORTED:
            self.objects.erase(backup.upload_key)

    def _prove(self, backup: Backup) -> None:
        """The record says when the next try is before this one is made, since that may die."""
        promised = backup.unproved(self.now())
        self.backups.change(backup, promised, None)
        self.proof_starter.prove(promised)

    def _end_proof(self, backup: Backup) -> None:
        """One is made while the backup is, or soon after. Others end by themselves, for they find nothing."""
        done = backup.completed_at
        if done is None or datetime.fromisoformat(done) + PROOF > self.now():
            self.proofs.stop(backup.id)


def _overdue(backup: Backup) -> Failure:
    step = "KeepBackups"
    if backup.kind is BackupKind.IMPORTED:
        return explain_import(TIMED_OUT if backup.uploaded else NOT_UPLOADED, step, backup.request_id)
    return Failure(
        "BACKUP_TIMED_OUT",
        "The backup did not come to its end in time. Nothing of it is left; please take another.",
        step,
        backup.request_id,
    )


def obstacle(instance: Instance, own: Sequence[Backup]) -> str | None:
    """Why the instance cannot be backed up at this moment; None if it can. `own` are the backups that it has."""
    if instance.status is not Status.RUNNING:
        return f"the instance is {instance.status}"
    if instance.changing:
        return "the instance is being changed"
    if instance.recovering or instance.silent_since:
        return "the instance does not answer, and is being recovered"
    if any(backup.status is BackupStatus.CREATING for backup in own):
        return "another backup of the instance is under way"
    return None


def scheduled(instance: Instance, schedule: BackupSchedule, request_id: str, now: datetime) -> Backup:
    """The backup that is due now. While the schedule lasts, `keep` says which stay; its time is for afterwards."""
    needed = -(-schedule.every.length * (schedule.keep + 1) // timedelta(days=1))
    days = min(max(RETENTION_DAYS, needed), MAX_RETENTION_DAYS)
    return new_backup(BackupKind.SCHEDULED, instance, request_id, now, retention_days=days)


def superfluous(own: Sequence[Backup], keep: int) -> list[Backup]:
    """Those of a schedule beyond the newest `keep` that can be restored, and beyond as many that failed; oldest first.

    `own` has the newest first.
    """
    found: list[Backup] = []
    for status in (BackupStatus.AVAILABLE, BackupStatus.FAILED):
        of_status = [one for one in own if one.kind is BackupKind.SCHEDULED and one.status is status]
        found += of_status[keep:]
    return sorted(found, key=lambda backup: backup.created_at)


def _by_turns(
    first: Sequence[Callable[[], Iterator[Kept]]], second: Sequence[Callable[[], Iterator[Kept]]]
) -> Iterator[Callable[[], Iterator[Kept]]]:
    """One of each, then the rest of the longer: a night's removals do not keep its beginnings waiting."""
    for number in range(max(len(first), len(second))):
        yield from first[number : number + 1]
        yield from second[number : number + 1]
