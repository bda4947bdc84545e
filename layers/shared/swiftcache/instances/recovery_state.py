"""A task that died is replaced by itself: what the record says of it, and how long it is tried.

Three things are counted. `deaths`: tasks that were lost in a row, whether they had come to serve or not; a program that
cannot live must not be started for ever. `attempt`: executions that did not come to the end for any reason. `refusals`:
those of them that AWS had no room or no time for, which says nothing of the instance, and never ends in giving it up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from swiftcache.instances.restore import Restore

MOST_DEATHS = 5
"""So many tasks in a row are lost before it is given up."""

MOST_ATTEMPTS = 10
"""So many executions end badly before it is given up: after about half an hour."""

QUIET = timedelta(minutes=10)
"""A task that serves for so long has ended the row."""


REFUSALS = frozenset(
    {
        "DependencyUnavailable",
        "DynamoDb.ProvisionedThroughputExceededException",
        "DynamoDb.RequestLimitExceededException",
        "DynamoDb.ThrottlingException",
        "Ec2.Ec2Exception",
        "Ecs.EcsException",
        "Lambda.TooManyRequestsException",
        "Sfn.SfnException",
        "TaskNotPlaced",
    }
)
"""What an execution ends with that was throttled, or found no capacity. Services whose model does not name throttling
call it as all that they do not name."""


MOST_LOADS = 2
"""So many tasks do not come to have the backup that they began with, before one begins with nothing."""

NOT_LOADED = frozenset({"TaskStopped", "RestoreIncomplete", "RestoreTimedOut"})
"""What an execution ends with whose task did not come to have the backup that it began with. It is no death then."""


class RecoveryStatus(StrEnum):
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Cause(StrEnum):
    """Why the task was lost. The names are stable: they are shown to the instance's owner."""

    REDIS_STOPPED = "REDIS_STOPPED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    TASK_LOST = "TASK_LOST"
    NOT_ANSWERING = "NOT_ANSWERING"


class StartedEmpty(StrEnum):
    """Why there was no backup to begin with. The names are stable: they are shown to the instance's owner."""

    NO_BACKUP = "NO_BACKUP"
    BACKUP_NOT_LOADED = "BACKUP_NOT_LOADED"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The recovery under way, or the last one. Times are RFC 3339 in UTC.

    `deaths` counts the tasks that were lost in a row, this one included; `attempt` is the number of the execution that
    is at work on it, from 0, and `refusals` counts those before it that ended with one of REFUSALS.

    `restore` is what the new task begins with, and `started_empty` why with nothing: both None where its owner wants no
    backup, or it is not decided. `failed_loads` counts the executions whose task did not come to have its backup.
    """

    id: str
    status: RecoveryStatus
    cause: Cause
    started_at: str
    deaths: int = 1
    attempt: int = 0
    refusals: int = 0
    ended_at: str | None = None
    restore: Restore | None = None
    failed_loads: int = 0
    started_empty: StartedEmpty | None = None


def next_deaths(last: Recovery | None, at: datetime) -> int:
    """How many tasks in a row are lost with the one that is lost now. `last` is the recovery before."""
    if last is None or last.ended_at is None or at - datetime.fromisoformat(last.ended_at) >= QUIET:
        return 1
    return last.deaths + 1


def is_crash_loop(recovery: Recovery) -> bool:
    """Whether each task that is started dies."""
    return recovery.deaths >= MOST_DEATHS


def is_hopeless(recovery: Recovery) -> bool:
    """Whether to give it up."""
    return is_crash_loop(recovery) or recovery.attempt - recovery.refusals >= MOST_ATTEMPTS


def back_off(recovery: Recovery) -> int:
    """Seconds from the start of an attempt to that of its task, for the tasks lost before: 0, 2, 4, 8 …

    The first comes at once: most deaths are single ones. Attempts keep a distance of their own.
    """
    return 2 ** (recovery.deaths - 1) if recovery.deaths > 1 else 0
