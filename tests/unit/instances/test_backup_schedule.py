"""When a schedule's backups are due: around midnight, after a delay, and for many instances at once."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swiftcache.instances.backup_schedule import SPREAD, BackupSchedule, Interval, first, following, place_of
from swiftcache.platform.errors import InvalidRequest

DAY = timedelta(days=1)
HOURLY = BackupSchedule(Interval.ONE_HOUR, keep=24)
DAILY = BackupSchedule(Interval.ONE_DAY, keep=7, at="03:00")
LATE = BackupSchedule(Interval.ONE_DAY, keep=7, at="23:55")

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
ids = st.integers(0, 10_000).map("inst_{}".format)
times = st.none() | st.times().map("{:%H:%M}".format)


@st.composite
def schedules(draw: st.DrawFn) -> BackupSchedule:
    every = draw(st.sampled_from(Interval))
    return BackupSchedule(every, 7, draw(times) if every.length >= DAY else None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}Z")


@given(schedules(), ids, moments)
def test_the_first_is_due_within_the_interval_and_within_a_day(
    schedule: BackupSchedule, instance_id: str, now: datetime
) -> None:
    assert now < first(schedule, instance_id, now) <= now + min(schedule.every.length, DAY)


@given(schedules(), ids, moments)
def test_those_that_are_taken_in_time_are_one_interval_apart(
    schedule: BackupSchedule, instance_id: str, now: datetime
) -> None:
    due = first(schedule, instance_id, now)
    assert following(schedule, instance_id, due, due) == due + schedule.every.length


@given(schedules(), ids, moments, st.timedeltas(timedelta(), timedelta(days=40)))
def test_what_was_missed_is_not_made_good(
    schedule: BackupSchedule, instance_id: str, now: datetime, late: timedelta
) -> None:
    due = first(schedule, instance_id, now)
    found = following(schedule, instance_id, due, due + late)
    assert due + late < found <= due + late + schedule.every.length
    assert (found - due) % schedule.every.length == timedelta()


@given(schedules(), ids, moments, st.timedeltas(timedelta(), timedelta(minutes=59)))
def test_one_that_was_put_off_does_not_move_those_after_it(
    schedule: BackupSchedule, instance_id: str, now: datetime, later: timedelta
) -> None:
    due = first(schedule, instance_id, now)
    assert place_of(schedule, instance_id, due + later) == due
    assert following(schedule, instance_id, due + later, due + later) == due + schedule.every.length


@given(ids, moments)
def test_a_given_time_of_day_is_kept_to_within_some_minutes(instance_id: str, now: datetime) -> None:
    due = first(DAILY, instance_id, now)
    begin = datetime.combine(due.date(), time(3), UTC)
    assert begin <= due < begin + SPREAD


def test_a_thousand_instances_with_the_same_time_do_not_begin_in_the_same_second() -> None:
    begun = Counter(first(DAILY, f"inst_{number}", at("2026-01-01T12:00:00")) for number in range(1_000))
    assert max(begun.values()) < 10


def test_ten_thousand_instances_an_hour_are_spread_over_all_of_it() -> None:
    begun = Counter(first(HOURLY, f"inst_{number}", at("2026-01-01T12:00:00")).minute for number in range(10_000))
    assert len(begun) == 60
    assert max(begun.values()) < 2 * 10_000 / 60


def test_a_time_shortly_before_midnight_may_be_reached_after_it() -> None:
    over = [f"inst_{number}" for number in range(100)]
    days = {first(LATE, name, at("2026-01-01T12:00:00")).date().isoformat() for name in over}
    assert days == {"2026-01-01", "2026-01-02"}


def test_of_a_day_in_which_it_has_gone_by_it_is_the_next() -> None:
    due = first(DAILY, "inst_a1", at("2026-02-28T12:00:00"))
    assert due.date().isoformat() == "2026-03-01"


@given(ids)
def test_an_instance_without_a_time_of_day_has_the_same_each_day(instance_id: str) -> None:
    schedule = BackupSchedule(Interval.TWO_DAYS, keep=3)
    due = first(schedule, instance_id, at("2026-01-01T12:00:00"))
    for _ in range(3):
        after = following(schedule, instance_id, due, due)
        assert after.time() == due.time()
        due = after


@pytest.mark.parametrize("every", [interval for interval in Interval if interval.length < DAY])
def test_a_time_of_day_goes_with_whole_days_alone(every: Interval) -> None:
    with pytest.raises(InvalidRequest, match="has no time of day") as refused:
        BackupSchedule(every, keep=1, at="03:00").check()
    assert refused.value.pointer == "/backupSchedule/at"


def test_a_schedule_is_told_in_one_line() -> None:
    assert (HOURLY.text, DAILY.text) == ("every 1h, keep 24", "every 1d at 03:00, keep 7")
