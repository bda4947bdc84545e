"""Proving a backup: it is restored into a Redis that serves nobody, its keys are counted, and all of that thrown away.

Every step may run twice. What cannot be tried for reasons that are not the backup's does not count against it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.backups.engines import Engine, engine_for
from swiftcache.backups.model import PROOFS, Backup, BackupKind, BackupStatus, Content, Verification
from swiftcache.backups.ports import Backups, ObjectStore
from swiftcache.backups.proof import (
    MAX_REPORT_BYTES,
    Report,
    UnreadableReport,
    proof_seconds,
    proof_size,
    read_report,
)
from swiftcache.backups.proof_ports import Engines, NotPlaced, ProofOrder, ProofTasks, TaskEnd
from swiftcache.engines.model import Offers
from swiftcache.platform.errors import BackupSuperseded, CannotBeRestored, FileRefused, NotFound, ProofNotMade
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.timestamps import timestamp

FETCH, LOAD = "fetch", "load"
"""The containers of a proof's task, and `report`."""

OTHER_CONTENT = 66
"""With which `fetch` ends where what it got is not what the record says."""

NOT_LOADED = 65
"""With which `load` ends where Redis has refused the file."""

_LINK_SPARE_SECONDS = 900
"""For a task that waits for its start."""

_LOOK_BACK = 50


@dataclass(frozen=True, slots=True)
class ProofTarget:
    """A try to prove a backup. `attempt` counts from 0."""

    organization_id: str
    backup_id: str
    request_id: str
    attempt: int

    @property
    def folder(self) -> str:
        """Begins the keys of what this and other tries have in the bucket: whoever was to erase it may have died."""
        return f"{PROOFS}{self.organization_id}/{self.backup_id}/"

    @property
    def report_key(self) -> str:
        """Where its report lies. Of each try another's, so that none is taken for that of a task which came late."""
        return f"{self.folder}{self.attempt}"


