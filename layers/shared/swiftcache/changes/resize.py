"""The steps of a resize, or of a replacement: a new task is filled from the old one, takes over, and the old one goes.

Every one may run twice, and each but the last raises InstanceSuperseded where nobody wants it any more.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, System, system_entry
from swiftcache.changes.ports import Changes, Replacement
from swiftcache.changes.replication_ports import Access, Pair, Replication
from swiftcache.engines.model import Offers
from swiftcache.engines.upgrades import older_than_running
from swiftcache.instances.capacity import capacity_in_force
from swiftcache.instances.change import Change, ChangeReason, ChangeStatus, Decision
from swiftcache.instances.failure import Failure, explain_replacement, explain_resize
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.ports import FirstError, Instances
from swiftcache.instances.sizes import TaskSize, task_size
from swiftcache.instances.status import Status
from swiftcache.metrics.ports import ObservedTasks
from swiftcache.platform.errors import (
    DependencyUnavailable,
    ImageTooOld,
    InstanceSuperseded,
    ServingTaskGone,
    StandbyBehind,
)
from swiftcache.redis.acl import acl_file, users
from swiftcache.redis.ports import Credentials
from swiftcache.redis.shared_definition import SharedDefinition, shared_definition


@dataclass(frozen=True, slots=True)
class ResizePlan:
    """What the workflow has to make, and what was decided by an attempt before.

    `folder` is where on the volume the new task keeps its data: two tasks never write in one. Empty without a volume.
    `shared` is None if its tasks have definitions of their own.
    """

    instance: Instance
    change: Change
    serving: Endpoint
    size: TaskSize
    secret_arn: str
    folder: str
    shared: SharedDefinition | None


@dataclass(frozen=True, slots=True)
class Abandoned:
    """What became of a resize that was to be abandoned: what is decided, who serves, and under which name.

    `shared_definition`: there is no definition to be removed.
    """

    decision: Decision
    serving: Endpoint
    hostname: str
    shared_definition: bool


@dataclass(frozen=True, slots=True)
class Resizer:
    """`now` gives the time with its zone."""

    instances: Instances
    changes: Changes
    credentials: Credentials
    replication: Replication
    observed: ObservedTasks
    offers: Offers
    now: Callable[[], datetime]

    def plan(self, replacement: Replacement) -> ResizePlan:
        """Notes the attempt first: a deletion that comes later finds it, and waits for its end.

        Raises ImageTooOld while nothing is made yet.
        """
        instance = self.changes.start_attempt(replacement)
        change = _change_of(instance)
        engine = change.engine or instance.engine
        running = instance.version if engine is instance.engine else None
        why = older_than_running(self.offers, engine, running, may_go_back=instance.may_go_back)
        if change.decision is None and why is not None:
            raise ImageTooOld(why)
        arn = self.credentials.secret_arn(instance.id)
        size = task_size(change.max_memory, instance.persistence)
        passwords = self.credentials.control_passwords(instance.id)
        acl = acl_file(instance.keys, *passwords.hashes)
        shared = shared_definition(instance, engine, size, acl)
        folder = change.id if instance.persistence else ""
        return ResizePlan(instance, change, _serving(instance), size, arn, folder, shared)

    def start_replication(self, replacement: Replacement, standby: Endpoint, source: Endpoint) -> None:
        """`source` is the serving task as the standby sees it. Raises DataDoesNotFit."""
        instance = self.changes.stand_by(replacement, standby)
        access = self._access(instance)
        if _change_of(instance).max_memory < instance.max_memory:
            self.replication.make_room(_serving(instance), access, capacity_in_force(instance))
        self.replication.follow(_pair(instance, access), source)

    def is_close(self, replacement: Replacement) -> bool:
        """Whether the new task has so much of the data that the rest takes no time."""
        instance = self._wanted(replacement)
        return self.replication.is_close(_pair(instance, self._access(instance)))

    def switch_over(self, replacement: Replacement) -> Endpoint:
        """The new task serves; answers where. Raises StandbyBehind, and then the old one still does.

        Between `hold` and `hand_over` lies one conditional write. Until it the old task can go on at any time; after
        it the only way is forward, whoever goes it.
        """
        instance = self._wanted(replacement)
        access = self._access(instance)
        if _change_of(instance).decision is None:
            instance = self._commit(replacement, access)
        if _change_of(instance).decision is Decision.ABANDONED:
            raise InstanceSuperseded(f"the change {replacement.change_id} is abandoned")
        if instance.recovering:
            return _serving(instance)  # it has died since; its recovery waits for our end
        # The keys as they were at the commit or later: who changes them after it does so in the new task.
        passwords = self.credentials.control_passwords(instance.id)
        self.replication.hand_over(_pair(instance, access), users(instance.keys, *passwords.hashes))
        return _serving(instance)

    def abandon(self, replacement: Replacement, first_error: FirstError) -> Abandoned:
        """Decides that the old task stays, unless the other decision is taken."""
        failure = _failure(_change_of(self._read(replacement)), first_error)
        instance = self.changes.abandon(replacement, failure)
        decision = _change_of(instance).decision
        if decision is Decision.COMMITTED:
            return _abandoned(instance, decision)
        # At once, for the clients' sake. Before the end it is made certain.
        with suppress(DependencyUnavailable):
            self._resume(instance, self._access(instance))
        return _abandoned(instance, Decision.ABANDONED)

    def finish(self, replacement: Replacement) -> None:
        """Nothing is left of the other task: the change has succeeded or failed."""
        instance = self._read(replacement)
        change = _change_of(instance)
        if change.status is not ChangeStatus.IN_PROGRESS:
            return  # an earlier try did it, and its answer was lost
        if change.decision is Decision.COMMITTED:
            self._note_version(instance)
            free = instance.reserved_memory - change.max_memory
            self.changes.mark_resized(replacement, change, free, _entry(instance, self.now()))
        else:
            self._resume(instance, self._access(instance))
            free = instance.reserved_memory - instance.max_memory
            self.changes.mark_resize_failed(replacement, free, _entry(instance, self.now()))

    def _commit(self, replacement: Replacement, access: Access) -> Instance:
        """The instance after the decision, whoever took it meanwhile."""
        try:
            held = self.changes.take_turn(replacement)
            self._hold(replacement, held, access)
            return self.changes.commit(replacement, held)
        except InstanceSuperseded:
            instance = self._wanted(replacement)
            if _change_of(instance).decision is None:
                raise DependencyUnavailable("another try of the switch-over is at work") from None
            return instance

    def _hold(self, replacement: Replacement, held: Instance, access: Access) -> None:
        try:
            self.replication.hold(_pair(held, access))
        except StandbyBehind:
            # Now nobody who thinks that writes are held can commit: only then may they go on.
            self.changes.take_turn(replacement)
            self._resume(held, access)
            raise

    def _resume(self, instance: Instance, access: Access) -> None:
        if instance.recovering:
            return  # it has died, and the one that replaces it begins without a pause
        self.replication.resume(_serving(instance), access, capacity_in_force(instance))

    def _note_version(self, instance: Instance) -> None:
        """That of the task that has taken over: it is known when the change has ended.

        If that does not work now, the metrics hear of it in a minute.
        """
        with suppress(DependencyUnavailable):
            serving = _serving(instance)
            version = self.replication.version(serving, self._access(instance))
            self.observed.note(instance, ObservedTask(serving.task, version))

    def _access(self, instance: Instance) -> Access:
        return Access(_hostname(instance), self.credentials.control_password(instance.id))

    def _wanted(self, replacement: Replacement) -> Instance:
        instance = self._read(replacement)
        if not instance.changing:
            raise InstanceSuperseded(f"the change {replacement.change_id} has ended")
        if instance.recovering and _change_of(instance).decision is None:
            raise ServingTaskGone(f"the task that serves {replacement.instance_id} has died")
        return instance

    def _read(self, replacement: Replacement) -> Instance:
        instance = self.instances.get(replacement.organization_id, replacement.instance_id)
        if instance is None or instance.status is not Status.RUNNING:
            raise InstanceSuperseded(f"{replacement.instance_id} is being deleted; there is nothing to resize")
        if _change_of(instance).id != replacement.change_id:
            raise InstanceSuperseded(f"{replacement.instance_id} has another change by now")
        return instance


def _entry(instance: Instance, at: datetime) -> AuditEntry:
    """What became of it, for the audit log."""
    change = _change_of(instance)
    whose = (instance.organization_id, instance.id, instance.name, change.request_id, at)
    done = change.decision is Decision.COMMITTED
    failure = change.failure.code if change.failure else None
    if change.reason is not None:
        action = Action.INSTANCE_REPLACED if done else Action.INSTANCE_REPLACE_FAILED
        reason = change.reason.value
        return system_entry(System.REPLACEMENT, action, *whose, changeId=change.id, reason=reason, failure=failure)
    action = Action.INSTANCE_RESIZED if done else Action.INSTANCE_RESIZE_FAILED
    return system_entry(
        System.RESIZE,
        action,
        *whose,
        changeId=change.id,
        fromMaxMemory=instance.max_memory,
        toMaxMemory=change.max_memory,
        failure=failure,
    )


def _failure(change: Change, first_error: FirstError) -> Failure:
    if change.reason is None:
        return explain_resize(first_error.error, first_error.step, change.request_id)
    by_owner = change.reason is ChangeReason.OWNER
    return explain_replacement(first_error.error, first_error.step, change.request_id, by_owner=by_owner)


def _abandoned(instance: Instance, decision: Decision) -> Abandoned:
    return Abandoned(decision, _serving(instance), _hostname(instance), instance.shared_definition)


def _change_of(instance: Instance) -> Change:
    assert instance.change
    return instance.change


def _serving(instance: Instance) -> Endpoint:
    assert instance.endpoint
    return instance.endpoint


def _hostname(instance: Instance) -> str:
    assert instance.hostname
    return instance.hostname


def _pair(instance: Instance, access: Access) -> Pair:
    assert instance.endpoint
    assert instance.standby
    if _change_of(instance).decision is Decision.COMMITTED:
        # They have changed places in the record, and are about to in the world.
        return Pair(instance.standby, instance.endpoint, access)
    return Pair(instance.endpoint, instance.standby, access)
