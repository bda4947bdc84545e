"""Changing an instance, and saying beforehand what a change would do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.access.audit import Action, entry
from swiftcache.access.identity import Caller
from swiftcache.changes.request import ChangeRequest, changed, kind_of, obstacles, shrinks
from swiftcache.configuration.ports import ConfigurationStore, ConfigureTrigger
from swiftcache.engines.model import Offer, Offers
from swiftcache.engines.upgrades import target_of
from swiftcache.instances.backup_schedule import BackupSchedule
from swiftcache.instances.change import Change, ChangeKind
from swiftcache.instances.maintenance_window import MaintenanceWindow
from swiftcache.instances.model import Instance
from swiftcache.instances.ownership import own_instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.settings import NOTIFY, Settings
from swiftcache.instances.status import Status
from swiftcache.metrics.ports import Inspector
from swiftcache.networks.ports import NetworkTrigger
from swiftcache.platform.errors import DependencyUnavailable, SwiftCacheError
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.unit_of_work import already_applied


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What a request would do. `kind` is None if none of memory, policy, settings and networks would change.

    `target` is the engine and version that it would lead to, None if they stay. `used_memory` in bytes, None if it
    could not be read; `obstacles` are why it would be refused now.
    """

    before: Instance
    kind: ChangeKind | None
    max_memory: int
    target: Offer | None
    used_memory: int | None
    obstacles: tuple[SwiftCacheError, ...]


@dataclass(frozen=True, slots=True)
class ChangeService:
    """The use cases of the API. `now` gives the time with its zone."""

    instances: Instances
    configuration_store: ConfigurationStore
    configure_trigger: ConfigureTrigger
    network_trigger: NetworkTrigger
    inspector: Inspector
    offers: Offers
    now: Callable[[], datetime]

    def change(self, caller: Caller, instance_id: str, request: ChangeRequest) -> Instance:
        """All of it or nothing; the instance as it then is. What needs a new task is only begun: the instance tells.

        Raises NotFound, InvalidRequest, NotAllowed, IllegalTransition, ChangeInProgress, MemoryInUse,
        UpgradeNotPossible, AllowedCidrsNotPossible, LimitExceeded.
        """
        return retry_on_conflict(lambda: self._change(caller, instance_id, request))

    def plan(self, caller: Caller, instance_id: str, request: ChangeRequest) -> ChangePlan:
        """Changes nothing. Raises NotFound, InvalidRequest."""
        before = own_instance(self.instances, caller, instance_id)
        request = self._looked_up(before, request)
        after = changed(before, request, caller.request_id, self.now())
        kind = kind_of(before, request)
        used, unknown = None, []
        if kind and before.status is Status.RUNNING:
            try:
                used = self.inspector.inspect(before).used_memory
            except DependencyUnavailable as error:
                unknown = [error] if shrinks(before, request) else []
        max_memory = request.max_memory or before.max_memory
        found = (*unknown, *obstacles(before, after, request, caller, used))
        if kind is None and after.allowed_networks != before.allowed_networks:
            kind = ChangeKind.IN_PLACE
        return ChangePlan(before, kind, max_memory, request.target, used, found)

    def _looked_up(self, before: Instance, request: ChangeRequest) -> ChangeRequest:
        target = target_of(self.offers, before.engine, before.version, request.engine, request.version)
        return replace(request, target=target)

    def _change(self, caller: Caller, instance_id: str, request: ChangeRequest) -> Instance:
        before, now = own_instance(self.instances, caller, instance_id), self.now()
        if already_applied():
            return before
        request = self._looked_up(before, request)
        after = changed(before, request, caller.request_id, now)
        for obstacle in obstacles(before, after, request, caller, None):
            raise obstacle
        if after == before:
            return before
        if shrinks(before, request):
            used = self.inspector.inspect(before).used_memory
            for obstacle in obstacles(before, after, request, caller, used):
                raise obstacle
        audit = entry(caller, Action.INSTANCE_CHANGED, before.id, before.name, now)
        self.configuration_store.store(before, after, replace(audit, details=_differences(before, after)))
        if not self._follows_at_once(before, after, request):
            return after
        return self.instances.get(caller.organization_id, instance_id) or after

    def _follows_at_once(self, before: Instance, after: Instance, request: ChangeRequest) -> bool:
        """Has done what can be done in the running task. Whether there was any such thing."""
        limited = after.allowed_networks != before.allowed_networks
        if limited:
            self.network_trigger.control(before.organization_id, before.id)
        configured = kind_of(before, request) is ChangeKind.IN_PLACE
        if configured:
            self.configure_trigger.configure(before.organization_id, before.id)
        return limited or configured


def _changed_settings(before: Settings, after: Settings) -> Iterator[tuple[str, str, str]]:
    yield "notifyKeyspaceEvents", before.events, after.events
    names = sorted(dict({*before.chosen} ^ {*after.chosen}).keys() - {NOTIFY})
    old, new = (" ".join(f"{name}={settings.words[name]}" for name in names) for settings in (before, after))
    yield "settings", old, new


def _text(chosen: BackupSchedule | MaintenanceWindow | None) -> str | None:
    return chosen.text if chosen else None


def _cidrs(instance: Instance) -> str | None:
    return " ".join(instance.allowed_networks.cidrs) if instance.allowed_networks else None


def _differences(before: Instance, after: Instance) -> dict[str, str | int | bool | None]:
    """What the audit log tells: each field that is different, with its old and its new value."""
    found: dict[str, str | int | bool | None] = {}
    told: list[tuple[str, str | int | bool | None, str | int | bool | None]]
    goal: Change | Instance = after.change if after.change and after.change != before.change else after
    told = [
        ("name", before.name, after.name),
        ("deletionProtection", before.deletion_protection, after.deletion_protection),
        ("expiresAt", before.expires_at, after.expires_at),
        ("backupSchedule", _text(before.backup_schedule), _text(after.backup_schedule)),
        ("maintenanceWindow", _text(before.maintenance_window), _text(after.maintenance_window)),
        ("allowedCidrs", _cidrs(before), _cidrs(after)),
        ("recoverFromBackup", before.recover_from_backup, after.recover_from_backup),
        ("maxMemory", before.max_memory, goal.max_memory),
        ("evictionPolicy", before.eviction_policy.value, goal.eviction_policy.value),
        ("engine", before.engine.value, (goal.engine or before.engine).value),
        *_changed_settings(before.settings, before.settings if goal.settings is None else goal.settings),
    ]
    for name, old, new in told:
        if old != new:
            found |= {f"{name}From": old, f"{name}To": new}
    if isinstance(goal, Change):
        found["changeId"] = goal.id
        if goal.engine is not None:
            found |= {"versionFrom": before.version, "versionTo": goal.version}
    return found
