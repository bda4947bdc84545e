"""When an instance may be maintained, and when what is pending begins."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from swiftcache.instances.maintenance import start
from swiftcache.instances.maintenance_window import DEFAULT_HOURS, Day, MaintenanceWindow, default_window
from swiftcache.instances.model import REGIONS

SUNDAYS = MaintenanceWindow("03:00", 4, Day.SUNDAY)
NIGHTS = MaintenanceWindow("23:00", 3)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """In January 2026: the 4th is a Sunday."""
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "moment", "opening"),
    [
        (SUNDAYS, at(2, 3), at(4, 3)),
        (SUNDAYS, at(4, 3), at(4, 3)),
        (SUNDAYS, at(4, 6, 59), at(4, 3)),
        (SUNDAYS, at(4, 7), at(11, 3)),
        (SUNDAYS, at(4, 2), at(4, 3)),
        (NIGHTS, at(2, 12), at(2, 23)),
        (NIGHTS, at(3, 1), at(2, 23)),
        (NIGHTS, at(3, 2), at(3, 23)),
        (MaintenanceWindow("12:00", 24), at(3, 11), at(2, 12)),
    ],
)
def test_a_window_is_open_from_its_time_on_for_its_hours(
    window: MaintenanceWindow, moment: datetime, opening: datetime
) -> None:
    assert window.opening(moment) == opening


@pytest.mark.parametrize(("window", "opening"), [(SUNDAYS, at(11, 3)), (NIGHTS, at(4, 23))])
def test_the_next_opening_is_after_the_one_that_is_open(window: MaintenanceWindow, opening: datetime) -> None:
    assert window.next_opening(at(4, 3)) == opening


@pytest.mark.parametrize("day", [1, 182])
def test_whoever_chooses_none_has_one_in_the_night_of_the_region(day: int) -> None:
    """In winter and in summer."""
    berlin = ZoneInfo("Europe/Berlin")
    for number in range(300):
        window = default_window("eu-central", f"inst_{number}")
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        opens = window.opening(moment).astimezone(berlin)
        closes = (window.opening(moment) + timedelta(hours=DEFAULT_HOURS)).astimezone(berlin)
        assert opens.hour >= 22 or opens.hour < 5
        assert closes.hour < 7 or closes.hour >= 22


def test_default_windows_are_spread_over_the_nights_of_a_week() -> None:
    windows = [default_window("eu-central", f"inst_{number}") for number in range(7_000)]
    days = Counter(window.day for window in windows)
    assert set(days) == set(Day)
    assert max(days.values()) < 1_200
    assert max(Counter((window.day, window.at) for window in windows).values()) < 40


def test_a_default_window_stays() -> None:
    assert default_window("eu-central", "inst_a1") == default_window("eu-central", "inst_a1")


@pytest.mark.parametrize("region", [region.region for region in REGIONS])
def test_every_region_has_its_night(region: str) -> None:
    assert default_window(region, "inst_a1").hours == DEFAULT_HOURS


@pytest.mark.parametrize(
    ("not_before", "deadline", "begins"),
    [
        (at(2), at(20), at(4, 3)),
        (at(4, 5), at(20), at(4, 5)),
        (at(5), at(20), at(11, 3)),
        (at(2), at(4, 12), at(3, 12)),
        (at(2), at(3), at(2, 1)),
        (at(2), at(1), at(2, 1)),
        (at(5), at(4), at(5)),
    ],
    ids=[
        "in the window",
        "in the middle of the window",
        "in the next window",
        "a day before the deadline",
        "at once when less than a day is left",
        "at once after the deadline",
        "never before the time that was said",
    ],
)
def test_maintenance_begins(not_before: datetime, deadline: datetime, begins: datetime) -> None:
    now = at(2, 1)
    assert start(SUNDAYS, not_before, deadline.isoformat(), now) == begins
