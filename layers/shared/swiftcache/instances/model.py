"""An instance: what the service knows of one managed Redis."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from swiftcache.access.identity import Actor
from swiftcache.engines.model import EngineName
from swiftcache.instances.allowed_networks import AllowedNetworks, OwnGroup, networks_of
from swiftcache.instances.backup_schedule import BackupSchedule, first
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.change import Change, ChangeKind, ChangeReason, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.failure import Failure
from swiftcache.instances.final_backup import FinalBackup
from swiftcache.instances.key import KEY_RULES, InstanceKey
from swiftcache.instances.maintenance_window import MaintenanceWindow
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.pending_maintenance import PendingMaintenance
from swiftcache.instances.recovery_state import Recovery, RecoveryStatus
from swiftcache.instances.restore import Restore, RestoreRequest
from swiftcache.instances.settings import DEFAULT_SETTINGS, Settings, Value
from swiftcache.instances.silence import Silence
from swiftcache.instances.sizes import MAX_MEMORY, MIB, MIN_MEMORY
from swiftcache.instances.status import Reason, Status
from swiftcache.platform.errors import InvalidRequest
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id, new_instance_key, sha256

REDIS_PORT = 6379


@dataclass(frozen=True, slots=True)
class Region:
    """A region as the public API names it. `flag` is an emoji."""

    region: str
    region_name: str
    flag: str
    available: bool


REGIONS = (Region("eu-central", "Europe (Frankfurt)", "🇩🇪", available=True),)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a task listens: its address for clients, which may change, and the port for clients.

    `task` is its ARN, and `folder` that of its data on the instance's volume: empty if there is no volume.
    """

    address: str
    port: int
    task: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Instance:
    """`max_memory` in bytes; times are RFC 3339 in UTC; `hostname` and `port` are None until RUNNING.

    `dns_name` is fixed when it is made, under the domain of that day, and `hostname` is the same once its owner is told
    it. None: it was made before its name was kept.

    `request_id` is that of the request which asked for the present status. `revision` is raised by each change of
    what Redis is configured from (keys, memory, policy, settings), and `applied_revision` is what the running Redis
    has. `endpoint` is the serving task's, `standby` the other's: that of a task which is to take over, or has been
    taken over from. `recovery` is the replacement of a task that died. `deleted_by` asked for the deletion.
    `control_password_at` is when our own password was last renewed. `configuration_runs` are those at work on it
    (configuration/model.py). `claimed`: its first task comes from the warm pool (pool/model.py).
    `silence` is that of a task which did not answer when it was last looked at.
    `key_rules` is the edition of what keys may do that the running Redis has; 1 is that of before they were counted.
    `generation` is 0 in its first life, and else the time of its undeletion in milliseconds: what is done in one life
    must not touch another. `final_backup` is what its deletion waits for, or waited for the last time.
    `shared_definition`, for life: its tasks are of their size's definition. Otherwise of one of its own, for it has a
    volume, was made from a backup, or is older than those of the sizes. `restore` is the backup that it was made from.
    `next_backup_at` is when its schedule's next backup is due: None without one, and once it is ERROR or DELETING.
    `recover_from_backup`: when its task dies, the next begins with its latest backup; only without persistence.
    `own_definitions`: there are some that such recoveries have registered, beside the one of its size.
    `maintenance_window` None: the default one (instances/maintenance_window.py). `pending_maintenance` may have what is
    done since: `maintenance` has not.
    `backup_id` is the last backup that was begun of it, whatever has become of that: whoever begins one changes it, so
    that of two at once one finds that it has changed. `engine` is what its tasks run, and `observed` what was last seen
    of one of them. `end_of_life_told` is the line, as `redis 7.2`, of whose end its owner was last told.
    `allowed_networks` None: its stack's, for life. Otherwise its tasks have a security group of their own from the
    first on: `own_group`, and `group_lease` is until when a run is at work on that (networks/service.py).
    """

    id: str
    organization_id: str
    name: str
    status: Status
    max_memory: int
    region: str
    eviction_policy: EvictionPolicy
    created_at: str
    changed_at: str
    reason: str
    request_id: str
    keys: tuple[InstanceKey, ...]
    dns_name: str | None = None
    hostname: str | None = None
    port: int | None = None
    failure: Failure | None = None
    persistence: bool = False
    deletion_protection: bool = False
    expires_at: str | None = None
    revision: int = 1
    applied_revision: int = 0
    change: Change | None = None
    endpoint: Endpoint | None = None
    standby: Endpoint | None = None
    recovery: Recovery | None = None
    configuration_runs: frozenset[str] = frozenset()
    deleted_by: Actor | None = None
    control_password_at: str | None = None
    claimed: bool = False
    shared_definition: bool = False
    settings: Settings = DEFAULT_SETTINGS
    key_rules: int = 1
    silence: Silence | None = None
    generation: int = 0
    backup_schedule: BackupSchedule | None = None
    next_backup_at: str | None = None
    restore: Restore | None = None
    final_backup: FinalBackup | None = None
    recover_from_backup: bool = False
    own_definitions: bool = False
    backup_id: str | None = None
    engine: EngineName = EngineName.REDIS
    observed: ObservedTask | None = None
    maintenance_window: MaintenanceWindow | None = None
    pending_maintenance: tuple[PendingMaintenance, ...] = ()
    end_of_life_told: str | None = None
    allowed_networks: AllowedNetworks | None = None
    own_group: OwnGroup | None = None
    group_lease: str | None = None

    @property
    def networks_in_force(self) -> bool:
        """Whether its group lets in the networks that it is to, and nobody is connected from elsewhere any more."""
        if self.allowed_networks is None:
            return True
        return self.own_group is not None and self.own_group.revision == self.allowed_networks.revision

    @property
    def serves(self) -> Certificate | None:
        """The certificate of the serving task. None as long as that was not seen, or does not serve."""
        seen = self._seen_serving
        return seen.certificate if seen and self.status is Status.RUNNING else None

    @property
    def version(self) -> str | None:
        """That of the serving task, as it has told itself; None until it was asked."""
        return self._seen_serving.version if self._seen_serving else None

    @property
    def _seen_serving(self) -> ObservedTask | None:
        """What was seen of the serving task, not of one before it."""
        if self.observed is None or self.endpoint is None:
            return None
        return self.observed if self.observed.task == self.endpoint.task else None

    @property
    def maintenance(self) -> tuple[PendingMaintenance, ...]:
        """What is to be done to the task that serves."""
        if self.status is not Status.RUNNING or self.endpoint is None:
            return ()
        return tuple(one for one in self.pending_maintenance if one.task == self.endpoint.task)

    @property
    def may_go_back(self) -> bool:
        """Whether its next task may have an earlier image than the one that serves: the operator has said so."""
        return any(one.reason is ChangeReason.ROLLBACK for one in self.maintenance)

    @property
    def silent_since(self) -> str | None:
        """Since when the serving task has not answered; None if it does, or is being replaced."""
        if self.silence is None or self.endpoint is None or self.recovering:
            return None
        return self.silence.since if self.silence.task == self.endpoint.task else None

    @property
    def changing(self) -> bool:
        """Whether a change of configuration is under way."""
        return self.change is not None and self.change.status is ChangeStatus.IN_PROGRESS

    @property
    def recovering(self) -> bool:
        """Whether its task has died, and another is not yet there."""
        return self.recovery is not None and self.recovery.status is RecoveryStatus.IN_PROGRESS

    @property
    def awaits_final_backup(self) -> bool:
        """Whether it is to be deleted as soon as there is a backup. It may have failed meanwhile."""
        if self.status not in (Status.RUNNING, Status.ERROR):
            return False
        return self.final_backup is not None and self.final_backup.failure is None

    @property
    def is_to_resume(self) -> bool:
        """Whether its writes are paused, or may be, for a final backup that failed."""
        if self.status is not Status.RUNNING or self.final_backup is None or self.final_backup.failure is None:
            return False
        return self.endpoint is not None and self.final_backup.task == self.endpoint.task

    @property
    def member(self) -> Endpoint | None:
        """The task of the warm pool that its creation takes over. None if the creation begins with nothing."""
        return self.endpoint if self.claimed else None

    @property
    def reserved_memory(self) -> int:
        """What it takes of its organization's limit, in bytes: while a new task takes over, the larger of both."""
        if self.change and self.change.kind is ChangeKind.REPLACE and self.changing:
            return max(self.max_memory, self.change.max_memory)
        return self.max_memory

    @property
    def max_memory_mb(self) -> int:
        """`max_memory` in MB of 1024 × 1024 bytes, rounded down, as the public API shows it."""
        return self.max_memory // MIB


