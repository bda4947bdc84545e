"""A file that was uploaded becomes a backup: checked while it is copied, byte by byte, to where backups are kept.

What is uploaded is a stranger's. Here nothing of it is parsed but its first and its last bytes; whether Redis can load
it is found out by the task that proves it, which has no rights.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from swiftcache.backups.engines import engine_for, loads
from swiftcache.backups.model import MAX_IMPORT_BYTES, Backup, BackupKind, BackupStatus, Content, Rdb, upload_key
from swiftcache.backups.ports import Backups, BackupStarter, BackupTarget, ObjectStore
from swiftcache.backups.proof_ports import Engines
from swiftcache.backups.rdb import InvalidRdb, RdbFault, RdbReader, check_version
from swiftcache.engines.model import Offers
from swiftcache.platform.errors import (
    BackupSuperseded,
    FileDamaged,
    FileTooLarge,
    NotAnRdb,
    NotFound,
    SwiftCacheError,
    VersionNotSupported,
)
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.timestamps import timestamp


@dataclass(frozen=True, slots=True)
class Arrival:
    """An object that was put where an import is awaited, by its version."""

    organization_id: str
    backup_id: str
    version: str


@dataclass(frozen=True, slots=True)
class ImportWatch:
    """Hears of each file that was uploaded. `now` gives the time with its zone."""

    backups: Backups
    objects: ObjectStore
    starter: BackupStarter
    now: Callable[[], datetime]

    def arrived(self, arrival: Arrival) -> None:
        """Begins the work on the first that S3 tells of. What else comes is removed when that is done, or now.

        S3 may tell of each more than once.
        """
        backup = retry_on_conflict(lambda: self._noted(arrival))
        if backup is None or backup.status is not BackupStatus.CREATING or backup.content is not None:
            self.objects.erase(upload_key(arrival.organization_id, arrival.backup_id))
        elif backup.uploaded == arrival.version:
            self.starter.start(backup)

    def _noted(self, arrival: Arrival) -> Backup | None:
        backup = self.backups.get(arrival.organization_id, arrival.backup_id)
        if backup is None or backup.kind is not BackupKind.IMPORTED:
            return None
        if backup.status is not BackupStatus.CREATING or backup.uploaded is not None:
            return backup
        noted = backup.arrived(arrival.version, self.now())
        self.backups.change(backup, noted, None)
        return noted


@dataclass(frozen=True, slots=True)
class ImportCheck:
    """The machine's step. `now` gives the time with its zone."""

    backups: Backups
    objects: ObjectStore
    engines: Engines
    offers: Offers
    now: Callable[[], datetime]

    def check(self, target: BackupTarget) -> None:
        """Stores what the file is. It may run twice: what is stored stays.

        Raises NotAnRdb, FileDamaged, FileTooLarge, VersionNotSupported, and BackupSuperseded where nobody waits for it
        any more. Then no copy is left.
        """
        backup = self._awaited(target.organization_id, target.backup_id)
        if backup.content is None:
            try:
                self._store(backup, self._copied(backup))
            except Exception:
                self.objects.abort(backup.object_key)
                raise
        self.objects.erase(backup.upload_key)

    def _awaited(self, organization_id: str, backup_id: str) -> Backup:
        backup = self.backups.get(organization_id, backup_id)
        if backup is None or backup.status is not BackupStatus.CREATING or backup.uploaded is None:
            raise BackupSuperseded(f"nobody waits for the file of {backup_id} any more")
        return backup

    def _copied(self, backup: Backup) -> Content:
        """What is kept is what was checked: each part is, and is sent on."""
        assert backup.uploaded is not None
        found = self.objects.find(backup.upload_key, backup.uploaded)
        if found is None:
            raise BackupSuperseded(f"the file of {backup.id} is gone")
        if found.size_bytes > MAX_IMPORT_BYTES:
            raise FileTooLarge(f"the file has {found.size_bytes} bytes, and may have {MAX_IMPORT_BYTES}")
        with _refusing():
            return self._read(backup, backup.uploaded)

    def _read(self, backup: Backup, uploaded: str) -> Content:
        reader, sha256 = RdbReader(), hashlib.sha256()
        upload_id, tags = self.objects.begin(backup.object_key), list[str]()
        for number, part in enumerate(self._parts(backup.upload_key, uploaded), 1):
            reader.add(part)
            sha256.update(part)
            tags.append(self.objects.put_part(backup.object_key, upload_id, number, part))
        rdb = reader.end(without_checksum=True)
        check_version(rdb)
        self._check_loads(rdb)
        return Content(
            version=self.objects.complete(backup.object_key, upload_id, tags),
            size_bytes=reader.size_bytes,
            sha256=sha256.hexdigest(),
            rdb=rdb,
            taken_at=timestamp(min(reader.written_at() or self.now(), self.now())),
        )

    def _check_loads(self, rdb: Rdb) -> None:
        """What the Redis of this stack reads is known from the last proof; before the first one, this one tells."""
        engine = self.engines.known(engine_for(rdb, self.offers))
        if engine is not None and not loads(engine, rdb):
            raise VersionNotSupported(
                f"{engine.name} {engine.version} does not read version {rdb.rdb_version} of {rdb.engine}"
            )

    def _parts(self, key: str, version: str) -> Iterator[bytes]:
        try:
            yield from self.objects.read(key, version)
        except NotFound as gone:
            raise BackupSuperseded("the file was removed while it was read") from gone

    def _store(self, backup: Backup, content: Content) -> None:
        def attempt() -> None:
            before = self._awaited(backup.organization_id, backup.id)
            self.backups.change(before, before.with_content(content), None)

        try:
            retry_on_conflict(attempt)
        except BackupSuperseded:
            self.objects.erase(backup.object_key)
            raise


_REFUSALS: Mapping[RdbFault, type[SwiftCacheError]] = {
    RdbFault.EMPTY: NotAnRdb,
    RdbFault.NOT_AN_RDB: NotAnRdb,
    RdbFault.VERSION_UNKNOWN: VersionNotSupported,
}
"""By what is wrong with the file; whatever else is, it is damaged."""


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except InvalidRdb as error:
        raise _REFUSALS.get(error.fault, FileDamaged)(str(error)) from error
