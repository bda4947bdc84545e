"""Work that the record asks for and that nobody is at: what RepairInstance or the table's stream would have started."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from swiftcache.fleet.emptying_ports import Emptying, EmptyingTarget
from swiftcache.fleet.orphans import GRACE
from swiftcache.fleet.ports import Attempt, Executions, OrganizationSnapshot, WorkflowKind
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Target, Workflows
from swiftcache.instances.status import Status
from swiftcache.instances.workflow_names import creation_name, life_name
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.recovery.ports import Recovering, RecoveryWorkflow
from swiftcache.recovery.service import GIVEN_UP


@dataclass(frozen=True, slots=True)
class WorkResumer:
    """Each method says whether it has started something, or with `dry_run` would have.

    Names are free to use: an attempt's number is the one after the last, and whoever else starts the same does nothing.
    """

    workflows: Workflows
    recovery: RecoveryWorkflow
    emptying: Emptying
    executions: Executions

    def resume(self, instance: Instance, *, dry_run: bool = False) -> bool:
        """The instance's deletion, provisioning, resize or recovery, if none of its executions runs."""
        if instance.status is Status.DELETING:
            return self._delete(instance, dry_run)
        if instance.status is Status.PROVISIONING:
            return self._provision(instance, dry_run)
        # A recovery waits for the end of a resize.
        if _resizes(instance) and self._resize(instance, dry_run):
            return True
        return instance.recovering and self._recover(instance, dry_run)

    def empty(self, snapshot: OrganizationSnapshot, *, dry_run: bool = False) -> bool:
        """The emptying of an organization that is not ACTIVE any more and has something left."""
        organization = snapshot.organization
        if organization.status is OrganizationStatus.ACTIVE:
            return False
        if organization.status is OrganizationStatus.SUSPENDED and not snapshot.instances:
            return False
        last = self.executions.latest(WorkflowKind.EMPTY, f"empty-{organization.id}-{organization.status_version}")
        if last and last.running:
            return False
        if not dry_run:
            target = EmptyingTarget(organization.id, organization.status_version, snapshot.request_id)
            self.emptying.start(target, last.number + 1 if last else 0)
        return True

    def _delete(self, instance: Instance, dry_run: bool) -> bool:
        last = self.executions.latest(WorkflowKind.DEPROVISION, f"delete-{_life(instance)}")
        if last and last.running:
            return False
        if not dry_run:
            self.workflows.delete(_target(instance), last.number + 1 if last else 0)
        return True

    def _provision(self, instance: Instance, dry_run: bool) -> bool:
        name = creation_name(instance.id, generation=instance.generation, from_pool=instance.claimed)
        made = self.executions.find(WorkflowKind.PROVISION, name)
        if made is None:
            if not dry_run:
                self.workflows.provision(_target(instance), instance.member)
            return True
        last = self.executions.latest(WorkflowKind.DEPROVISION, f"rollback-{_life(instance)}")
        if made.running or (last and last.running):
            return False
        if not dry_run:
            # Rollback 0 is the one that the provisioning itself runs.
            self.workflows.roll_back(_target(instance), (last.number if last else 0) + 1, (last or made).first_error)
        return True

    def _resize(self, instance: Instance, dry_run: bool) -> bool:
        assert instance.change
        last = self.executions.latest(WorkflowKind.RESIZE, f"resize-{instance.id}-{instance.change.id}")
        if last and last.running:
            return False
        if not dry_run:
            number, error = (last.number + 1, last.first_error) if last else (0, None)
            self.workflows.resize(_target(instance), instance.change.id, number, error)
        return True

    def _recover(self, instance: Instance, dry_run: bool) -> bool:
        assert instance.recovery
        id_ = instance.recovery.id
        last = self.executions.latest(WorkflowKind.RECOVER, f"recover-{instance.id}-{id_}")
        if last and last.running:
            return False
        if last and last.error == GIVEN_UP:
            return self._give_up(instance, id_, last, dry_run)
        if not dry_run:
            attempt = Recovering(instance.organization_id, instance.id, id_, last.number + 1 if last else 0)
            self.recovery.start(attempt, last.first_error if last else None, last.error if last else "")
        return True

    def _give_up(self, instance: Instance, recovery_id: str, given_up: Attempt, dry_run: bool) -> bool:
        last = self.executions.latest(WorkflowKind.DEPROVISION, f"rollback-{instance.id}-{recovery_id}")
        if last and last.running:
            return False
        if not dry_run:
            target = Target(instance.organization_id, instance.id, recovery_id)
            self.workflows.roll_back(target, last.number + 1 if last else 0, given_up.first_error, recovery_id)
        return True


def overdue(instances: Iterable[Instance], now: datetime) -> Iterator[Instance]:
    """Those whose work began so long ago that somebody must be at it, if nobody has got lost."""
    for instance in instances:
        begun = _begun(instance)
        if begun is not None and datetime.fromisoformat(begun) + GRACE <= now:
            yield instance


def _begun(instance: Instance) -> str | None:
    if instance.status in (Status.PROVISIONING, Status.DELETING):
        return instance.changed_at
    if instance.change and _resizes(instance):
        return instance.change.started_at
    return instance.recovery.started_at if instance.recovery and instance.recovering else None


def _resizes(instance: Instance) -> bool:
    change = instance.change
    return (
        instance.status is Status.RUNNING
        and instance.changing
        and change is not None
        and (change.kind is ChangeKind.REPLACE)
    )


def _target(instance: Instance) -> Target:
    # For a resize the request is the change's.
    change = instance.change
    request_id = change.request_id if change and _resizes(instance) else instance.request_id
    return Target(instance.organization_id, instance.id, request_id, instance.generation)


def _life(instance: Instance) -> str:
    return life_name(instance.id, instance.generation)
