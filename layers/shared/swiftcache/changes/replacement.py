"""Replacing the task of an instance by an equal one: for another image, another certificate, or another machine."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, System, entry, system_entry
from swiftcache.access.identity import Caller
from swiftcache.changes.request import obstacles_to
from swiftcache.configuration.ports import ConfigurationStore
from swiftcache.instances.change import Change, ChangeKind, ChangeReason, ChangeStatus
from swiftcache.instances.model import Instance
from swiftcache.instances.ownership import own_instance
from swiftcache.instances.ports import Instances
from swiftcache.platform.errors import NotFound, RedisUnreachable
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id
from swiftcache.platform.unit_of_work import already_applied


@dataclass(frozen=True, slots=True)
class ReplacementService:
    """Only the beginning is here, a write: the table's stream starts the workflow. `now` gives the time with its zone.

    It is what the port Replacements asks for.
    """

    instances: Instances
    configuration_store: ConfigurationStore
    now: Callable[[], datetime]

    def replace_task(self, caller: Caller, instance_id: str) -> Instance:
        """What the owner asks for. The instance, with the change that is now under way.

        Raises NotFound, IllegalTransition, ChangeInProgress, RecoveryInProgress, FinalBackupInProgress, and
        RedisUnreachable if it does not answer at the moment.
        """
        return retry_on_conflict(lambda: self._replace_task(caller, instance_id))

    def begin(self, organization_id: str, instance_id: str, reason: ChangeReason, request_id: str) -> Instance:
        """What the service does by itself: see the port."""
        return retry_on_conflict(lambda: self._begin(organization_id, instance_id, reason, request_id))

    def _replace_task(self, caller: Caller, instance_id: str) -> Instance:
        before = own_instance(self.instances, caller, instance_id)
        if already_applied():
            return before
        audit = entry(caller, Action.INSTANCE_REPLACING, before.id, before.name, self.now())
        return self._store(before, ChangeReason.OWNER, caller.request_id, audit)

    def _begin(self, organization_id: str, instance_id: str, reason: ChangeReason, request_id: str) -> Instance:
        before = self.instances.get(organization_id, instance_id)
        if before is None:
            raise NotFound(f"there is no instance {instance_id}")
        if before.change and (before.change.reason, before.change.request_id) == (reason, request_id):
            return before
        audit = system_entry(
            System.REPLACEMENT,
            Action.INSTANCE_REPLACING,
            *(organization_id, before.id, before.name, request_id, self.now()),
        )
        return self._store(before, reason, request_id, audit)

    def _store(self, before: Instance, reason: ChangeReason, request_id: str, audit: AuditEntry) -> Instance:
        for obstacle in obstacles_to(ChangeKind.REPLACE, before):
            raise obstacle
        if before.silent_since is not None:
            # Its change would only keep its recovery waiting.
            raise RedisUnreachable("Redis does not answer: nothing can be copied, and if it goes on it is recovered")
        change = Change(
            id=new_id("chg"),
            kind=ChangeKind.REPLACE,
            status=ChangeStatus.IN_PROGRESS,
            max_memory=before.max_memory,
            eviction_policy=before.eviction_policy,
            started_at=timestamp(self.now()),
            request_id=request_id,
            reason=reason,
        )
        after = replace(before, change=change)
        details = {"changeId": change.id, "reason": reason.value}
        self.configuration_store.store(before, after, replace(audit, details=details))
        return after
