"""A backup: the data of one instance at one moment, and what is known of whether they can be had again."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Instance
from swiftcache.platform.errors import IllegalTransition
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id

RETENTION_DAYS = 30
MAX_RETENTION_DAYS = 3_650

CREATION_MINUTES = 40
"""In which a backup is AVAILABLE or FAILED: whoever was at work on it after that has died without a word."""

PROOF_TRIES = 8
"""So often it is tried to prove a backup that cannot be tried, over some days."""

UPLOAD_MINUTES = 60
"""For which the link of an import takes a file."""

UPLOAD_GRACE_MINUTES = 10
"""After the end of its link, an upload that began before it may still come to its end."""

MAX_IMPORT_BYTES = 5 * 1024**3
"""Of an imported file: what S3 takes in one PUT."""

FAILED_DAYS = 30
"""For which the record of a backup that failed is kept, with the reason."""


UPLOADS = "uploads/"
"""Under which the files of imports are uploaded."""

PROOFS = "proofs/"
"""Under which proofs have what they are told and what they tell, for as long as they last."""


class BackupKind(StrEnum):
    """Why it is there. FINAL: as the last act of a deletion. IMPORTED: its owner uploaded an RDB file."""

    MANUAL = "MANUAL"
    SCHEDULED = "SCHEDULED"
    FINAL = "FINAL"
    IMPORTED = "IMPORTED"


class BackupStatus(StrEnum):
    CREATING = "CREATING"
    AVAILABLE = "AVAILABLE"
    FAILED = "FAILED"
    DELETING = "DELETING"


_LEADS_TO = {
    BackupStatus.CREATING: {BackupStatus.AVAILABLE, BackupStatus.FAILED, BackupStatus.DELETING},
    # One that turns out to be of no use when it is proved.
    BackupStatus.AVAILABLE: {BackupStatus.FAILED, BackupStatus.DELETING},
    BackupStatus.FAILED: {BackupStatus.DELETING},
    BackupStatus.DELETING: set(),
}


@dataclass(frozen=True, slots=True)
class Rdb:
    """What an RDB file says of itself and of who wrote it: `redis` or `valkey`, and the version of its format."""

    engine: str
    engine_version: str
    rdb_version: int


@dataclass(frozen=True, slots=True)
class Content:
    """The object in S3. `version` is S3's, so that what is put in its place later is not taken for it.

    `taken_at` is the moment that all of it is of. `keys` None: how many there are is known once it is proved.
    """

    version: str
    size_bytes: int
    sha256: str
    rdb: Rdb
    taken_at: str
    keys: int | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """That it was restored, into a Redis that served nobody: when, how many keys that had, how long it took.

    `used_memory` is what Redis then took for them, in bytes.
    """

    at: str
    keys: int
    seconds: int
    used_memory: int | None = None


@dataclass(frozen=True, slots=True)
class Backup:
    """`source` is the instance as it was when the backup was asked for; an IMPORTED one has none.

    `expires_at` is when it is removed by itself; None while that is not known. `upload_id` is that of the multipart
    upload under way. `prove_at` is when it is tried once more to prove it, should nothing come of the last of
    `proof_tries`.
    `uploaded` is the version in S3 of the file that an import begins with: the first that came.
    `deadline` is by when it is AVAILABLE or FAILED; None: CREATION_MINUTES after it was asked for.
    `revision` is raised by each change. Times are RFC 3339 in UTC.
    """

    id: str
    organization_id: str
    kind: BackupKind
    status: BackupStatus
    name: str
    retention_days: int
    created_at: str
    request_id: str
    instance_id: str | None = None
    instance_name: str | None = None
    source: Instance | None = None
    content: Content | None = None
    verified: Verification | None = None
    completed_at: str | None = None
    expires_at: str | None = None
    failure: Failure | None = None
    upload_id: str | None = None
    prove_at: str | None = None
    proof_tries: int = 0
    uploaded: str | None = None
    deadline: str | None = None
    revision: int = 1

    @property
    def object_key(self) -> str:
        """Where it lies in the bucket."""
        return f"backups/{self.organization_id}/{self.id}.rdb"

    @property
    def upload_key(self) -> str:
        """Where the file of an import is uploaded to: the object that is kept is made of it when it is checked."""
        return upload_key(self.organization_id, self.id)

    @property
    def size_bytes(self) -> int:
        return self.content.size_bytes if self.content else 0

    @property
    def due_at(self) -> str | None:
        """When somebody has to look at it: it is to be removed or proved, or whoever made it has died. None: never."""
        match self.status:
            case BackupStatus.CREATING:
                return self.deadline or _later(self.created_at, timedelta(minutes=CREATION_MINUTES))
            case BackupStatus.DELETING:
                return self.created_at
            case _:
                return min(filter(None, (self.expires_at, self.prove_at)), default=None)

    def available(self, content: Content, at: datetime) -> "Backup":
        """Whole, and checked. Raises IllegalTransition."""
        self._check(BackupStatus.AVAILABLE)
        return replace(
            self,
            status=BackupStatus.AVAILABLE,
            content=content,
            completed_at=timestamp(at),
            expires_at=timestamp(at + timedelta(days=self.retention_days)),
            upload_id=None,
            revision=self.revision + 1,
        )

    def failed(self, failure: Failure, at: datetime) -> "Backup":
        """Of no use: nothing of it is kept but the reason. Raises IllegalTransition."""
        self._check(BackupStatus.FAILED)
        return replace(
            self,
            status=BackupStatus.FAILED,
            failure=failure,
            content=None,
            completed_at=timestamp(at),
            expires_at=timestamp(at + timedelta(days=FAILED_DAYS)),
            upload_id=None,
            prove_at=None,
            revision=self.revision + 1,
        )

    def deleting(self) -> "Backup":
        """Raises IllegalTransition if it is already."""
        self._check(BackupStatus.DELETING)
        return replace(self, status=BackupStatus.DELETING, revision=self.revision + 1)

    def with_upload(self, upload_id: str) -> "Backup":
        """The multipart upload is known before its first part is sent, so that it can be ended whatever happens."""
        return replace(self, upload_id=upload_id, revision=self.revision + 1)

    def arrived(self, version: str, at: datetime) -> "Backup":
        """The file of an import is there: from now on it is worked on."""
        deadline = timestamp(at + timedelta(minutes=CREATION_MINUTES))
        return replace(self, uploaded=version, deadline=deadline, revision=self.revision + 1)

    def with_content(self, content: Content) -> "Backup":
        """What an import turned out to be. It is AVAILABLE only when it was restored."""
        return replace(self, content=content, upload_id=None, revision=self.revision + 1)

    def with_verification(self, verification: Verification) -> "Backup":
        """Restored once. The number of keys that it then had is the backup's, where that was not known."""
        content = self.content
        if content is not None and content.keys is None:
            content = replace(content, keys=verification.keys)
        return replace(self, verified=verification, content=content, prove_at=None, revision=self.revision + 1)

    def unproved(self, at: datetime) -> "Backup":
        """It is about to be tried. Should nothing come of that, once more later, and later each time, up to a day.

        After PROOF_TRIES nobody tries it any more.
        """
        tries = self.proof_tries + 1
        wait = timedelta(hours=min(2 ** (tries - 1), 24))
        again = timestamp(at + wait) if tries < PROOF_TRIES else None
        return replace(self, prove_at=again, proof_tries=tries, revision=self.revision + 1)

    def _check(self, to: BackupStatus) -> None:
        if to not in _LEADS_TO[self.status]:
            raise IllegalTransition(f"{self.id} is {self.status}: it cannot become {to}", self.status)


def new_backup(
    kind: BackupKind,
    source: Instance,
    request_id: str,
    at: datetime,
    name: str = "",
    retention_days: int = RETENTION_DAYS,
) -> Backup:
    """One of this instance that is to be made. Without a name it is called after the instance and the moment."""
    return Backup(
        id=new_id("bkp"),
        organization_id=source.organization_id,
        kind=kind,
        status=BackupStatus.CREATING,
        name=name or f"{source.name}-{at:%Y%m%dT%H%M%SZ}",
        retention_days=retention_days,
        created_at=timestamp(at),
        request_id=request_id,
        instance_id=source.id,
        instance_name=source.name,
        source=source,
    )


def upload_key(organization_id: str, backup_id: str) -> str:
    """Where the link of this import leads."""
    return f"{UPLOADS}{organization_id}/{backup_id}.rdb"


def _later(at: str, by: timedelta) -> str:
    return timestamp(datetime.fromisoformat(at) + by)


_ID = re.compile(r"bkp_[a-z0-9]{1,64}")


def is_backup_id(text: str) -> bool:
    """Whether this could be a backup's id. What could not need not be looked up."""
    return _ID.fullmatch(text) is not None
