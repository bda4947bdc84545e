"""When an instance's backups are due, for an owner who does not want to think of them.

Everything is in UTC, so no day has another length than 24 hours. A schedule has a grid: each hour, each sixth hour,
each day at its time. Where an instance is in it follows from its id: a thousand instances with 03:00 are spread over
some minutes, and those without a time over all of their interval.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from swiftcache.platform.errors import InvalidRequest
from swiftcache.platform.tokens import sha256

DUE = "BACKUPSCHEDULE"
"""The value of `due` of every instance whose next backup has a time."""

MAX_KEEP = 100

AT = r"^([01]\d|2[0-3]):[0-5]\d$"

SPREAD = timedelta(minutes=15)
"""How long after a given time of day the last instance has its turn."""

_DAY = timedelta(days=1)


class Interval(StrEnum):
    """Hours that divide a day, so that each day has the same times; or whole days, up to a week."""

    ONE_HOUR = "1h"
    TWO_HOURS = "2h"
    THREE_HOURS = "3h"
    FOUR_HOURS = "4h"
    SIX_HOURS = "6h"
    EIGHT_HOURS = "8h"
    TWELVE_HOURS = "12h"
    ONE_DAY = "1d"
    TWO_DAYS = "2d"
    THREE_DAYS = "3d"
    FOUR_DAYS = "4d"
    FIVE_DAYS = "5d"
    SIX_DAYS = "6d"
    SEVEN_DAYS = "7d"

    @property
    def length(self) -> timedelta:
        number = int(self.value[:-1])
        return timedelta(days=number) if self.value.endswith("d") else timedelta(hours=number)


@dataclass(frozen=True, slots=True)
class BackupSchedule:
    """`at` is a time of day in UTC, as HH:MM; `keep` is how many backups of the schedule are kept."""

    every: Interval
    keep: int
    at: str | None = None

    def check(self) -> None:
        """Raises InvalidRequest for what the contract's types cannot tell."""
        if self.at is not None and self.every.length < _DAY:
            raise InvalidRequest(
                f"a backup every {self.every} has no time of day: leave `at` out, or choose 1d to 7d",
                "/backupSchedule/at",
            )

    @property
    def text(self) -> str:
        """For people, in one line."""
        return f"every {self.every}{f' at {self.at}' if self.at else ''}, keep {self.keep}"


def first(schedule: BackupSchedule, instance_id: str, now: datetime) -> datetime:
    """When the first one is due after now: within the interval, and within a day if that is longer."""
    return _place_before(schedule, instance_id, now) + _step(schedule)


def following(schedule: BackupSchedule, instance_id: str, due: datetime, now: datetime) -> datetime:
    """When the next one is due after that which was due, or was put off for a while; after now in any case.

    Those that were missed meanwhile are not made good: they would all be the same.
    """
    found = _place_before(schedule, instance_id, due)
    while found <= now or found <= due:
        found += schedule.every.length
    return found


def place_of(schedule: BackupSchedule, instance_id: str, due: datetime) -> datetime:
    """The place in the grid of one that was put off until `due`."""
    return _place_before(schedule, instance_id, due)


def _place_before(schedule: BackupSchedule, instance_id: str, moment: datetime) -> datetime:
    """The last place in the grid that is not after this moment."""
    midnight = datetime.combine(moment.date(), time(), UTC)
    step, offset = _step(schedule), _offset(schedule, instance_id)
    return midnight + offset + (moment - midnight - offset) // step * step


def _step(schedule: BackupSchedule) -> timedelta:
    return min(schedule.every.length, _DAY)


def _offset(schedule: BackupSchedule, instance_id: str) -> timedelta:
    """Of the day's first place, after midnight."""
    share = int(sha256(instance_id)[:8], 16) / 2**32
    if schedule.at is None:
        return timedelta(seconds=int(share * _step(schedule).total_seconds()))
    given = time.fromisoformat(schedule.at)
    spread = timedelta(seconds=int(share * SPREAD.total_seconds()))
    return timedelta(hours=given.hour, minutes=given.minute) + spread