@dataclass(frozen=True, slots=True)
class NewInstance:
    """What a customer asks for. `max_memory` in bytes; `settings` by Redis's names, None of them for the default.

    `engine` None: the default, or the backup's that it is made from. `version` is a line, `7.2`, or one exactly.
    `allowed_cidrs` are the networks that may reach it; none is those of its stack.
    """

    organization_id: str
    name: str
    max_memory: int
    region: str
    eviction_policy: EvictionPolicy = EvictionPolicy.ALLKEYS_LRU
    persistence: bool = False
    deletion_protection: bool = False
    expires_at: str | None = None
    settings: Mapping[str, Value | None] = field(default_factory=dict)
    backup_schedule: BackupSchedule | None = None
    restore: RestoreRequest | None = None
    recover_from_backup: bool = False
    maintenance_window: MaintenanceWindow | None = None
    engine: EngineName | None = None
    version: str | None = None
    allowed_cidrs: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises InvalidRequest for what the contract's types cannot tell."""
        check_memory(self.max_memory)
        offered = [region.region for region in REGIONS if region.available]
        if self.region not in offered:
            raise InvalidRequest(f"region must be one of {', '.join(offered)}", "/region")
        if self.backup_schedule is not None:
            self.backup_schedule.check()
        check_recovery(self.recover_from_backup, self.persistence)
        networks_of(self.allowed_cidrs)


