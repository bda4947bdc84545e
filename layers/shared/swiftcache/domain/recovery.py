"""A task that died is replaced by itself: what the record says of it."""

from dataclasses import dataclass
from enum import StrEnum


class RecoveryStatus(StrEnum):
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Cause(StrEnum):
    """Why the task was lost. The names are stable: they are shown to the instance's owner."""

    REDIS_STOPPED = "REDIS_STOPPED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    TASK_LOST = "TASK_LOST"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The recovery under way, or the last one. Times are RFC 3339 in UTC.

    `deaths` counts the tasks that were lost in a row, this one included; `attempt` is the number of the execution that
    is at work on it, from 0.
    """

    id: str
    status: RecoveryStatus
    cause: Cause
    started_at: str
    deaths: int = 1
    attempt: int = 0
    ended_at: str | None = None
