"""What a change would come to, and what stands in its way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swiftcache.access.identity import Role
from swiftcache.changes.prices import full_volume, monthly_cost
from swiftcache.changes.request import ChangeRequest, Expiry, Scheduling, changed, kind_of, obstacles
from swiftcache.instances.backup_schedule import BackupSchedule, Interval, first
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.expiry import expiry
from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import MAX_MEMORY, MIB, MIN_MEMORY, TaskSize, task_size
from swiftcache.instances.status import Status
from swiftcache.platform.errors import InvalidRequest
from swiftcache.platform.timestamps import timestamp
from tests.samples import AT, NOW, a_caller, an_instance

RUNNING = an_instance(status=Status.RUNNING)
TOMORROW = "2026-01-03T00:00:00Z"


def after(request: ChangeRequest, before: Instance = RUNNING) -> Instance:
    return changed(before, request, "request-2", NOW)


def codes(
    request: ChangeRequest, before: Instance = RUNNING, role: Role = Role.DEVELOPER, used: int | None = None
) -> list[str]:
    found = obstacles(before, after(request, before), request, a_caller(role=role), used)
    return [obstacle.code for obstacle in found]


@given(st.integers(MIN_MEMORY, MAX_MEMORY), st.integers(MIN_MEMORY, MAX_MEMORY))
def test_memory_changes_in_place_exactly_where_the_task_stays(old: int, new: int) -> None:
    kind = kind_of(an_instance(max_memory=old), ChangeRequest(max_memory=new))
    if old == new:
        assert kind is None
    else:
        assert (kind is ChangeKind.IN_PLACE) == (task_size(old) == task_size(new))


def test_a_policy_changes_in_place() -> None:
    assert kind_of(RUNNING, ChangeRequest(eviction_policy=EvictionPolicy.NOEVICTION)) is ChangeKind.IN_PLACE


def test_a_change_in_place_is_stored_as_done_and_waits_for_redis() -> None:
    done = after(ChangeRequest(max_memory=600 * MIB))
    assert (done.max_memory, done.revision) == (600 * MIB, RUNNING.revision + 1)
    assert done.change is not None
    assert (done.change.kind, done.change.status, done.change.max_memory, done.change.started_at) == (
        ChangeKind.IN_PLACE,
        ChangeStatus.IN_PROGRESS,
        600 * MIB,
        AT,
    )


def test_a_replacement_leaves_the_instance_as_it_is_until_it_is_made() -> None:
    begun = after(ChangeRequest(max_memory=2048 * MIB, eviction_policy=EvictionPolicy.NOEVICTION))
    assert (begun.max_memory, begun.eviction_policy, begun.revision) == (
        RUNNING.max_memory,
        RUNNING.eviction_policy,
        RUNNING.revision,
    )
    assert begun.change is not None
    assert (begun.change.kind, begun.change.max_memory, begun.change.eviction_policy) == (
        ChangeKind.REPLACE,
        2048 * MIB,
        EvictionPolicy.NOEVICTION,
    )
    assert begun.reserved_memory == 2048 * MIB


def test_what_is_not_given_stays() -> None:
    before = an_instance(status=Status.RUNNING, expires_at=TOMORROW)
    assert after(ChangeRequest(name="other"), before) == an_instance(
        status=Status.RUNNING, expires_at=TOMORROW, name="other"
    )


def test_what_is_already_so_is_no_change() -> None:
    request = ChangeRequest(
        name=RUNNING.name,
        max_memory=RUNNING.max_memory,
        eviction_policy=RUNNING.eviction_policy,
        deletion_protection=False,
        expiry=Expiry(None),
    )
    assert after(request) == RUNNING
    assert codes(request) == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-03T00:00:00Z", "2026-01-03T00:00:00.000Z"),
        ("2026-01-03t00:00:00.123456789z", "2026-01-03T00:00:00.123Z"),
        ("2026-01-03T02:00:00+02:00", "2026-01-03T00:00:00.000Z"),
        ("2027-01-03T03:04:05Z", "2027-01-03T03:04:05.000Z"),
    ],
)
def test_an_expiry_is_kept_in_utc(text: str, at: str) -> None:
    assert expiry(text, NOW) == at


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-03",
        "2026-01-03T00:00:00",
        "2026-01-03 00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-03T24:00:01Z",
        "2026-01-03T00:00:00+99:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-01-02T03:04:05.678Z",
        "2027-01-03T03:04:06Z",
        "tomorrow",
        "",
    ],
)
def test_an_expiry_that_is_past_or_too_far_or_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        expiry(text, NOW)
    assert refused.value.pointer == "/expiresAt"


@given(st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=366)))
def test_every_time_of_a_year_is_taken(ahead: timedelta) -> None:
    at = timestamp(NOW + ahead)
    if datetime.fromisoformat(at).astimezone(UTC) > NOW:
        assert expiry(at, NOW) == at


@pytest.mark.parametrize(
    ("before", "request_"),
    [
        ({}, ChangeRequest(deletion_protection=True, expiry=Expiry(TOMORROW))),
        ({"deletion_protection": True}, ChangeRequest(expiry=Expiry(TOMORROW))),
        ({"expires_at": TOMORROW}, ChangeRequest(deletion_protection=True)),
    ],
)
def test_nothing_is_protected_and_expires(before: dict[str, Any], request_: ChangeRequest) -> None:
    with pytest.raises(InvalidRequest):
        after(request_, an_instance(status=Status.RUNNING, **before))


def test_protection_and_expiry_can_take_each_others_place() -> None:
    before = an_instance(status=Status.RUNNING, expires_at=TOMORROW)
    done = after(ChangeRequest(deletion_protection=True, expiry=Expiry(None)), before)
    assert (done.deletion_protection, done.expires_at) == (True, None)


@pytest.mark.parametrize("max_memory", [MIN_MEMORY - 1, MAX_MEMORY + 1])
def test_memory_has_its_limits(max_memory: int) -> None:
    with pytest.raises(InvalidRequest):
        after(ChangeRequest(max_memory=max_memory))


@pytest.mark.parametrize(
    ("before", "request_"),
    [
        ({}, ChangeRequest(expiry=Expiry(TOMORROW))),
        ({"expires_at": TOMORROW}, ChangeRequest(expiry=Expiry(None))),
        ({"deletion_protection": True}, ChangeRequest(deletion_protection=False)),
    ],
)
def test_what_can_end_it_needs_the_right_to_delete(before: dict[str, Any], request_: ChangeRequest) -> None:
    instance = an_instance(status=Status.RUNNING, **before)
    assert codes(request_, instance, Role.DEVELOPER) == ["ROLE_TOO_LOW"]
    assert codes(request_, instance, Role.ADMIN) == []


def test_a_developer_may_protect() -> None:
    assert codes(ChangeRequest(deletion_protection=True)) == []


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.RUNNING])
def test_a_name_changes_in_every_status_but_deleting(status: Status) -> None:
    assert codes(ChangeRequest(name="other"), an_instance(status=status)) == []


def test_nothing_changes_in_deleting() -> None:
    assert codes(ChangeRequest(name="other"), an_instance(status=Status.DELETING)) == ["STATUS_CONFLICT"]


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR])
def test_memory_changes_only_while_it_runs(status: Status) -> None:
    assert codes(ChangeRequest(max_memory=600 * MIB), an_instance(status=status)) == ["STATUS_CONFLICT"]


def test_one_change_of_memory_at_a_time() -> None:
    change = Change(
        "chg_1", ChangeKind.IN_PLACE, ChangeStatus.IN_PROGRESS, 600 * MIB, EvictionPolicy.NOEVICTION, AT, "request-2"
    )
    before = an_instance(status=Status.RUNNING, change=change)
    assert codes(ChangeRequest(max_memory=600 * MIB), before) == ["CHANGE_IN_PROGRESS"]
    assert codes(ChangeRequest(name="other"), before) == []


@pytest.mark.parametrize(
    ("policy", "allow", "expected"),
    [
        (EvictionPolicy.NOEVICTION, False, ["MEMORY_IN_USE"]),
        (EvictionPolicy.NOEVICTION, True, ["MEMORY_IN_USE"]),
        (EvictionPolicy.ALLKEYS_LRU, False, ["MEMORY_IN_USE"]),
        (EvictionPolicy.ALLKEYS_LRU, True, []),
        (EvictionPolicy.VOLATILE_TTL, True, []),
    ],
)
def test_less_than_is_in_use_needs_a_policy_that_evicts_and_somebody_who_says_so(
    policy: EvictionPolicy, allow: bool, expected: list[str]
) -> None:
    request = ChangeRequest(max_memory=400 * MIB, eviction_policy=policy, allow_eviction=allow)
    assert codes(request, used=400 * MIB + 1) == expected
    assert codes(request, used=400 * MIB) == []


def test_the_refusal_of_less_memory_than_is_in_use_has_the_figures() -> None:
    request = ChangeRequest(max_memory=400 * MIB)
    [refusal] = obstacles(RUNNING, after(request), request, a_caller(), 450 * MIB)
    assert str(450 * MIB) in str(refusal)
    assert str(400 * MIB) in str(refusal)


@pytest.mark.parametrize(
    ("size", "cost"), [(TaskSize(256, 512), 12.34), (TaskSize(512, 3072), 26.6), (TaskSize(1024, 6144), 49.16)]
)
def test_a_month_costs_what_the_list_says(size: TaskSize, cost: float) -> None:
    assert monthly_cost(size) == cost


def test_a_volume_costs_by_what_is_in_it() -> None:
    size = TaskSize(256, 512)
    assert full_volume(1024 * MIB, persistence=False) == 0
    assert full_volume(1024 * MIB, persistence=True) == 2048 * MIB
    assert round(monthly_cost(size, 2048 * MIB) - monthly_cost(size), 2) == 0.72


def test_a_change_of_size_is_told_by_the_task_that_data_on_a_volume_need() -> None:
    request, instance = ChangeRequest(max_memory=300 * MIB), replace(RUNNING, max_memory=100 * MIB)
    assert kind_of(instance, request) is ChangeKind.IN_PLACE
    assert kind_of(replace(instance, persistence=True), request) is ChangeKind.REPLACE


DAILY = BackupSchedule(Interval.ONE_DAY, keep=7, at="03:00")
SCHEDULED = an_instance(status=Status.RUNNING, backup_schedule=DAILY, next_backup_at="2026-01-04T03:01:00.000Z")


def test_a_schedule_begins_with_its_first_time_and_needs_nothing_of_redis() -> None:
    done = after(ChangeRequest(scheduling=Scheduling(DAILY)))
    expected = timestamp(first(DAILY, RUNNING.id, NOW))
    assert (done.backup_schedule, done.next_backup_at) == (DAILY, expected)
    assert (done.revision, done.change, kind_of(RUNNING, ChangeRequest(scheduling=Scheduling(DAILY)))) == (
        RUNNING.revision,
        None,
        None,
    )


def test_the_same_schedule_again_is_no_change() -> None:
    assert after(ChangeRequest(scheduling=Scheduling(DAILY)), SCHEDULED) == SCHEDULED


def test_who_keeps_more_does_not_wait_longer() -> None:
    done = after(ChangeRequest(scheduling=Scheduling(replace(DAILY, keep=9))), SCHEDULED)
    assert (done.backup_schedule, done.next_backup_at) == (replace(DAILY, keep=9), SCHEDULED.next_backup_at)


@pytest.mark.parametrize("schedule", [replace(DAILY, at="04:00"), BackupSchedule(Interval.ONE_HOUR, keep=7)], ids=str)
def test_another_time_or_interval_begins_anew(schedule: BackupSchedule) -> None:
    done = after(ChangeRequest(scheduling=Scheduling(schedule)), SCHEDULED)
    assert done.next_backup_at == timestamp(first(schedule, RUNNING.id, NOW))


def test_null_ends_the_schedule() -> None:
    done = after(ChangeRequest(scheduling=Scheduling(None)), SCHEDULED)
    assert (done.backup_schedule, done.next_backup_at) == (None, None)


def test_of_an_instance_that_failed_no_backup_is_ever_due() -> None:
    done = after(ChangeRequest(scheduling=Scheduling(DAILY)), an_instance(status=Status.ERROR))
    assert (done.backup_schedule, done.next_backup_at) == (DAILY, None)


def test_an_hourly_schedule_has_no_time_of_day() -> None:
    with pytest.raises(InvalidRequest, match="has no time of day"):
        after(ChangeRequest(scheduling=Scheduling(BackupSchedule(Interval.SIX_HOURS, keep=1, at="03:00"))))


@pytest.mark.parametrize(
    ("schedule", "wanted"),
    [
        (None, ["ROLE_TOO_LOW"]),
        (replace(DAILY, keep=6), ["ROLE_TOO_LOW"]),
        (replace(DAILY, keep=8), []),
        (replace(DAILY, every=Interval.TWO_DAYS), []),
    ],
    ids=str,
)
def test_who_may_not_delete_may_not_give_up_backups(schedule: BackupSchedule | None, wanted: list[str]) -> None:
    request = ChangeRequest(scheduling=Scheduling(schedule))
    assert codes(request, SCHEDULED) == wanted
    assert codes(request, SCHEDULED, Role.ADMIN) == []


def test_a_developer_sets_a_schedule_where_there_is_none() -> None:
    assert codes(ChangeRequest(scheduling=Scheduling(DAILY))) == []
