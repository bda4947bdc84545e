"""What the API shows of the replacement of a task that died."""

from typing import Annotated

from pydantic import Field

from swiftcache.api.body import Body
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus, StartedEmpty


class RecoveryBody(Body):
    """The replacement of a task that died: the one under way, or the last."""

    id: str
    status: Annotated[RecoveryStatus, Field(description="FAILED: the instance is ERROR, and nothing is left of it")]
    cause: Annotated[Cause, Field(description="why the task was lost")]
    started_at: str
    ended_at: str | None
    deaths: Annotated[int, Field(description="tasks that were lost in a row; a quiet 10 minutes end the row")]
    data_kept: Annotated[bool, Field(description="whether the new task has the data of the old one: with persistence")]
    backup_id: Annotated[str | None, Field(description="with `recoverFromBackup`: what the new task begins with")]
    taken_at: Annotated[str | None, Field(description="the moment that all data of that backup are of")]
    started_empty: Annotated[
        StartedEmpty | None,
        Field(description="with `recoverFromBackup`: why without one. There was none of use, or Redis did not load it"),
    ]

    @classmethod
    def of(cls, recovery: Recovery, *, data_kept: bool) -> "RecoveryBody":
        return cls(
            id=recovery.id,
            status=recovery.status,
            cause=recovery.cause,
            started_at=recovery.started_at,
            ended_at=recovery.ended_at,
            deaths=recovery.deaths,
            data_kept=data_kept,
            backup_id=recovery.restore.backup_id if recovery.restore else None,
            taken_at=recovery.restore.taken_at if recovery.restore else None,
            started_empty=recovery.started_empty,
        )
