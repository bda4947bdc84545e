"""How a schedule of backups looks in the API."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from swiftcache.api.body import AttributesBody, RequestBody, whole
from swiftcache.instances.backup_schedule import AT, MAX_KEEP, BackupSchedule, Interval

EVERY = "1h, 2h, 3h, 4h, 6h, 8h, 12h, or 1d to 7d"
TIME_OF_DAY = "HH:MM in UTC, for whole days; within 15 minutes after it. Without it, any time that stays the same"
KEEP = "how many backups of the schedule are kept, the newest; those that failed are counted apart"


class BackupScheduleRequest(RequestBody):
    """A backup by itself, every so often."""

    # Not strict: JSON has no enumerations, so an interval comes as a string.
    every: Annotated[Interval, Field(strict=False, description=EVERY)]
    at: Annotated[Annotated[str, Field(pattern=AT)] | None, Field(description=TIME_OF_DAY)] = None
    keep: Annotated[int, Field(ge=1, le=MAX_KEEP, description=KEEP), BeforeValidator(whole)]

    def schedule(self) -> BackupSchedule:
        return BackupSchedule(self.every, self.keep, self.at)


class BackupScheduleBody(AttributesBody):
    """A backup by itself, every so often."""

    every: Annotated[Interval, Field(description=EVERY)]
    at: Annotated[str | None, Field(description=TIME_OF_DAY)]
    keep: Annotated[int, Field(description=KEEP)]
