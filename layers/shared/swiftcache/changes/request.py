"""What an owner wants to be different, and what would come of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from swiftcache.access.identity import Caller, Permission, least_role
from swiftcache.engines.model import EngineName, Offer
from swiftcache.engines.upgrades import no_way
from swiftcache.instances.allowed_networks import AllowedNetworks, networks_of
from swiftcache.instances.backup_schedule import BackupSchedule
from swiftcache.instances.capacity import Capacity
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.expiry import check_unprotected, expiry
from swiftcache.instances.maintenance import replanned, window_of
from swiftcache.instances.maintenance_window import MaintenanceWindow
from swiftcache.instances.model import Instance, check_memory, check_recovery, first_backup_at
from swiftcache.instances.settings import Value
from swiftcache.instances.sizes import task_size
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    AllowedCidrsNotPossible,
    ChangeInProgress,
    FinalBackupInProgress,
    IllegalTransition,
    MemoryInUse,
    NotAllowed,
    RecoveryInProgress,
    SwiftCacheError,
    UpgradeNotPossible,
)
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id


@dataclass(frozen=True, slots=True)
class Expiry:
    """`at` is RFC 3339 with a zone; None is never."""

    at: str | None


@dataclass(frozen=True, slots=True)
class Scheduling:
    """None is no backups by themselves."""

    schedule: BackupSchedule | None


@dataclass(frozen=True, slots=True)
class Windowing:
    """None is the default one."""

    window: MaintenanceWindow | None


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """None is left as it is. `max_memory` in bytes; `allow_eviction` lets go of data that will not fit.

    `settings` are those to be changed, by Redis's names; there None is the default. `target` is what `engine` and
    `version` come to, once that was looked up; None if the instance runs it already.
    """

    name: str | None = None
    max_memory: int | None = None
    eviction_policy: EvictionPolicy | None = None
    deletion_protection: bool | None = None
    expiry: Expiry | None = None
    allow_eviction: bool = False
    settings: Mapping[str, Value | None] = field(default_factory=dict)
    scheduling: Scheduling | None = None
    recover_from_backup: bool | None = None
    engine: EngineName | None = None
    version: str | None = None
    target: Offer | None = None
    windowing: Windowing | None = None
    allowed_cidrs: tuple[str, ...] | None = None


def kind_of(before: Instance, request: ChangeRequest) -> ChangeKind | None:
    """How memory, policy, settings and engine would be changed; None if they are to stay. Raises InvalidRequest."""
    if request.target is not None:
        return ChangeKind.REPLACE
    wanted = _capacity(before, request)
    if wanted == Capacity(before.max_memory, before.eviction_policy, before.settings):
        return None
    same_task = task_size(wanted.max_memory, before.persistence) == task_size(before.max_memory, before.persistence)
    return ChangeKind.IN_PLACE if same_task else ChangeKind.REPLACE


def shrinks(before: Instance, request: ChangeRequest) -> bool:
    """Whether it is to have less memory, so that what is in use matters."""
    return request.max_memory is not None and request.max_memory < before.max_memory


def changed(before: Instance, request: ChangeRequest, request_id: str, now: datetime) -> Instance:
    """The instance as it is to be stored; `before` itself if nothing is different. Raises InvalidRequest."""
    after = replace(
        before,
        name=before.name if request.name is None else request.name,
        deletion_protection=(
            before.deletion_protection if request.deletion_protection is None else request.deletion_protection
        ),
        expires_at=_expires_at(before, request, now),
        recover_from_backup=(
            before.recover_from_backup if request.recover_from_backup is None else request.recover_from_backup
        ),
    )
    check_recovery(after.recover_from_backup, after.persistence)
    after = _reached_from(_windowed(_scheduled(after, request, now), request, now), request)
    check_unprotected(after.deletion_protection, after.expires_at)
    wanted = _capacity(before, request)
    check_memory(wanted.max_memory)
    kind = kind_of(before, request)
    if kind is None:
        return after
    change = Change(
        id=new_id("chg"),
        kind=kind,
        status=ChangeStatus.IN_PROGRESS,
        max_memory=wanted.max_memory,
        eviction_policy=wanted.eviction_policy,
        started_at=timestamp(now),
        request_id=request_id,
        settings=wanted.settings,
        engine=request.target.engine if request.target else None,
        version=request.target.version if request.target else None,
    )
    if kind is ChangeKind.REPLACE:
        # The instance has its new size when the new task has taken over.
        return replace(after, change=change)
    return replace(
        after,
        change=change,
        max_memory=wanted.max_memory,
        eviction_policy=wanted.eviction_policy,
        settings=wanted.settings,
        revision=before.revision + 1,
    )


def obstacles(
    before: Instance, after: Instance, request: ChangeRequest, caller: Caller, used_memory: int | None
) -> Iterator[SwiftCacheError]:
    """Why this caller cannot have it now. `used_memory` in bytes; None if it does not matter or is not known."""
    ends = before.expires_at != after.expires_at or (before.deletion_protection and not after.deletion_protection)
    if ends and not caller.may(Permission.DELETE):
        yield NotAllowed(
            "expiresAt and the end of deletionProtection can end the instance: they need the role "
            f"{least_role(Permission.DELETE)}; your account key has the role {caller.role}"
        )
    if _keeps_less(before, after) and not caller.may(Permission.DELETE):
        yield NotAllowed(
            "the end of backupSchedule, or a smaller keep, gives up backups: it needs the role "
            f"{least_role(Permission.DELETE)}; your account key has the role {caller.role}"
        )
    if after != before and before.status is Status.DELETING:
        yield IllegalTransition(f"{before.id} is DELETING: it cannot be changed any more", before.status)
    yield from _obstacles_to_networks(before, after, request)
    kind = kind_of(before, request)
    if kind is None:
        return
    yield from obstacles_to(kind, before)
    if request.target is not None and (why := no_way(before.engine, before.version, request.target)):
        yield UpgradeNotPossible(why)
    wanted = _capacity(before, request)
    if used_memory is not None and used_memory > wanted.max_memory:
        yield from _not_fitting(request, wanted.eviction_policy, used_memory, wanted.max_memory)


def obstacles_to(kind: ChangeKind, before: Instance) -> Iterator[SwiftCacheError]:
    """Why no change of this kind can be made now, whatever it leads to."""
    if before.status is not Status.RUNNING:
        yield IllegalTransition(
            f"{before.id} is {before.status}; memory, policy, settings, engine and task of a RUNNING instance can be "
            "changed",
            before.status,
        )
    if before.change and before.changing:
        yield ChangeInProgress(f"the change {before.change.id} is under way; wait for its end")
    if before.recovering and kind is ChangeKind.REPLACE:
        yield RecoveryInProgress(
            "the task has died and is being replaced; a change that needs another task can be made once that is done"
        )
    if kind is ChangeKind.REPLACE and _keeps_its_task(before):
        yield FinalBackupInProgress(
            "a final backup is taken, or has just failed; a change that needs another task can be made after that"
        )


def _keeps_its_task(before: Instance) -> bool:
    """Whether its writes are paused, or a run may be about to resume them: a new task needs them paused for itself."""
    return before.awaits_final_backup or before.is_to_resume


def _not_fitting(
    request: ChangeRequest, policy: EvictionPolicy, used_memory: int, max_memory: int
) -> Iterator[MemoryInUse]:
    figures = f"{used_memory} bytes are in use, and {max_memory} would be all there is"
    if policy is EvictionPolicy.NOEVICTION:
        yield MemoryInUse(f"{figures}; delete data first, or choose a policy that evicts")
    elif not request.allow_eviction:
        yield MemoryInUse(f"{figures}; send allowEviction: true to let {policy} evict the rest, or delete data first")


def _scheduled(before: Instance, request: ChangeRequest, now: datetime) -> Instance:
    """With the schedule that is wanted. Who only keeps more or fewer does not wait longer for the next."""
    if request.scheduling is None or request.scheduling.schedule == before.backup_schedule:
        return before
    old, new = before.backup_schedule, request.scheduling.schedule
    if new is not None:
        new.check()
    after = replace(before, backup_schedule=new)
    if old and new and (old.every, old.at) == (new.every, new.at):
        return after
    runs = before.status in (Status.PROVISIONING, Status.RUNNING)
    return replace(after, next_backup_at=first_backup_at(new, before.id, now) if runs else None)


def _windowed(before: Instance, request: ChangeRequest, now: datetime) -> Instance:
    """With the window that is wanted, and what is pending moved into it."""
    if request.windowing is None or request.windowing.window == before.maintenance_window:
        return before
    after = replace(before, maintenance_window=request.windowing.window)
    return replace(after, pending_maintenance=replanned(before.pending_maintenance, window_of(after), now))


def _reached_from(before: Instance, request: ChangeRequest) -> Instance:
    """With the networks that are wanted, where they can be. Raises InvalidRequest."""
    if request.allowed_cidrs is None:
        return before
    cidrs, known = networks_of(request.allowed_cidrs), before.allowed_networks
    if known is None or known.cidrs == cidrs:
        return before
    return replace(before, allowed_networks=AllowedNetworks(cidrs, known.revision + 1))


def _obstacles_to_networks(before: Instance, after: Instance, request: ChangeRequest) -> Iterator[SwiftCacheError]:
    if request.allowed_cidrs is not None and before.allowed_networks is None:
        yield AllowedCidrsNotPossible(
            f"{before.id} was made without allowedCidrs, and its task cannot get another security group: its stack "
            "says who reaches it. In a stack with a private network, make another one with allowedCidrs, from a backup"
        )
    if after.allowed_networks != before.allowed_networks and before.status is not Status.RUNNING:
        yield IllegalTransition(
            f"{before.id} is {before.status}; allowedCidrs of a RUNNING instance can be changed", before.status
        )


def _keeps_less(before: Instance, after: Instance) -> bool:
    old, new = before.backup_schedule, after.backup_schedule
    return old is not None and (new is None or new.keep < old.keep)


def _capacity(before: Instance, request: ChangeRequest) -> Capacity:
    max_memory = before.max_memory if request.max_memory is None else request.max_memory
    policy = request.eviction_policy or before.eviction_policy
    return Capacity(max_memory, policy, before.settings.changed(request.settings))


def _expires_at(before: Instance, request: ChangeRequest, now: datetime) -> str | None:
    if request.expiry is None:
        return before.expires_at
    return None if request.expiry.at is None else expiry(request.expiry.at, now)
