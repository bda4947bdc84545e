"""The last act of a deletion: the backup that it waits for, and what became of that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from swiftcache.access.identity import Actor
from swiftcache.instances.failure import Failure

PAUSE = timedelta(minutes=60)
"""For which Redis carries out no writes, unless it is told otherwise before: longer than any backup takes."""

LATEST = timedelta(minutes=50)
"""After so long the pause counts no more. No clock is as wrong as what is left of it."""


class FinalBackupMode(StrEnum):
    """What becomes of a deletion without a backup. REQUIRED: the instance stays. BEST_EFFORT: it goes all the same."""

    REQUIRED = "required"
    BEST_EFFORT = "best-effort"


OVERDUE = timedelta(minutes=45)
"""After so long whoever was at work on it has died without a word."""


@dataclass(frozen=True, slots=True)
class FinalBackup:
    """`since` (RFC 3339 in UTC), `request_id` and `requested_by` are those of the request for the deletion.

    `backup_id` is None if none could be begun. `task` is the ARN of the task whose writes are paused, or may be, and
    `held_at` since when. `failure` is why there is no backup; with it a RUNNING instance stays, and a DELETING one goes
    without.
    """

    mode: FinalBackupMode
    since: str
    request_id: str
    requested_by: Actor
    backup_id: str | None = None
    task: str | None = None
    held_at: str | None = None
    failure: Failure | None = None

    def is_overdue(self, at: datetime) -> bool:
        return datetime.fromisoformat(self.since) + OVERDUE <= at

    def is_held(self, task: str, at: datetime) -> bool:
        """Whether the writes of this task are paused for certain, from before now until a while after."""
        return self.task == task and self.held_at is not None and at - datetime.fromisoformat(self.held_at) < LATEST
