"""Taking a backup: what a Redis holds goes on to S3 as it comes, and is checked on the way.

It may be tried again from the beginning at any time, whatever a try before has left. Which try is at work is told by
the upload that the record names: one that finds another's there has been taken for dead, and leaves all to that.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from swiftcache.access.audit import Action, AuditEntry
from swiftcache.backups.ahead import read_ahead
from swiftcache.backups.final import WriteHold
from swiftcache.backups.model import Backup, BackupKind, BackupStatus, Content
from swiftcache.backups.ports import Backups, BackupTarget, Copies, Copy, ObjectStore, Source
from swiftcache.backups.rdb import InvalidRdb, RdbReader
from swiftcache.backups.telling import backup_entry
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.sizes import MIB, task_size
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    BackupSuperseded,
    BackupTimedOut,
    CopyInterrupted,
    CorruptCopy,
    DependencyUnavailable,
    NotFound,
    NotRunning,
    RecordChanged,
    StorageUnavailable,
)
from swiftcache.platform.timestamps import timestamp
from swiftcache.redis.ports import Credentials

PART_BYTES = 8 * MIB
PARTS_OF_A_SIZE = 1_000
"""S3 takes 10,000 parts, and 5 GiB in each: so they grow."""

_AT_ONCE = 4
"""Parts on their way: while they are, the next is filled."""

_AHEAD = 16
"""Chunks that are read meanwhile: who copies slowly has Redis keep more pages twice."""

TAKING = timedelta(minutes=25)
"""From when it was asked for, for all tries together. What comes after has the rest of CREATION_MINUTES."""

_END_SECONDS = 20
"""What a try keeps of its time, to leave nothing behind."""


@dataclass(frozen=True, slots=True)
class BackupTaker:
    """`now` gives the time with its zone."""

    backups: Backups
    instances: Instances
    credentials: Credentials
    copies: Copies
    objects: ObjectStore
    write_hold: WriteHold
    now: Callable[[], datetime]

    def take(self, target: BackupTarget, seconds: float) -> None:
        """One try, in so many seconds: the backup is AVAILABLE, or nothing of it is left.

        Raises BackupSuperseded, NotRunning, NotEnoughHeadroom, CorruptCopy, BackupTimedOut; CopyInterrupted,
        StorageUnavailable and other DependencyUnavailable, after which another may succeed.
        """
        backup = self._wanted(target)
        if backup.status is BackupStatus.AVAILABLE:
            return  # a try before has done it, and its answer was lost
        source = self._source(backup)
        end = time.monotonic() + min(seconds - _END_SECONDS, self._left(backup))
        with _storing():
            self.objects.abort(backup.object_key)
            self.objects.erase(backup.object_key)
            upload_id = self.objects.begin(backup.object_key)
        try:
            backup = self._change(backup, backup.with_upload(upload_id))
            with self.copies.copy(source, end - time.monotonic()) as copy:
                content = self._store(backup, upload_id, copy)
        except BaseException as error:
            with suppress(DependencyUnavailable):
                self._leave_nothing(backup, upload_id)
            if not isinstance(error, NotFound):
                raise
            # Somebody has ended the upload: a deletion, or another try.
            if self._wanted(target).status is BackupStatus.AVAILABLE:
                return
            raise CopyInterrupted("another try has ended the upload of this one") from error
        try:
            available = backup.available(content, self.now())
            self._change(backup, available, backup_entry(Action.BACKUP_AVAILABLE, available, self.now()))
        except BackupSuperseded:
            self._leave_nothing(backup, upload_id)
            raise

    def _wanted(self, target: BackupTarget) -> Backup:
        backup = self.backups.get(target.organization_id, target.backup_id)
        if backup is None or backup.status not in (BackupStatus.CREATING, BackupStatus.AVAILABLE):
            raise BackupSuperseded(f"{target.backup_id} is {backup.status if backup else 'gone'}")
        return backup

    def _source(self, backup: Backup) -> Source:
        assert backup.instance_id
        instance = self.instances.get(backup.organization_id, backup.instance_id)
        if backup.kind is BackupKind.FINAL:
            instance = self.write_hold.hold(backup)
        if instance is None or instance.status is not Status.RUNNING or not instance.endpoint or not instance.hostname:
            raise NotRunning(f"{backup.instance_id} is {instance.status if instance else 'gone'}")
        if instance.recovering or _is_replaced(instance):
            raise CopyInterrupted(f"another task is about to serve {instance.id}")
        try:
            password = self.credentials.control_password(instance.id)
        except NotFound:
            raise NotRunning(f"{instance.id} is being deleted") from None
        size = task_size(instance.max_memory, instance.persistence)
        return Source(instance.endpoint, instance.hostname, password, size.memory * MIB)

    def _left(self, backup: Backup) -> float:
        left = (datetime.fromisoformat(backup.created_at) + TAKING - self.now()).total_seconds()
        if left <= _END_SECONDS:
            raise BackupTimedOut(f"{backup.id} was not whole in time, however often it was tried")
        return left

    def _store(self, backup: Backup, upload_id: str, copy: Copy) -> Content:
        """What is then in S3, whole and checked."""
        reader, digest = RdbReader(), hashlib.sha256()

        def send(number: int, part: bytes) -> str:
            with _storing():
                return self.objects.put_part(backup.object_key, upload_id, number, part)

        tags: list[str] = []
        on_their_way: deque[Future[str]] = deque()
        with read_ahead(copy.chunks, _AHEAD) as chunks, _ending(ThreadPoolExecutor(_AT_ONCE)) as pool:
            for number, part in enumerate(_parts(chunks), 1):
                _check(reader, part)
                digest.update(part)
                if len(on_their_way) == _AT_ONCE:
                    tags.append(on_their_way.popleft().result())
                on_their_way.append(pool.submit(send, number, part))
            tags += [sent.result() for sent in on_their_way]
        try:
            rdb = reader.end()
        except InvalidRdb as fault:
            raise CorruptCopy(str(fault)) from fault
        with _storing():
            version = self.objects.complete(backup.object_key, upload_id, tags)
            stored = self.objects.find(backup.object_key, version)
        if stored is None or stored.size_bytes != reader.size_bytes:
            raise CorruptCopy(f"S3 has {stored.size_bytes if stored else 0} of {reader.size_bytes} bytes")
        return Content(version, reader.size_bytes, digest.hexdigest(), rdb, timestamp(copy.taken_at), copy.keys)

    def _change(self, before: Backup, after: Backup, audit: AuditEntry | None = None) -> Backup:
        try:
            self.backups.change(before, after, audit)
        except RecordChanged:
            raise BackupSuperseded(f"{before.id} was deleted, has failed, or another try is at work on it") from None
        return after

    def _leave_nothing(self, backup: Backup, upload_id: str) -> None:
        """Of this try. If another has begun, or has made it AVAILABLE, the rest is that one's."""
        known = self.backups.get(backup.organization_id, backup.id)
        of_another = known and known.status is BackupStatus.CREATING and known.upload_id != backup.upload_id
        if of_another or (known and known.status is BackupStatus.AVAILABLE):
            with _storing():
                self.objects.abort(backup.object_key, upload_id)
        else:
            self._erase(backup)

    def _erase(self, backup: Backup) -> None:
        with _storing():
            self.objects.abort(backup.object_key)
            self.objects.erase(backup.object_key)


def _is_replaced(instance: Instance) -> bool:
    return instance.change is not None and instance.changing and instance.change.kind is ChangeKind.REPLACE


def _check(reader: RdbReader, part: bytes) -> None:
    try:
        reader.add(part)
    except InvalidRdb as fault:
        raise CorruptCopy(str(fault)) from fault


def _parts(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """At least one; each but the last of PART_BYTES, and of more when there are many."""
    number, part, size = 1, [], 0
    for chunk in chunks:
        part.append(chunk)
        size += len(chunk)
        if size >= PART_BYTES * (1 + number // PARTS_OF_A_SIZE):
            yield b"".join(part)
            number, part, size = number + 1, [], 0
    if part or number == 1:
        yield b"".join(part)


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except StorageUnavailable:
        raise
    except DependencyUnavailable as error:
        raise StorageUnavailable(str(error)) from error


@contextmanager
def _ending(pool: ThreadPoolExecutor) -> Iterator[ThreadPoolExecutor]:
    """What has not begun when something fails does not begin any more."""
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
