"""The reconciler's look at backups: whether the record and the bucket say the same.

    objects that no record knows    a day old, or older: erased. So is what lies where a backup has FAILED
    records without their object    the backup is lost: FAILED, with an alarm
    uploads that nobody is at       ended
    what proofs were told           erased when an hour old: whoever was to do it has died. No proof takes so long
    counts                          corrected, as those of instances are

There are many more backups than instances, and nothing about them is urgent. So each organization has its turn once an
hour, and an operator may ask for all at once. Of objects and backups together no more than the reconciler's limit are
erased or given up in a pass: more is rather a mistake, in the record or in which bucket this is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.backups.model import CREATION_MINUTES, PROOFS, Backup, BackupStatus
from swiftcache.backups.ports import BackupCounts, Backups, ObjectStore
from swiftcache.fleet.findings import CHECK, CORRECT, FAIL, REFUSE, Finding, ReconcileRequest, Report, tried
from swiftcache.fleet.orphans import LIMIT
from swiftcache.fleet.removal import RemovalMethod
from swiftcache.instances.failure import Failure
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import sha256

TURNS = 12
"""Passes in an hour; one begins every five minutes."""

YOUNG = timedelta(days=1)
"""What is younger is left alone: its record may be one that was lost with a restored table, and is looked for."""

ALL = "backups/"

PROVED = timedelta(hours=1)
"""What a proof was told, or has told, is of no use to anybody after this."""


@dataclass(frozen=True, slots=True)
class Stray:
    """An object of nobody, since when it is there, and where its record would be."""

    key: str
    since: str

    @property
    def owner(self) -> tuple[str, str]:
        """The organization's id and the backup's."""
        organization_id, _, name = self.key.removeprefix(ALL).partition("/")
        return organization_id, name.removesuffix(".rdb")


@dataclass(slots=True)
class _Found:
    strays: list[Stray] = field(default_factory=list)
    lost: list[Backup] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BackupCheck:
    """`now` gives the time with its zone."""

    backups: Backups
    counts: BackupCounts
    objects: ObjectStore
    now: Callable[[], datetime]

    def run(
        self,
        organizations: Sequence[str],
        request: ReconcileRequest,
        report: Report,
        out_of_time: Callable[[], bool],
    ) -> None:
        """Those whose turn it is. One's trouble is told, and keeps nobody else waiting."""
        found, turn = _Found(), turn_at(self.now())
        for organization_id in organizations:
            if out_of_time():
                break
            if request.backups or turn_of(organization_id) == turn:
                self._tried(report, organization_id, partial(self._compare, organization_id, found, request, report))
        if request.backups or turn == 0:
            self._tried(report, ALL, partial(self._look_elsewhere, set(organizations), found))
            self._tried(report, ALL, partial(self._end_uploads, request, report))
            self._tried(report, PROOFS, partial(self._forget_proofs, request, report))
        self._act(found, request, report, refuse=_refused(found, organizations, request))

    def _tried(self, report: Report, name: str, look: Callable[[], None]) -> None:
        error, _ = tried(look)
        if error:
            report.findings.append(Finding("backups", name, name, CHECK, error=error))

    def _compare(self, organization_id: str, found: _Found, request: ReconcileRequest, report: Report) -> None:
        counted = self.counts.read(organization_id)
        if counted is None:
            return  # it has just gone
        # Objects first: of what comes meanwhile the record is seen, and of what goes too.
        there = dict(self._listed(f"{ALL}{organization_id}/"))
        backups = size_bytes = 0
        for backup in self.backups.all(organization_id):
            backups, size_bytes = backups + 1, size_bytes + backup.size_bytes
            if backup.status is not BackupStatus.FAILED:
                since = there.pop(backup.object_key, None)
                if since is None and self._is_lost(backup):
                    found.lost.append(backup)
        found.strays += self._old(there.items())
        if (counted.backups, counted.size_bytes) != (backups, size_bytes):
            correct = partial(self.counts.correct, organization_id, counted, backups, size_bytes)
            report.do(request, Finding("count", organization_id, organization_id, CORRECT), correct)

    def _look_elsewhere(self, known: set[str], found: _Found) -> None:
        """Objects of organizations that are gone."""
        for organization_id in self.objects.folders(ALL):
            # It may be too new for the index that names all organizations.
            if organization_id not in known and self.counts.read(organization_id) is None:
                found.strays += self._old(self._listed(f"{ALL}{organization_id}/"))

    def _end_uploads(self, request: ReconcileRequest, report: Report) -> None:
        over = timestamp(self.now() - timedelta(minutes=CREATION_MINUTES))
        for key, since in self.objects.unfinished(ALL):
            upload = Stray(key, since)
            if since < over and not self._is_being_made(upload):
                finding = Finding("backup_upload", key, upload.owner[1], RemovalMethod.DELETE.value, since)
                report.do(request, finding, partial(self._abort, upload))

    def _forget_proofs(self, request: ReconcileRequest, report: Report) -> None:
        for key, since in self._listed(PROOFS):
            if since < timestamp(self.now() - PROVED):
                backup_id = key.split("/")[2]
                finding = Finding("backup_proof", key, backup_id, RemovalMethod.DELETE.value, since)
                report.do(request, finding, partial(self._forget, key))

    def _listed(self, prefix: str) -> Iterator[tuple[str, str]]:
        after: str | None = None
        while True:
            page = self.objects.page(prefix, after)
            yield from zip(page.keys, page.since, strict=True)
            after = page.after
            if after is None:
                return

    def _old(self, listed: Iterable[tuple[str, str]]) -> list[Stray]:
        over = timestamp(self.now() - YOUNG)
        return [Stray(key, since) for key, since in listed if since < over]

    def _act(self, found: _Found, request: ReconcileRequest, report: Report, *, refuse: bool) -> None:
        for stray in found.strays:
            finding = Finding("backup_object", stray.key, stray.owner[1], RemovalMethod.DELETE.value, stray.since)
            self._do(finding, partial(self._erase, stray), request, report, refuse=refuse)
        for backup in found.lost:
            finding = Finding("backup", backup.id, backup.organization_id, FAIL)
            self._do(finding, partial(self._fail, backup, request.request_id), request, report, refuse=refuse)

    def _do(
        self,
        finding: Finding,
        act: Callable[[], bool],
        request: ReconcileRequest,
        report: Report,
        *,
        refuse: bool,
    ) -> None:
        if refuse:
            refused = Finding(finding.kind, finding.name, finding.owner, REFUSE, finding.first_seen)
            report.findings.append(refused)
        else:
            report.do(request, finding, act)

    def _is_lost(self, backup: Backup) -> bool:
        if backup.status is not BackupStatus.AVAILABLE or backup.content is None:
            return False
        return not self.objects.has(backup.object_key, backup.content.version)

    def _is_being_made(self, upload: Stray) -> bool:
        backup = self.backups.get(*upload.owner)
        return backup is not None and backup.status is BackupStatus.CREATING

    def _abort(self, upload: Stray) -> bool:
        self.objects.abort(upload.key)
        return True

    def _forget(self, key: str) -> bool:
        self.objects.erase(key)
        return True

    def _erase(self, stray: Stray) -> bool:
        """If it still is nobody's."""
        backup = self.backups.get(*stray.owner)
        if backup is not None and backup.status is not BackupStatus.FAILED:
            return False
        self.objects.erase(stray.key)
        return True

    def _fail(self, backup: Backup, request_id: str) -> bool:
        """If it still is as it was: who removes a backup says so in the record first."""
        known = self.backups.get(backup.organization_id, backup.id)
        if known is None or not self._is_lost(known):
            return False
        failure = Failure(
            "OBJECT_MISSING",
            "What was kept of this backup is gone from the bucket: it cannot be restored. Please take another.",
            "ReconcileFleet",
            request_id,
        )
        audit = system_entry(
            System.RECONCILER,
            Action.BACKUP_FAILED,
            known.organization_id,
            known.id,
            known.name,
            request_id,
            self.now(),
            failure=failure.code,
            kind=known.kind.value,
            instanceId=known.instance_id,
        )
        try:
            self.backups.change(known, known.failed(failure, self.now()), audit)
        except RecordChanged:
            return False
        return True


def turn_at(now: datetime) -> int:
    """Which of the hour's passes this is."""
    return now.minute * TURNS // 60


def turn_of(organization_id: str) -> int:
    """In which of them an organization's backups are looked at."""
    return int(sha256(organization_id)[:8], 16) % TURNS


def _refused(found: _Found, organizations: Sequence[str], request: ReconcileRequest) -> bool:
    """Whether so much needs the operator. Without any organization, the record itself is what is missing."""
    number = len(found.strays) + len(found.lost)
    if request.limit is not None:
        return number > request.limit
    return number > LIMIT or not organizations
