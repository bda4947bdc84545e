"""A task that served has stopped: another is started in its place, with the same name, keys and configuration.

Whoever learns of it first begins the recovery; whoever learns of it later finds that it has begun. What follows is the
state machine's: these are its steps, and every one may run twice.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, System, system_entry
from swiftcache.instances.capacity import Capacity, capacity_in_force
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import FirstError, Instances, Target, Workflows
from swiftcache.instances.recovery_state import (
    NOT_LOADED,
    REFUSALS,
    Cause,
    Recovery,
    RecoveryStatus,
    back_off,
    is_hopeless,
    next_deaths,
)
from swiftcache.instances.sizes import TaskSize, task_size
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, InstanceSuperseded
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id
from swiftcache.recovery.ports import InstanceFinder, LostTask, Recoveries, Recovering, RecoveryWorkflow
from swiftcache.redis.acl import acl_file
from swiftcache.redis.control_passwords import NO_RESTORE
from swiftcache.redis.ports import Credentials
from swiftcache.redis.shared_definition import SharedDefinition, shared_definition

GIVEN_UP = "RecoveryGivenUp"
"""The error with which an execution ends that has seen to it that nothing is left."""

_STOPPED = "TaskStopped"
"""The error with which an execution ends whose task has stopped."""


@dataclass(frozen=True, slots=True)
class TaskWatch:
    """`now` gives the time with its zone."""

    finder: InstanceFinder
    instances: Instances
    recoveries: Recoveries
    workflow: RecoveryWorkflow
    now: Callable[[], datetime]

    def task_stopped(self, lost: LostTask) -> None:
        """Begins a recovery if the task was the one that served. Most that stop were told to, and cost one read."""
        found = self.finder.find(lost.instance_id)
        if found is None or found.status is Status.DELETING:
            return
        instance = self.instances.get(found.organization_id, found.id)
        if instance is not None:
            self.task_lost(instance, lost.task, lost.cause)

    def task_lost(self, instance: Instance, task: str, cause: Cause) -> bool:
        """Begins the recovery of an instance whose serving task, by its ARN, is no more. Whether it did.

        Does nothing if the instance is not RUNNING, another task serves, or it has begun already.
        """
        if instance.status is not Status.RUNNING or instance.recovering:
            return False
        if instance.endpoint is None or instance.endpoint.task != task:
            return False
        now = self.now()
        recovery = Recovery(
            id=new_id("rec"),
            status=RecoveryStatus.IN_PROGRESS,
            cause=cause,
            started_at=timestamp(now),
            deaths=next_deaths(instance.recovery, now),
        )
        entry = _entry(instance, recovery, Action.INSTANCE_RECOVERING, now)
        if not self.recoveries.begin(instance, task, recovery, entry):
            return False
        # Otherwise the table's stream starts it.
        with suppress(DependencyUnavailable):
            self.workflow.start(Recovering(instance.organization_id, instance.id, recovery.id))
        return True


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """What the workflow has to do. `wait` is in seconds, from the execution's start to that of a task.

    `hopeless`: give it up. `resizing`: another task may come to serve yet; ask again later. `size` is that of the task.
    `shared` is None while none is to be started, or if its tasks have a definition of their own. `from_backup`: it is
    still to be decided what the task begins with.
    """

    instance: Instance
    hostname: str
    capacity: Capacity
    size: TaskSize
    wait: int
    hopeless: bool
    resizing: bool
    shared: SharedDefinition | None
    from_backup: bool


@dataclass(frozen=True, slots=True)
class RecoverySteps:
    """The steps of the workflow. `now` gives the time with its zone."""

    instances: Instances
    recoveries: Recoveries
    credentials: Credentials
    now: Callable[[], datetime]

    def plan(self, recovering: Recovering, last_error: str) -> RecoveryPlan:
        """Notes the attempt first: a deletion that comes later finds it, and waits for its end.

        `last_error` is the name of the error that the attempt before ended with. Raises InstanceSuperseded.
        """
        not_loaded = last_error in NOT_LOADED and self._began_with_a_backup(recovering)
        instance = self.recoveries.start_attempt(
            recovering,
            stopped=last_error == _STOPPED and not not_loaded,
            refused=last_error in REFUSALS,
            not_loaded=not_loaded,
        )
        recovery = _recovery_of(instance)
        resizing = instance.change is not None and instance.change.kind is ChangeKind.REPLACE and instance.changing
        hopeless = is_hopeless(recovery)
        # What an attempt has begun with is gone on with, even if its owner does not want it any more.
        from_backup = instance.recover_from_backup or recovery.restore is not None
        capacity = capacity_in_force(instance)
        size, shared = task_size(capacity.max_memory, instance.persistence), None
        if not (resizing or hopeless):
            # The task reads it when it starts: a key that was revoked since must not open it for a moment.
            stored = self.credentials.stored(instance.id)
            acl = acl_file(instance.keys, *stored.passwords.hashes)
            link = stored.restore_link if from_backup else stored.restore_link and NO_RESTORE
            self.credentials.rewrite(instance.id, stored, replace(stored, acl=acl, restore_link=link))
            shared = shared_definition(instance, instance.engine, size, acl)
        assert instance.hostname
        return RecoveryPlan(
            instance=instance,
            hostname=instance.hostname,
            capacity=capacity,
            size=size,
            wait=back_off(recovery),
            hopeless=hopeless,
            resizing=resizing,
            shared=shared,
            from_backup=from_backup,
        )

    def _began_with_a_backup(self, recovering: Recovering) -> bool:
        instance = self.instances.get(recovering.organization_id, recovering.instance_id)
        return instance is not None and instance.recovery is not None and instance.recovery.restore is not None

    def mark_recovered(self, recovering: Recovering, endpoint: Endpoint) -> None:
        """The new task serves. It has the old one's folder. Raises InstanceSuperseded."""
        instance = self.instances.get(recovering.organization_id, recovering.instance_id)
        if instance is None or instance.recovery is None or instance.recovery.id != recovering.recovery_id:
            raise InstanceSuperseded(f"{recovering.instance_id} has no recovery {recovering.recovery_id} any more")
        folder = instance.endpoint.folder if instance.endpoint else ""
        entry = _entry(instance, instance.recovery, Action.INSTANCE_RECOVERED, self.now(), instance.persistence)
        self.recoveries.mark_recovered(recovering, replace(endpoint, folder=folder), entry)


