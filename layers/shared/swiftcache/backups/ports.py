"""What backups need of the world."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.backups.model import Backup
from swiftcache.instances.model import Endpoint, Instance


@dataclass(frozen=True, slots=True)
class BackupPage:
    """The newest first. `cursor` is opaque; None after the last page."""

    backups: Sequence[Backup]
    cursor: str | None


class Backups(Protocol):
    """The record of every backup."""

    def create(self, backup: Backup, audit: AuditEntry) -> None:
        """Stores it, and what it takes of its organization's limits.

        Raises NotFound if there is no such organization, Conflict if it is not ACTIVE, LimitExceeded.
        """

    def get(self, organization_id: str, backup_id: str) -> Backup | None:
        """A strongly consistent read."""

    def change(self, before: Backup, after: Backup, audit: AuditEntry | None) -> None:
        """Replaces what was `before` when it was read, together with what is told of it.

        The same change made again does nothing. Raises RecordChanged if somebody else changed it, or it is gone.
        """

    def tell(self, backup: Backup, audit: AuditEntry) -> None:
        """Writes what was done with one that stays as it was read.

        Raises RecordChanged if somebody else changed it, or it is gone.
        """

    def remove(self, backup: Backup, audit: AuditEntry | None) -> None:
        """Removes a DELETING one, and gives back what it took of the limits. Does nothing if it is gone."""

    def of_instance(self, organization_id: str, instance_id: str, limit: int, cursor: str | None) -> BackupPage:
        """Those of an instance, there or deleted. Raises InvalidRequest for a cursor that is not of this list."""

    def of_organization(self, organization_id: str, limit: int, cursor: str | None) -> BackupPage:
        """All. Raises InvalidRequest for a cursor that is not of this list."""

    def due(self, at: str, limit: int) -> Sequence[tuple[str, str]]:
        """Up to so many whose `due_at` has come by then, the longest due first: organizations' and backups' ids.

        What was written a moment ago may not be seen yet.
        """

    def all(self, organization_id: str) -> Iterator[Backup]:
        """Every one of an organization, in the order of their ids, by strongly consistent reads."""


class BackupTurns(Protocol):
    """Instances that are backed up one backup at a time."""

    def begin(self, instance: Instance, backup: Backup, audit: AuditEntry) -> None:
        """Stores the backup as the last that was begun of the instance.

        Raises RecordChanged if the instance is not RUNNING any more, or another was begun of it since it was read;
        LimitExceeded, Conflict if its organization is not ACTIVE.
        """


class Schedules(Protocol):
    """Instances whose next backup has a time."""

    def due(self, at: str, limit: int) -> Sequence[tuple[str, str]]:
        """Up to so many whose time has come by then, the longest due first: organizations' and instances' ids.

        What was written a moment ago may not be seen yet.
        """

    def begin(self, instance: Instance, backup: Backup, following: str, audit: AuditEntry) -> None:
        """Stores the backup that is due, and when the next one is, together or not at all.

        Raises RecordChanged if the instance is not RUNNING any more, its next backup is due at another time than when
        it was read, or another was begun of it since; LimitExceeded, Conflict if its organization is not ACTIVE.
        """

    def put_off(self, instance: Instance, until: str, audit: AuditEntry | None) -> None:
        """No backup now, but then, together with what is told of it. Raises RecordChanged as before."""


@dataclass(frozen=True, slots=True)
class BackupUse:
    """What an organization's backups take. `version` counts the changes of it."""

    backups: int
    size_bytes: int
    version: int = 0


class BackupCounts(Protocol):
    def read(self, organization_id: str) -> BackupUse | None:
        """What is counted. None if the organization is gone."""

    def correct(self, organization_id: str, seen: BackupUse, backups: int, size_bytes: int) -> bool:
        """Makes it this. False, and nothing is changed, if it has changed since it was seen."""


class Proofs(Protocol):
    def stop(self, backup_id: str) -> None:
        """Ends whatever restores this backup to see whether that can be done. Raises DependencyUnavailable."""


@dataclass(frozen=True, slots=True)
class KeepTargets:
    """What is to be looked at at once: backups that are to be removed, and instances that have a new backup."""

    backups: Sequence[tuple[str, str]] = ()
    instances: Sequence[tuple[str, str]] = ()


