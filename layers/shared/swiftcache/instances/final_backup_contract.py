"""What the API shows of the last act of a deletion."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from swiftcache.api.body import Body
from swiftcache.instances.error_contract import ErrorBody
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode


class FinalBackupChoice(StrEnum):
    """What DELETE takes."""

    REQUIRED = FinalBackupMode.REQUIRED.value
    BEST_EFFORT = FinalBackupMode.BEST_EFFORT.value
    NONE = "none"

    @property
    def mode(self) -> FinalBackupMode | None:
        return None if self is FinalBackupChoice.NONE else FinalBackupMode(self.value)


class FinalBackupBody(Body):
    """The backup that the deletion waits for, and after which it goes on."""

    backup_id: str
    mode: FinalBackupMode
    since: Annotated[str, Field(description="when the deletion was asked for")]

    @classmethod
    def of(cls, final: FinalBackup | None) -> "FinalBackupBody | None":
        if final is None or final.failure is not None or final.backup_id is None:
            return None
        return cls(backup_id=final.backup_id, mode=final.mode, since=final.since)


class FinalBackupReceiptBody(Body):
    """What is left of the data: the backup, or why there is none."""

    mode: FinalBackupMode
    backup_id: Annotated[str | None, Field(description="POST /backups/{id}/undelete brings the instance back; or null")]
    error: Annotated[ErrorBody | None, Field(description="why there is no backup; null if there is one")]

    @classmethod
    def of(cls, final: FinalBackup | None) -> "FinalBackupReceiptBody | None":
        if final is None:
            return None
        return cls(
            mode=final.mode,
            backup_id=None if final.failure else final.backup_id,
            error=final_backup_error(final),
        )


def final_backup_error(final: FinalBackup | None) -> ErrorBody | None:
    return ErrorBody.of(final.failure) if final and final.failure else None
