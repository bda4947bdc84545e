"""Work that the record asks for and that nobody is at: what RepairInstance or the table's stream would have started."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from swiftcache.domain.errors import DependencyUnavailable
from swiftcache.domain.instance import ChangeKind, Instance
from swiftcache.domain.organization import OrganizationStatus
from swiftcache.domain.orphans import GRACE
from swiftcache.domain.ports import Emptying, EmptyingTarget, Target, Workflows
from swiftcache.domain.reconciler_ports import Executions, Household, Work
from swiftcache.domain.recovery import Cause
from swiftcache.domain.status import Status


@dataclass(frozen=True, slots=True)
class Resumer:
    """Each method says whether it has started something, or with `only_look` would have.

    Names are free to use: an attempt's number is the one after the last, and whoever else starts the same does nothing.
    """

    workflows: Workflows
    emptying: Emptying
    executions: Executions

    def resume(self, instance: Instance, *, only_look: bool = False) -> bool:
        """The instance's deletion, provisioning or resize, if none of its executions runs."""
        if instance.status is Status.DELETING:
            return self._delete(instance, only_look)
        if instance.status is Status.PROVISIONING:
            return self._provision(instance, only_look)
        return _resizes(instance) and self._resize(instance, only_look)

    def empty(self, household: Household, *, only_look: bool = False) -> bool:
        """The emptying of an organization that is not ACTIVE any more and has something left."""
        organization = household.organization
        if organization.status is OrganizationStatus.ACTIVE:
            return False
        if organization.status is OrganizationStatus.SUSPENDED and not household.instances:
            return False
        last = self.executions.latest(Work.EMPTY, f"empty-{organization.id}-{organization.status_version}")
        if last and last.running:
            return False
        if not only_look:
            target = EmptyingTarget(organization.id, organization.status_version, household.request_id)
            self.emptying.start(target, last.number + 1 if last else 0)
        return True

    def _delete(self, instance: Instance, only_look: bool) -> bool:
        last = self.executions.latest(Work.DEPROVISION, f"delete-{instance.id}")
        if last and last.running:
            return False
        if not only_look:
            self.workflows.delete(_target(instance), last.number + 1 if last else 0)
        return True

    def _provision(self, instance: Instance, only_look: bool) -> bool:
        made = self.executions.find(Work.PROVISION, f"provision-{instance.id}")
        if made is None:
            if not only_look:
                self.workflows.provision(_target(instance))
            return True
        last = self.executions.latest(Work.DEPROVISION, f"rollback-{instance.id}")
        if made.running or (last and last.running):
            return False
        if not only_look:
            # Rollback 0 is the one that the provisioning itself runs.
            self.workflows.roll_back(_target(instance), (last.number if last else 0) + 1, (last or made).first_error)
        return True

    def _resize(self, instance: Instance, only_look: bool) -> bool:
        assert instance.change
        last = self.executions.latest(Work.RESIZE, f"resize-{instance.id}-{instance.change.id}")
        if last and last.running:
            return False
        if not only_look:
            number, error = (last.number + 1, last.first_error) if last else (0, None)
            self.workflows.resize(_target(instance), instance.change.id, number, error)
        return True


class Unrecovered:
    """A task that has gone is reported, and no more."""

    def task_lost(self, instance: Instance, task: str, cause: Cause) -> bool:
        """Raises DependencyUnavailable: the pass reports it, and the next looks again."""
        raise DependencyUnavailable(f"{cause}: the task {task} of {instance.id} is gone, and nothing replaces it")


def overdue(household: Household, now: datetime) -> Iterator[Instance]:
    """Its instances whose work began so long ago that somebody must be at it, if nobody has got lost."""
    for instance in household.instances:
        begun = _begun(instance)
        if begun is not None and datetime.fromisoformat(begun) + GRACE <= now:
            yield instance


def _begun(instance: Instance) -> str | None:
    if instance.status in (Status.PROVISIONING, Status.DELETING):
        return instance.changed_at
    return instance.change.started_at if instance.change and _resizes(instance) else None


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
    return Target(instance.organization_id, instance.id, request_id)