class KeepTrigger(Protocol):
    def start(self, targets: KeepTargets) -> None:
        """Has them looked at now, and not only when the minute is over. Raises DependencyUnavailable."""


@dataclass(frozen=True, slots=True)
class BackupTarget:
    """The backup that a machine is at work on. `request_id` is that of the request which asked for it."""

    organization_id: str
    backup_id: str
    request_id: str


class BackupStarter(Protocol):
    def start(self, backup: Backup) -> None:
        """Starts the machine that makes it. Starting it again does nothing, whether it still runs or has ended.

        Raises DependencyUnavailable.
        """


class ProofStarter(Protocol):
    def prove(self, backup: Backup) -> None:
        """Starts the same machine to prove one that is there, once for each of its tries. Raises as before."""


@dataclass(frozen=True, slots=True)
class Source:
    """The task to copy from. `memory` is what it may take in all, in bytes; the name is what its certificate is for."""

    endpoint: Endpoint
    hostname: str
    password: str = field(repr=False)
    memory: int


@dataclass(frozen=True, slots=True)
class Copy:
    """What a Redis holds, at one moment, as an RDB. `keys`: how many it had then, if it told.

    Every write that was acknowledged before `taken_at` is in it, and so may be some that came soon after.

    `chunks` come as Redis makes them, some hundred kilobytes each, and raise CopyInterrupted, NotEnoughHeadroom and
    BackupTimedOut.
    """

    taken_at: datetime
    keys: int | None
    chunks: Iterator[bytes]


class Copies(Protocol):
    def copy(self, source: Source, seconds: float) -> AbstractContextManager[Copy]:
        """Copies what that Redis holds, in so many seconds. Redis serves on; whoever leaves the context ends the copy.

        Raises CopyInterrupted, also where there is no getting through to it; NotEnoughHeadroom, BackupTimedOut.
        """


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as the bucket has it: its newest version, and how large that is."""

    key: str
    version: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """Keys in their order, and since when each object's newest version is there (RFC 3339 in UTC).

    `after` is the last of them; None after the last page.
    """

    keys: Sequence[str]
    after: str | None
    since: Sequence[str] = ()


class ObjectStore(Protocol):
    """The bucket. Objects have versions, so that nothing is taken for what it replaced.

    All raise DependencyUnavailable.
    """

    def begin(self, key: str) -> str:
        """Begins a multipart upload; its id."""

    def put_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        """One part of it, from number 1 on, each but the last of 5 MiB at least; its tag. Sent again, it replaces.

        Raises NotFound if there is no such upload.
        """

    def complete(self, key: str, upload_id: str, tags: Sequence[str]) -> str:
        """Makes the object of its parts; the object's version. Raises NotFound if there is no such upload."""

    def put(self, key: str, content: bytes) -> None:
        """A small object in one piece."""

    def abort(self, key: str, upload_id: str = "") -> None:
        """Ends this upload of the key with all its parts, or every one. Does nothing if it is not under way."""

    def find(self, key: str, version: str = "") -> Stored | None:
        """That version of the object, or the newest."""

    def has(self, key: str, version: str) -> bool:
        """Whether that version is there, even behind others. It needs no right to read it."""

    def read(self, key: str, version: str, start: int = 0) -> Iterator[bytes]:
        """The object from this byte on, a few MiB at a time. Raises NotFound."""

    def link(self, key: str, version: str, seconds: int, file_name: str) -> str:
        """Where anybody can get it for so long, with a name for who saves it. It is a secret."""

    def upload_link(self, key: str, seconds: int) -> str:
        """Where anybody can PUT it for so long, any number of times. It is a secret."""

    def erase(self, key: str) -> None:
        """Removes all versions of the object. Does nothing if there is none."""

    def erase_all(self, prefix: str) -> None:
        """The same for the few objects whose keys begin so."""

    def page(self, prefix: str, after: str | None) -> ObjectPage:
        """The keys that begin so, after this one."""

    def folders(self, prefix: str) -> Iterator[str]:
        """What there is between the prefix and the next `/` of some key."""

    def unfinished(self, prefix: str) -> Iterator[tuple[str, str]]:
        """The keys of uploads under way that begin so, and since when each is (RFC 3339 in UTC)."""
