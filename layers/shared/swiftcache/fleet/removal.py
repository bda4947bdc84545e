"""Removing what belongs to nobody: by the ordinary state machine wherever there is one."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, auto

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.fleet.orphans import CloudResource, Owners, ResourceKind
from swiftcache.fleet.ports import Executions, OrphanItemScan, Tasks, WorkflowKind
from swiftcache.instances.ports import FirstError, Instances, Target, Workflows
from swiftcache.instances.status import Status
from swiftcache.instances.workflow_names import life_name
from swiftcache.platform.errors import IllegalTransition, NotFound
from swiftcache.webhooks.ports import SigningSecrets

NOBODY = "org_none"
"""The organization of a deletion whose instance is in no organization: what follows from the record is nothing."""

RECONCILED = FirstError("Reconciled", "reconciler")


class RemovalMethod(StrEnum):
    """How a resource is removed. The names are stable: they are shown to the operator."""

    DEPROVISION = auto()
    ROLL_BACK = auto()
    STOP = auto()
    DELETE = auto()


_OF_KIND = {
    ResourceKind.EXECUTION: RemovalMethod.STOP,
    ResourceKind.PROOF: RemovalMethod.STOP,
    ResourceKind.WEBHOOK_SECRET: RemovalMethod.DELETE,
    ResourceKind.ITEM: RemovalMethod.DELETE,
}


def removal_method_of(resource: CloudResource, owners: Owners) -> RemovalMethod:
    """Of an instance's parts none is removed by itself: its deletion removes all that it has, in any state."""
    return _OF_KIND.get(
        resource.kind, RemovalMethod.ROLL_BACK if resource.owner in owners.failed else RemovalMethod.DEPROVISION
    )


@dataclass(frozen=True, slots=True)
class OrphanRemover:
    """`now` gives the time with its zone."""

    workflows: Workflows
    executions: Executions
    signing_secrets: SigningSecrets
    item_scan: OrphanItemScan
    instances: Instances
    tasks: Tasks
    now: Callable[[], datetime]

    def remove(self, owner: str, resources: Iterable[CloudResource], owners: Owners, request_id: str) -> None:
        """All resources of one owner. What is under way already is left to itself."""
        parts, dns_name = False, None
        for resource in resources:
            match resource.kind:
                case ResourceKind.EXECUTION:
                    self.executions.stop(resource)
                case ResourceKind.PROOF:
                    self.tasks.stop(resource.name)
                case ResourceKind.WEBHOOK_SECRET:
                    self.signing_secrets.forget(owner)
                case ResourceKind.ITEM:
                    self._remove_item(resource, request_id)
                case ResourceKind.DNS_RECORD:
                    parts, dns_name = True, resource.name
                case _:
                    parts = True
        if parts:
            target = Target(owners.failed.get(owner, NOBODY), owner, request_id)
            self.remove_parts(target, owner in owners.failed, dns_name)

    def remove_parts(self, target: Target, failed: bool, dns_name: str | None = None) -> bool:
        """Whatever the instance has left. Of one that `failed` the record stays. Whether it has begun anything.

        `dns_name` is what it was called, where nothing else says so: it may have been made under another domain.
        """
        name = "delete"
        if failed:
            instance = self.instances.get(target.organization_id, target.instance_id)
            if instance is None or instance.status is not Status.ERROR:
                return False  # its owner has deleted it meanwhile, and perhaps undeleted it
            name, target = "rollback", replace(target, generation=instance.generation)
        of = f"{name}-{life_name(target.instance_id, target.generation)}"
        last = self.executions.latest(WorkflowKind.DEPROVISION, of)
        if last and last.running:
            return False
        attempt = last.number + 1 if last else 0
        if failed:
            self.workflows.roll_back(target, attempt, last.first_error if last else RECONCILED)
        else:
            self.workflows.delete(target, attempt, dns_name)
        return True

    def _remove_item(self, item: CloudResource, request_id: str) -> None:
        organization_id, _, instance_id = item.name.removeprefix("ORG#").partition("/INSTANCE#")
        if not instance_id:
            self.item_scan.remove(item)
            return
        audit = system_entry(
            System.RECONCILER,
            Action.INSTANCE_DELETION_REQUESTED,
            *(organization_id, instance_id, instance_id, request_id, self.now()),
        )
        # It is DELETING already, or gone: then its deletion is resumed as any other.
        with suppress(IllegalTransition, NotFound):
            self.instances.force_deleting(organization_id, instance_id, audit)


def ownerless_instance(organization_id: str, instance_id: str) -> CloudResource:
    """The record of an instance whose organization is gone."""
    return CloudResource(ResourceKind.ITEM, f"ORG#{organization_id}/INSTANCE#{instance_id}", organization_id)
