"""The ports of recovery in memory. tests/contract holds the record to what the adapter does."""

from dataclasses import dataclass, field, replace

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import FirstError
from swiftcache.instances.recovery_state import Recovery, RecoveryStatus, StartedEmpty
from swiftcache.instances.restore import Restore
from swiftcache.instances.silence import Silence
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, InstanceSuperseded
from swiftcache.recovery.ports import Recovering
from tests.fakes.instances import FakeInstances


@dataclass
class FakeRecoveries:
    """The record of recoveries, and of silences."""

    instances: FakeInstances

    def begin(self, instance: Instance, task: str, recovery: Recovery, audit: AuditEntry) -> bool:
        found = self.instances.get(instance.organization_id, instance.id)
        if found is None or found.status is not Status.RUNNING or found.recovering:
            return False
        if found.endpoint is None or found.endpoint.task != task:
            return False
        self._store(replace(found, recovery=recovery))
        self.instances.accounts.audit.append(audit)
        return True

    def start_attempt(self, recovering: Recovering, *, stopped: bool, refused: bool, not_loaded: bool) -> Instance:
        found, recovery = self._under_way(recovering)
        if recovery.attempt > recovering.attempt:
            raise InstanceSuperseded("a later attempt is at work")
        if recovery.attempt == recovering.attempt:
            return found
        begun = replace(
            recovery,
            attempt=recovering.attempt,
            deaths=recovery.deaths + stopped,
            refusals=recovery.refusals + refused,
            failed_loads=recovery.failed_loads + not_loaded,
            restore=None if not_loaded else recovery.restore,
        )
        return self._store(replace(found, recovery=begun))

    def begin_with(self, recovering: Recovering, restore: Restore | None, started_empty: StartedEmpty | None) -> None:
        found, recovery = self._under_way(recovering)
        if recovery.attempt != recovering.attempt:
            raise InstanceSuperseded("another attempt is at work")
        begun = replace(recovery, restore=restore, started_empty=started_empty)
        own = found.own_definitions or restore is not None
        self._store(replace(found, recovery=begun, own_definitions=own))

    def mark_recovered(self, recovering: Recovering, endpoint: Endpoint, audit: AuditEntry) -> None:
        known = self.instances.get(recovering.organization_id, recovering.instance_id)
        if known and known.recovery and known.recovery.status is RecoveryStatus.SUCCEEDED:
            if (known.recovery.id, known.endpoint) != (recovering.recovery_id, endpoint):
                raise InstanceSuperseded("another recovery")
            return
        found, recovery = self._under_way(recovering)
        if recovery.attempt != recovering.attempt:
            raise InstanceSuperseded("another attempt is at work")
        done = replace(recovery, status=RecoveryStatus.SUCCEEDED, ended_at=audit.at)
        self._store(replace(found, endpoint=endpoint, port=endpoint.port, applied_revision=0, recovery=done))
        self.instances.accounts.audit.append(audit)

    def store(self, instance: Instance, silence: Silence | None, audit: AuditEntry | None = None) -> bool:
        found = self.instances.get(instance.organization_id, instance.id)
        if found is None or found.status is not Status.RUNNING or found.silence != instance.silence:
            return False
        if found.endpoint is None or instance.endpoint is None or found.endpoint.task != instance.endpoint.task:
            return False
        self._store(replace(found, silence=silence))
        if audit:
            self.instances.accounts.audit.append(audit)
        return True

    def _under_way(self, recovering: Recovering) -> tuple[Instance, Recovery]:
        found = self.instances.get(recovering.organization_id, recovering.instance_id)
        if found is None or found.status is not Status.RUNNING or found.recovery is None or not found.recovering:
            raise InstanceSuperseded("not under way")
        if found.recovery.id != recovering.recovery_id:
            raise InstanceSuperseded("another recovery")
        return found, found.recovery

    def _store(self, instance: Instance) -> Instance:
        self.instances.stored[instance.organization_id, instance.id] = instance
        return instance


@dataclass
class FakeRecoveryWorkflow:
    """`started` holds what was started, in order."""

    available: bool = True
    started: list[tuple[Recovering, FirstError | None, str]] = field(default_factory=list)

    def start(self, recovering: Recovering, first_error: FirstError | None = None, last_error: str = "") -> None:
        if not self.available:
            raise DependencyUnavailable("the workflow service is busy")
        self.started.append((recovering, first_error, last_error))


@dataclass
class FakeLatestBackups:
    """`newest` is what there is, for a task of any size; `asked` has the sizes that were asked for."""

    newest: Restore | None = None
    asked: list[int] = field(default_factory=list)
    links: int = 0

    def latest(self, instance: Instance, max_memory: int) -> Restore | None:
        self.asked.append(max_memory)
        return self.newest

    def link(self, restore: Restore) -> str:
        self.links += 1
        return f"https://bucket/{restore.object_key}?{self.links}"
