"""The bodies of the backups' routes."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from swiftcache.api.body import VISIBLE, AttributesBody, Body, RequestBody, whole
from swiftcache.backups.model import MAX_RETENTION_DAYS, RETENTION_DAYS, Backup, BackupKind, BackupStatus
from swiftcache.backups.ports import BackupPage
from swiftcache.backups.service import NewBackup
from swiftcache.instances.error_contract import ErrorBody


class CreateBackupRequest(RequestBody):
    """What POST /instances/{id}/backups takes: {} will do."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"name": "before the release", "retentionDays": 30}},
    )

    name: Annotated[
        Annotated[str, Field(pattern=f"^{VISIBLE}{{1,100}}$")] | None,
        Field(description="1 to 100 visible characters; without it, the instance's name and the time"),
    ] = None
    retention_days: Annotated[
        Annotated[int, Field(ge=1, le=MAX_RETENTION_DAYS)],
        BeforeValidator(whole),
        Field(
            description="for how long it is kept once it is whole, in days",
            json_schema_extra={"default": RETENTION_DAYS},
        ),
    ] = RETENTION_DAYS

    def new_backup(self) -> NewBackup:
        return NewBackup(self.name, self.retention_days)


class VerificationBody(AttributesBody):
    """That it was restored, into a Redis that served nobody."""

    at: str
    keys: Annotated[int, Field(description="how many that had then")]
    seconds: Annotated[int, Field(description="how long it took to load")]


class BackupBody(Body):
    """A backup: the data of one instance at one moment."""

    id: str
    instance_id: Annotated[str | None, Field(description="null for an IMPORTED one")]
    instance_name: Annotated[str | None, Field(description="as it was then")]
    name: str
    kind: Annotated[BackupKind, Field(description="why it was taken; IMPORTED: from a file of yours")]
    status: BackupStatus
    created_at: str
    completed_at: Annotated[str | None, Field(description="when it was AVAILABLE or FAILED")]
    expires_at: Annotated[str | None, Field(description="when it is removed by itself")]
    taken_at: Annotated[str | None, Field(description="the moment that all of it is of; null unless AVAILABLE")]
    size_bytes: Annotated[int | None, Field(description="of the file; null unless AVAILABLE")]
    keys: Annotated[int | None, Field(description="null while nobody has counted them")]
    sha256: Annotated[str | None, Field(description="of the file, in hex")]
    engine: Annotated[str | None, Field(description="`redis` or `valkey`")]
    engine_version: Annotated[str | None, Field(description="of the server that wrote it")]
    rdb_version: Annotated[int | None, Field(description="of the file's format")]
    verified: Annotated[VerificationBody | None, Field(description="when it was last restored, to try it; or null")]
    error: Annotated[ErrorBody | None, Field(description="null unless FAILED")]

    @classmethod
    def of(cls, backup: Backup) -> "BackupBody":
        """Without the instance that it was taken of as that was then, which has hashes of its keys."""
        content = backup.content
        return cls(
            id=backup.id,
            instance_id=backup.instance_id,
            instance_name=backup.instance_name,
            name=backup.name,
            kind=backup.kind,
            status=backup.status,
            created_at=backup.created_at,
            completed_at=backup.completed_at,
            expires_at=backup.expires_at,
            taken_at=content.taken_at if content else None,
            size_bytes=content.size_bytes if content else None,
            keys=content.keys if content else None,
            sha256=content.sha256 if content else None,
            engine=content.rdb.engine if content else None,
            engine_version=content.rdb.engine_version if content else None,
            rdb_version=content.rdb.rdb_version if content else None,
            verified=VerificationBody.of(backup.verified) if backup.verified else None,
            error=ErrorBody.of(backup.failure) if backup.failure else None,
        )


class GetBackupResponse(Body):
    backup: BackupBody


class ListBackupsResponse(Body):
    backups: list[BackupBody]
    next_cursor: Annotated[str | None, Field(description="send it as `cursor` for the next page; null on the last")]

    @classmethod
    def of(cls, page: BackupPage) -> "ListBackupsResponse":
        return cls(backups=[BackupBody.of(backup) for backup in page.backups], next_cursor=page.cursor)


class DeletingBackupBody(Body):
    id: str
    status: Literal[BackupStatus.DELETING] = BackupStatus.DELETING


class DeleteBackupResponse(Body):
    message: Literal["Backup deletion initiated"] = "Backup deletion initiated"
    backup: DeletingBackupBody
