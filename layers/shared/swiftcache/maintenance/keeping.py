"""The keeper of maintenance: begins what is due, the most urgent first, and as many at a time as AWS's quotas allow.

Each pass begins from the record, and two may run at once: then a few more may be under way. One instance's trouble does
not keep the others waiting.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from swiftcache.changes.ports import Replacements
from swiftcache.instances.model import Instance
from swiftcache.instances.pending_maintenance import PendingMaintenance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.maintenance.model import busy, failure_of, is_under_way, pending_of, tidied
from swiftcache.maintenance.ports import DueMaintenance, MaintenanceRecord
from swiftcache.maintenance.telling import scheduled
from swiftcache.platform.errors import (
    ChangeInProgress,
    FinalBackupInProgress,
    IllegalTransition,
    NotFound,
    RecordChanged,
    RecoveryInProgress,
    RedisUnreachable,
)
from swiftcache.platform.timestamps import timestamp

AT_ONCE = 20
"""Replacements under way. One with a volume registers a task definition: 20 at once, then one a second, for the whole
account. What owners ask for at once comes on top of these."""

LOOKED_AT = 500
"""Instances that a pass looks at because something is due."""


@dataclass(slots=True)
class MaintenancePass:
    """What a pass has done, by the ids of instances. `errors` are why some have to wait for the next one.

    `overdue` is how many wait although their deadline is over.
    """

    begun: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class MaintenanceKeeper:
    """`now` gives the time with its zone."""

    record: MaintenanceRecord
    instances: Instances
    replacements: Replacements
    now: Callable[[], datetime]

    def run(self, request_id: str, end: datetime) -> MaintenancePass:
        """One pass, which begins nothing after `end`. `request_id` is that of the replacements which it begins.

        Raises DependencyUnavailable if it cannot be read what is due; the next pass does the rest.
        """
        result = MaintenancePass()
        seen = self._look_at_all(self.record.due(timestamp(self.now()), LOOKED_AT), request_id, result)
        at = timestamp(self.now())
        result.overdue = sum(any(one.deadline < at for one in instance.maintenance) for instance in seen)
        under_way = sum(_is_under_way(instance) for instance in seen)
        for instance, one in _waiting(seen, at):
            if self.now() > end:
                break
            if (under_way < AT_ONCE or one.at_once) and self._begin(instance, one, request_id, result):
                under_way += 1
        return result

    def _look_at_all(
        self, due: Sequence[DueMaintenance], request_id: str, result: MaintenancePass
    ) -> Sequence[Instance]:
        seen = []
        for one in due:
            try:
                instance = self._look(one, request_id, result)
            except RecordChanged:
                continue  # its owner, or another pass, was faster
            except Exception as error:
                result.errors[one.instance_id] = error
                continue
            if instance is not None:
                seen.append(instance)
        return seen

    def _look(self, due: DueMaintenance, request_id: str, result: MaintenancePass) -> Instance | None:
        """The instance as it is then stored; None if there is nothing to be done any more."""
        instance, now = self.instances.get(due.organization_id, due.instance_id), self.now()
        if instance is None or instance.status is not Status.RUNNING or not instance.pending_maintenance:
            self.record.forget(due)
            return None
        after = tidied(instance, now)
        if after == instance:
            return instance
        failed = next((one for one in instance.maintenance if failure_of(instance, one)), None)
        again = pending_of(after, failed.reason) if failed else None
        if failed is None or again is None:
            self.record.store(instance, after, None)
            return after
        told = scheduled(instance, again, request_id, now, failure_of(instance, failed))
        self.record.store(instance, after, told)
        result.failed.append(instance.id)
        return after

    def _begin(self, instance: Instance, one: PendingMaintenance, request_id: str, result: MaintenancePass) -> bool:
        try:
            self.replacements.begin(instance.organization_id, instance.id, one.reason, request_id)
        except (ChangeInProgress, RecoveryInProgress, FinalBackupInProgress, RedisUnreachable):
            self._put_off(instance, one, result)
            return False
        except (NotFound, IllegalTransition):
            return False  # the next pass finds it gone
        except Exception as error:
            result.errors[instance.id] = error
            return False
        result.begun.append(instance.id)
        return True

    def _put_off(self, instance: Instance, one: PendingMaintenance, result: MaintenancePass) -> None:
        try:
            self.record.store(instance, busy(instance, one, self.now()), None)
        except RecordChanged:
            return
        except Exception as error:
            result.errors[instance.id] = error
            return
        result.busy.append(instance.id)


def _is_under_way(instance: Instance) -> bool:
    return any(is_under_way(instance, one) for one in instance.maintenance)


def _waiting(seen: Sequence[Instance], at: str) -> list[tuple[Instance, PendingMaintenance]]:
    """Of each that can begin the most urgent of what is due: one replacement is enough for all."""
    found = []
    for instance in seen:
        due = [one for one in instance.maintenance if one.starts_at <= at]
        if due and not _is_under_way(instance):
            found.append((instance, min(due, key=_urgency)))
    return sorted(found, key=lambda pair: _urgency(pair[1]))


def _urgency(one: PendingMaintenance) -> tuple[bool, str]:
    return not one.at_once, one.deadline