@dataclass(frozen=True, slots=True)
class EndedRecovery:
    """An execution that ended badly. `first_error` is that of the first attempt, `last_error` the name of its own."""

    recovering: Recovering
    first_error: FirstError
    last_error: str


def repair_recovery(
    ended: EndedRecovery, instances: Instances, workflow: RecoveryWorkflow, workflows: Workflows
) -> None:
    """Starts the next attempt where the record says that work is left; otherwise does nothing.

    Each attempt waits longer, and the one that is too many gives up; after that only its rollback goes on, which that
    attempt may not have been able to start.
    """
    recovering = ended.recovering
    instance = instances.get(recovering.organization_id, recovering.instance_id)
    if instance is None or instance.status is not Status.RUNNING or not instance.recovering:
        return
    if _recovery_of(instance).id != recovering.recovery_id:
        return
    if ended.last_error == GIVEN_UP:
        target = Target(recovering.organization_id, recovering.instance_id, recovering.recovery_id)
        # The one that the attempt itself runs. If it has begun, this does nothing.
        workflows.roll_back(target, 0, ended.first_error, recovering.recovery_id)
        return
    workflow.start(replace(recovering, attempt=recovering.attempt + 1), ended.first_error, ended.last_error)


def _entry(
    instance: Instance, recovery: Recovery, action: Action, at: datetime, data_kept: bool | None = None
) -> AuditEntry:
    return system_entry(
        System.RECOVERY,
        action,
        *(instance.organization_id, instance.id, instance.name, recovery.id, at),
        recoveryId=recovery.id,
        cause=recovery.cause.value,
        deaths=recovery.deaths,
        dataKept=data_kept,
        backupId=recovery.restore.backup_id if recovery.restore else None,
        takenAt=recovery.restore.taken_at if recovery.restore else None,
        startedEmpty=recovery.started_empty.value if recovery.started_empty else None,
    )


def _recovery_of(instance: Instance) -> Recovery:
    assert instance.recovery
    return instance.recovery
