"""The bodies of downloads and imports."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from swiftcache.api.body import AttributesBody, Body
from swiftcache.backups.contract import BackupBody, CreateBackupRequest
from swiftcache.backups.model import Backup
from swiftcache.backups.transfer import NewImport, Upload


class DownloadBackupResponse(AttributesBody):
    """Where the RDB file can be had. Whoever has the link has the data: keep it as you keep a key."""

    url: Annotated[str, Field(description="GET it before `expiresAt`; it needs no account key")]
    expires_at: str
    sha256: Annotated[str, Field(description="of the file, in hexadecimal digits")]


class CreateImportRequest(CreateBackupRequest):
    """What the backup is called, and for how long it is kept."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"example": {"name": "from-the-old-redis"}})

    def new_import(self) -> NewImport:
        return NewImport(self.name, self.retention_days)


class UploadBody(AttributesBody):
    """Where the RDB file is to be put, once: what comes after the first is ignored."""

    url: Annotated[str, Field(description="send the file to it before `expiresAt`; it needs no account key")]
    method: Literal["PUT"] = "PUT"
    expires_at: str
    max_bytes: Annotated[int, Field(description="how large the file may be")]


class CreateImportResponse(Body):
    """The backup, which is CREATING until the file was uploaded, checked and restored; and where to upload it."""

    backup: BackupBody
    upload: UploadBody

    @classmethod
    def of(cls, backup: Backup, upload: Upload) -> "CreateImportResponse":
        return cls(backup=BackupBody.of(backup), upload=UploadBody.of(upload))
