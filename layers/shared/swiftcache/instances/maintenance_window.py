"""When an instance may be maintained: once a day or a week, for some hours. Everything is in UTC.

Whoever chooses none has one in the night of the instance's region, at a time that follows from its id: a thousand
instances are spread over the nights of a week.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from swiftcache.platform.tokens import sha256

DEFAULT_HOURS = 2

MAX_HOURS = 24

_NIGHT_BEGINS = {"eu-central": time(21)}
"""By region, when it is 22:00 there in winter; in summer it is 23:00."""

_NIGHT = timedelta(hours=6)
"""In which default windows begin."""

_SLOT = timedelta(minutes=5)


class Day(StrEnum):
    """In the order of `datetime.weekday`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_DAYS = tuple(Day)


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """Opens at `at`, HH:MM in UTC, for `hours`: on each `day`, or every day if that is None."""

    at: str
    hours: int
    day: Day | None = None

    @property
    def text(self) -> str:
        """For people, in one line."""
        return f"{self.day or 'every day'} at {self.at} for {self.hours} h"

    def opening(self, moment: datetime) -> datetime:
        """When it opens for the last time until it closes after this moment: now open, or the next to open."""
        last = self._last_opening(moment)
        return last if moment < last + timedelta(hours=self.hours) else last + self._period

    def next_opening(self, moment: datetime) -> datetime:
        """The first opening after this moment."""
        return self._last_opening(moment) + self._period

    @property
    def _period(self) -> timedelta:
        return timedelta(days=1 if self.day is None else 7)

    def _last_opening(self, moment: datetime) -> datetime:
        opening = datetime.combine(moment.date(), time.fromisoformat(self.at), UTC)
        if self.day is not None:
            opening -= timedelta(days=(opening.weekday() - _DAYS.index(self.day)) % 7)
        return opening if opening <= moment else opening - self._period


def default_window(region: str, instance_id: str) -> MaintenanceWindow:
    """The window of an instance whose owner has chosen none; the same each time."""
    drawn = int(sha256(instance_id)[:12], 16)
    number, slot = drawn % len(_DAYS), drawn // len(_DAYS) % (_NIGHT // _SLOT)
    evening = datetime.combine(datetime.min.date(), _NIGHT_BEGINS[region])
    return MaintenanceWindow((evening + slot * _SLOT).strftime("%H:%M"), DEFAULT_HOURS, _DAYS[number])
