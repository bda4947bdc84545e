"""When what is pending for an instance begins."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from swiftcache.instances.maintenance_window import MaintenanceWindow, default_window
from swiftcache.instances.model import Instance
from swiftcache.instances.pending_maintenance import PendingMaintenance
from swiftcache.platform.timestamps import timestamp

AHEAD = timedelta(hours=24)
"""So long before its deadline it begins, whatever the window: what fails then can be tried again and again."""


def window_of(instance: Instance) -> MaintenanceWindow:
    return instance.maintenance_window or default_window(instance.region, instance.id)


def latest_start(deadline: str) -> datetime:
    return datetime.fromisoformat(deadline) - AHEAD


def start(window: MaintenanceWindow, not_before: datetime, deadline: str, now: datetime) -> datetime:
    """In the first window from then on, at once if it is open; before it where that would be too late."""
    earliest = max(not_before, now)
    planned = max(window.opening(earliest), earliest)
    return min(planned, max(latest_start(deadline), earliest))


def planned(one: PendingMaintenance, window: MaintenanceWindow, now: datetime) -> PendingMaintenance:
    """The same, with the start that follows from all else. What its owner has asked for stays."""
    if one.at_once:
        return one
    begins = start(window, datetime.fromisoformat(one.not_before), one.deadline, now)
    return replace(one, starts_at=timestamp(begins))


def replanned(
    pending: Sequence[PendingMaintenance], window: MaintenanceWindow, now: datetime
) -> tuple[PendingMaintenance, ...]:
    """The same in another window."""
    return tuple(planned(one, window, now) for one in pending)