@dataclass(frozen=True, slots=True)
class Restoring:
    """What is to be made from a backup: `new` with what was left out, and the keys that it takes over."""

    new: NewInstance
    restore: Restore
    keys: tuple[InstanceKey, ...] = ()


def create(
    new: NewInstance, request_id: str, at: datetime, domain: str, restoring: Restoring | None = None
) -> tuple[Instance, InstanceKey, str]:
    """The new instance, its first key, and that key in plain: the only time it is known. Raises InvalidRequest.

    `domain` is the one under which new instances get their names.
    """
    new = restoring.new if restoring else new
    new.check()
    created_at = timestamp(at, "seconds")
    plain_key = new_instance_key()
    key = InstanceKey(new_id("key"), f"{new.name}-default", sha256(plain_key), created_at)
    instance_id = new_id("inst")
    instance = Instance(
        id=instance_id,
        organization_id=new.organization_id,
        name=new.name,
        status=Status.PROVISIONING,
        max_memory=new.max_memory,
        region=new.region,
        eviction_policy=new.eviction_policy,
        created_at=created_at,
        changed_at=timestamp(at),
        reason=Reason.CREATED,
        request_id=request_id,
        # Another instance's keys get other ids: each is a user's name, and stands in the audit log.
        keys=(key, *(replace(old, id=new_id("key")) for old in (restoring.keys if restoring else ()))),
        dns_name=hostname_of(instance_id, domain),
        persistence=new.persistence,
        deletion_protection=new.deletion_protection,
        expires_at=new.expires_at,
        shared_definition=not (new.persistence or restoring),
        settings=DEFAULT_SETTINGS.changed(new.settings),
        key_rules=KEY_RULES,
        backup_schedule=new.backup_schedule,
        next_backup_at=first_backup_at(new.backup_schedule, instance_id, at),
        restore=restoring.restore if restoring else None,
        recover_from_backup=new.recover_from_backup,
        maintenance_window=new.maintenance_window,
        engine=new.engine or EngineName.REDIS,
        allowed_networks=AllowedNetworks(networks_of(new.allowed_cidrs)) if new.allowed_cidrs else None,
    )
    return instance, key, plain_key


def first_backup_at(schedule: BackupSchedule | None, instance_id: str, now: datetime) -> str | None:
    """When a schedule that begins now has its first backup due."""
    return None if schedule is None else timestamp(first(schedule, instance_id, now))


def check_recovery(recover_from_backup: bool, persistence: bool) -> None:
    """Raises InvalidRequest for what has its data on a volume, and would be set back by a backup."""
    if recover_from_backup and persistence:
        raise InvalidRequest(
            "an instance with persistence is recovered with the data of its volume, which are newer than any backup: "
            "recoverFromBackup is for one without",
            "/recoverFromBackup",
        )


def check_memory(max_memory: int) -> None:
    """Raises InvalidRequest for what no instance can have. `max_memory` in bytes."""
    if not MIN_MEMORY <= max_memory <= MAX_MEMORY:
        raise InvalidRequest(
            f"maxMemory is in bytes, from {MIN_MEMORY} (10 MB) to {MAX_MEMORY} (4 GB); this is {max_memory}",
            "/maxMemory",
        )


_ID = re.compile(r"inst_[a-z0-9]{1,64}")


def is_instance_id(text: str) -> bool:
    """Whether this could be an instance's id. What could not need not be looked up."""
    return _ID.fullmatch(text) is not None


_SUFFIX = ".redis."


def hostname_of(instance_id: str, domain: str) -> str:
    """`<label>.redis.<domain>`: what an instance is called that is made while new ones go under this domain."""
    return f"{instance_id.removeprefix('inst_')}{_SUFFIX}{domain}"


def dns_name_of(instance: Instance, domain: str) -> str:
    """The name of its record in the zone, made or not. `domain`, the present one, is for what was made before its name
    was kept, and has never run."""
    return instance.dns_name or instance.hostname or hostname_of(instance.id, domain)


def domain_of(dns_name: str) -> str:
    """The domain under which an instance of this name was made."""
    return dns_name.partition(_SUFFIX)[2]
