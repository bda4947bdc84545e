"""What becomes of what is pending for an instance: each rule gives the instance as it is to be stored.

    required ──▶ pending ── its start has come, or its owner asks ──▶ a change with its reason
                  ▲   ▲                                                 │            │
                  │   └── put off: by its owner, or because it         failed   another task serves:
                  │       cannot be now                                 │        it is done
                  └──────────── in the next window ◀────────────────────┘

Nothing notes that it has begun or is done: the instance's change says the one, its serving task the other. So a task
that was replaced for another reason is maintained too.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.instances.maintenance import latest_start, planned, window_of
from swiftcache.instances.model import Instance
from swiftcache.instances.pending_maintenance import PendingMaintenance
from swiftcache.instances.status import Status
from swiftcache.platform.errors import MaintenanceNotDeferrable
from swiftcache.platform.timestamps import timestamp

BUSY = timedelta(minutes=5)
"""After this it is tried again with an instance that is changed, recovered or backed up for the last time."""

AGAIN = timedelta(hours=1)
"""After this what has failed is tried again when no window is left before its deadline."""


def pending_of(instance: Instance, reason: ChangeReason) -> PendingMaintenance | None:
    return next((one for one in instance.maintenance if one.reason is reason), None)


def is_under_way(instance: Instance, one: PendingMaintenance) -> bool:
    return instance.change is not None and instance.changing and instance.change.reason is one.reason


def required(
    instance: Instance, reason: ChangeReason, not_before: datetime, deadline: datetime, now: datetime
) -> Instance:
    """With this pending: the same if it is already, or if nothing serves. Of two deadlines the earlier counts."""
    if instance.status is not Status.RUNNING or instance.endpoint is None:
        return instance
    found, due = pending_of(instance, reason), timestamp(deadline)
    if found is not None and found.deadline <= due:
        return instance
    window = window_of(instance)
    if found is None:
        last = instance.change.id if instance.change else None
        found = PendingMaintenance(reason, timestamp(not_before), due, due, instance.endpoint.task, tried=last)
    return _with(instance, planned(replace(found, deadline=due), window, now))


def deferred(instance: Instance, one: PendingMaintenance, now: datetime) -> Instance:
    """In the window after the one in which it would begin. Raises MaintenanceNotDeferrable."""
    window = window_of(instance)
    later, latest = window.next_opening(max(datetime.fromisoformat(one.starts_at), now)), latest_start(one.deadline)
    if later > latest:
        raise MaintenanceNotDeferrable(
            f"the next window opens at {timestamp(later)}, and it must begin by {timestamp(latest)}, a day before its "
            "deadline; have it done now at a time that suits you, or PATCH maintenanceWindow"
        )
    return _with(instance, planned(replace(one, not_before=timestamp(later), at_once=False), window, now))


def requested(instance: Instance, one: PendingMaintenance, now: datetime) -> Instance:
    """To be done at once, whatever the window."""
    return _with(instance, replace(one, starts_at=timestamp(now), at_once=True))


def withdrawn(instance: Instance, reason: ChangeReason) -> Instance:
    """Without this, unless it has begun: then it comes to its end."""
    one = pending_of(instance, reason)
    if one is None or is_under_way(instance, one):
        return instance
    others = tuple(other for other in instance.pending_maintenance if other.reason is not reason)
    return replace(instance, pending_maintenance=others)


def busy(instance: Instance, one: PendingMaintenance, now: datetime) -> Instance:
    """A little later: it cannot be now."""
    later = now + BUSY
    if one.at_once:
        return _with(instance, replace(one, starts_at=timestamp(later)))
    return _with(instance, planned(replace(one, not_before=timestamp(later)), window_of(instance), now))


def tidied(instance: Instance, now: datetime) -> Instance:
    """Without what is done; what has failed, or has not had its turn before its window closed, is in the next one."""
    return replace(instance, pending_maintenance=tuple(_moved(instance, one, now) for one in instance.maintenance))


def failure_of(instance: Instance, one: PendingMaintenance) -> str | None:
    """Why it failed, for people's programs; None if it did not, or is planned anew since."""
    change = instance.change
    if change is None or change.reason is not one.reason or change.id == one.tried:
        return None
    return change.failure.code if change.status is ChangeStatus.FAILED and change.failure else None


def _moved(instance: Instance, one: PendingMaintenance, now: datetime) -> PendingMaintenance:
    window = window_of(instance)
    if instance.change is not None and failure_of(instance, one):
        later = window.next_opening(now)
        if later > latest_start(one.deadline):
            later = now + AGAIN
        again = replace(one, not_before=timestamp(later), at_once=False, tried=instance.change.id)
        return planned(again, window, now)
    if is_under_way(instance, one) or one.starts_at > timestamp(now):
        return one
    moved = planned(one, window, now)
    return moved if moved.starts_at > timestamp(now) else one


def _with(instance: Instance, one: PendingMaintenance) -> Instance:
    others = [other for other in instance.maintenance if other.reason is not one.reason]
    return replace(instance, pending_maintenance=(*others, one))
