"""What owners do about the maintenance of their instances, and how it comes to be pending."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.audit import Action, entry
from swiftcache.access.identity import Caller
from swiftcache.changes.ports import Replacements
from swiftcache.changes.request import obstacles_to
from swiftcache.instances.change import ChangeKind, ChangeReason
from swiftcache.instances.model import Instance
from swiftcache.instances.ownership import own_instance
from swiftcache.instances.pending_maintenance import PendingMaintenance
from swiftcache.instances.ports import Instances
from swiftcache.maintenance.model import deferred, is_under_way, pending_of, requested, required, withdrawn
from swiftcache.maintenance.ports import MaintenanceRecord
from swiftcache.maintenance.telling import details, scheduled, withdrawal
from swiftcache.platform.errors import ChangeInProgress, Conflict, DependencyUnavailable, NotFound
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.unit_of_work import already_applied


@dataclass(frozen=True, slots=True)
class MaintenanceService:
    """`now` gives the time with its zone."""

    instances: Instances
    record: MaintenanceRecord
    replacements: Replacements
    now: Callable[[], datetime]

    def require(
        self,
        organization_id: str,
        instance_id: str,
        reason: ChangeReason,
        deadline: datetime,
        request_id: str,
        not_before: datetime | None = None,
    ) -> Instance | None:
        """Has the task that serves replaced by this deadline, and not before the other time; its owner is told.

        For whoever finds that something has to be done: what is pending already stays as it is, and may be required
        again. The instance as it then is; None if there is none. Nothing comes of it unless it is RUNNING.
        """
        return retry_on_conflict(
            lambda: self._require(organization_id, instance_id, reason, deadline, request_id, not_before)
        )

    def withdraw(
        self, organization_id: str, instance_id: str, reason: ChangeReason, request_id: str
    ) -> Instance | None:
        """Takes back what was required and has not begun; its owner is told. May be called again.

        The instance as it then is; None if there is none.
        """
        return retry_on_conflict(lambda: self._withdraw(organization_id, instance_id, reason, request_id))

    def begin_now(self, caller: Caller, instance_id: str, reason: ChangeReason | None) -> Instance:
        """At once, whatever the window. The instance, with the change that is under way, or will be in a minute.

        Raises NotFound if nothing of the kind is pending, ChangeInProgress, RecoveryInProgress, FinalBackupInProgress.
        """
        asked = retry_on_conflict(lambda: self._request(caller, instance_id, reason))
        # An earlier try of this request may have begun it.
        if reason is None or asked.changing or already_applied() or pending_of(asked, reason) is None:
            return asked
        # The keeper begins it otherwise: the record says that it is to be.
        with suppress(Conflict, NotFound, DependencyUnavailable):
            return self.replacements.begin(caller.organization_id, instance_id, reason, caller.request_id)
        return asked

    def defer(self, caller: Caller, instance_id: str, reason: ChangeReason | None) -> Instance:
        """Puts it off to the next window. Raises NotFound, ChangeInProgress, MaintenanceNotDeferrable."""
        return retry_on_conflict(lambda: self._defer(caller, instance_id, reason))

    def _require(
        self,
        organization_id: str,
        instance_id: str,
        reason: ChangeReason,
        deadline: datetime,
        request_id: str,
        not_before: datetime | None,
    ) -> Instance | None:
        before, now = self.instances.get(organization_id, instance_id), self.now()
        if before is None:
            return None
        after = required(before, reason, not_before or now, deadline, now)
        one = pending_of(after, reason)
        if after != before and one is not None:
            self.record.store(before, after, scheduled(before, one, request_id, now))
        return after

    def _withdraw(
        self, organization_id: str, instance_id: str, reason: ChangeReason, request_id: str
    ) -> Instance | None:
        before = self.instances.get(organization_id, instance_id)
        if before is None:
            return None
        one, after = pending_of(before, reason), withdrawn(before, reason)
        if after != before and one is not None:
            self.record.store(before, after, withdrawal(before, one, request_id, self.now()))
        return after

    def _request(self, caller: Caller, instance_id: str, reason: ChangeReason | None) -> Instance:
        before, now = own_instance(self.instances, caller, instance_id), self.now()
        if already_applied():
            self.record.store(before, before, None)  # is passed by, so that what follows is the second write
            return before
        one = _pending(before, reason)
        if one.at_once or is_under_way(before, one):
            return before
        for obstacle in obstacles_to(ChangeKind.REPLACE, before):
            raise obstacle
        return self._store(caller, before, requested(before, one, now), Action.INSTANCE_MAINTENANCE_REQUESTED, one, now)

    def _defer(self, caller: Caller, instance_id: str, reason: ChangeReason | None) -> Instance:
        before, now = own_instance(self.instances, caller, instance_id), self.now()
        if already_applied():
            return before
        one = _pending(before, reason)
        if before.change and is_under_way(before, one):
            raise ChangeInProgress(f"it has begun: the change {before.change.id} is under way")
        return self._store(caller, before, deferred(before, one, now), Action.INSTANCE_MAINTENANCE_DEFERRED, one, now)

    def _store(
        self, caller: Caller, before: Instance, after: Instance, action: Action, one: PendingMaintenance, now: datetime
    ) -> Instance:
        told = details(pending_of(after, one.reason) or one)
        self.record.store(before, after, entry(caller, action, before.id, before.name, now, **told))
        return after


def _pending(instance: Instance, reason: ChangeReason | None) -> PendingMaintenance:
    one = pending_of(instance, reason) if reason else None
    if one is None:
        raise NotFound(f"no such maintenance is pending for {instance.id}; pendingMaintenance has what is")
    return one