@dataclass(frozen=True, slots=True)
class StartedProof:
    """`task` is None where there is nothing to wait for: `refused` says why, if there was to be one."""

    task: str | None = None
    seconds: int = 0
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class BackupProver:
    """`days`: a scheduled backup is proved unless one of the instance was in that time."""

    backups: Backups
    objects: ObjectStore
    tasks: ProofTasks
    engines: Engines
    offers: Offers
    now: Callable[[], datetime]
    days: int

    def start(self, target: ProofTarget) -> StartedProof:
        """Raises BackupSuperseded, CannotBeRestored."""
        try:
            backup = self._wanted(target)
            content = _content(backup)
            if not backup.verified and self._is_due(backup):
                self._check_object(backup, content)
                return self._start(target, content)
        except (BackupSuperseded, CannotBeRestored):
            self._leave_nothing(target)
            raise
        if backup.verified:
            self._leave_nothing(target)
        return StartedProof()

    def _start(self, target: ProofTarget, content: Content) -> StartedProof:
        backup = retry_on_conflict(lambda: self._promised(target))
        seconds = proof_seconds(content.size_bytes)
        # An earlier try may have begun it, and its answer was lost.
        for task in self.tasks.of(backup.id):
            return StartedProof(task, seconds)
        self.objects.erase(target.report_key)
        lasts = seconds + _LINK_SPARE_SECONDS
        order = ProofOrder(
            backup_id=backup.id,
            token=f"{backup.id}-{backup.proof_tries}-{target.attempt}",
            told=f"{target.report_key}-",
            engine=engine_for(content.rdb, self.offers),
            size=proof_size(backup),
            size_bytes=content.size_bytes,
            sha256=content.sha256,
            source=self.objects.link(backup.object_key, content.version, lasts, f"{backup.id}.rdb"),
            report=self.objects.upload_link(target.report_key, lasts),
        )
        try:
            return StartedProof(self.tasks.start(order), seconds)
        except NotPlaced as error:
            return StartedProof(refused=str(error))

    def record(self, target: ProofTarget, task: str) -> None:
        """What came of it; nothing of the proof is left.

        Raises CannotBeRestored, FileRefused where who sent the file is to blame; ProofNotMade, BackupSuperseded.
        """
        with self._thrown_away(target, task):
            backup = self._wanted(target)
            if backup.verified:
                return  # an earlier try did it, and its answer was lost
            report = self._report(backup, target, task)
            expected = _content(backup).keys
            if expected is not None and report.keys != expected:
                raise CannotBeRestored(f"it has {expected} keys, and Redis has found {report.keys} in it")
            self.engines.note(Engine(report.engine, report.engine_version, timestamp(self.now())))
            retry_on_conflict(lambda: self._verify(target, report))

    def postpone(self, target: ProofTarget) -> None:
        """It is tried again later. Raises BackupSuperseded, and ProofNotMade for one that counts only once proved."""
        self._leave_nothing(target)
        retry_on_conflict(lambda: self._promised(target))
        if self._wanted(target).status is BackupStatus.CREATING:
            raise ProofNotMade("it could not be tried")

    def _promised(self, target: ProofTarget) -> Backup:
        """The record says when the next try is before there is one: whoever makes this one may die."""
        backup = self._wanted(target)
        if backup.status is BackupStatus.CREATING or backup.verified or backup.proof_tries:
            return backup
        promised = backup.unproved(self.now())
        self.backups.change(backup, promised, None)
        return promised

    def _leave_nothing(self, target: ProofTarget) -> None:
        for task in self.tasks.of(target.backup_id):
            self.tasks.stop(task)
        self.objects.erase_all(target.folder)

    def _wanted(self, target: ProofTarget) -> Backup:
        backup = self.backups.get(target.organization_id, target.backup_id)
        if backup is None or backup.status not in (BackupStatus.CREATING, BackupStatus.AVAILABLE):
            status = "gone" if backup is None else backup.status.value
            raise BackupSuperseded(f"{target.backup_id} is {status}; there is nothing to prove")
        return backup

    def _is_due(self, backup: Backup) -> bool:
        if backup.kind is not BackupKind.SCHEDULED or backup.instance_id is None:
            return True
        since, cursor = timestamp(self.now() - timedelta(days=self.days)), None
        while True:
            page = self.backups.of_instance(backup.organization_id, backup.instance_id, _LOOK_BACK, cursor)
            for other in page.backups:
                if other.verified and other.verified.at > since:
                    return False
            # Older ones may be proved late, but not by so much.
            cursor = page.cursor
            if cursor is None or page.backups[-1].created_at < since:
                return True

    def _check_object(self, backup: Backup, content: Content) -> None:
        found = self.objects.find(backup.object_key, content.version)
        if found is None:
            raise CannotBeRestored("its file is gone from S3")
        if found.size_bytes != content.size_bytes:
            raise CannotBeRestored(f"its file has {found.size_bytes} bytes, and had {content.size_bytes}")

    def _report(self, backup: Backup, target: ProofTarget, task: str) -> Report:
        found = self.objects.find(target.report_key)
        if found is None:
            raise _without_report(self.tasks.look(task), backup.kind)
        if found.size_bytes > MAX_REPORT_BYTES:
            raise ProofNotMade("its report is too long")
        try:
            return read_report(b"".join(self.objects.read(target.report_key, found.version)))
        except (UnreadableReport, NotFound) as error:
            raise ProofNotMade(f"its report cannot be read: {error}") from error

    def _verify(self, target: ProofTarget, report: Report) -> None:
        backup, at = self._wanted(target), self.now()
        if backup.verified:
            return
        after = backup
        if backup.status is BackupStatus.CREATING:
            after = backup.available(_content(backup), at)
        after = after.with_verification(Verification(timestamp(at), report.keys, report.seconds, report.used_memory))
        audit = system_entry(
            System.BACKUPS,
            Action.BACKUP_VERIFIED,
            backup.organization_id,
            backup.id,
            backup.name,
            target.request_id,
            at,
            kind=backup.kind.value,
            instanceId=backup.instance_id,
            keys=report.keys,
            seconds=report.seconds,
        )
        self.backups.change(backup, replace(after, revision=backup.revision + 1), audit)

    @contextmanager
    def _thrown_away(self, target: ProofTarget, task: str) -> Iterator[None]:
        try:
            yield
        finally:
            self.tasks.stop(task)
            self.objects.erase_all(target.folder)


def _without_report(end: TaskEnd | None, kind: BackupKind) -> Exception:
    refused = FileRefused if kind is BackupKind.IMPORTED else CannotBeRestored
    if end is None or not end.stopped:
        return ProofNotMade("it was not done in time")
    fetch, load = end.containers.get(FETCH), end.containers.get(LOAD)
    if fetch and fetch.exit_code == OTHER_CONTENT:
        return CannotBeRestored("its file is not the one that was written: the checksum is another")
    if load and load.out_of_memory:
        return refused("it takes more memory than the instance that it is of, or than any may have")
    if load and load.exit_code == NOT_LOADED:
        return refused("Redis refuses its file")
    return ProofNotMade("the task ended before it had told anything")


def _content(backup: Backup) -> Content:
    if backup.content is None:
        raise BackupSuperseded(f"{backup.id} has no content to be proved")
    return backup.content
