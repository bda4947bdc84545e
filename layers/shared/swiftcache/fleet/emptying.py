"""Emptying an organization that was suspended or is being deleted: the steps of its state machine, and its repair.

Its instances go the way that every instance goes: each is marked DELETING, and the table's stream starts the rest. So
do the backups of one that is being deleted; those of a suspended one stay, as it may be resumed.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.ports import Backups
from swiftcache.fleet.emptying_ports import Emptying, EmptyingTarget, OrganizationContents
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.organizations.model import Organization, OrganizationStatus
from swiftcache.organizations.ports import Accounts
from swiftcache.platform.errors import IllegalTransition, NotFound, OrganizationSuperseded, RecordChanged

MOST_AT_ONCE = 20
"""How many of an organization's instances are DELETING at a time: the other organizations need AWS's quotas too."""


BACKUPS_AT_ONCE = 50
"""The same for its backups: each is removed by some requests to S3, in well under a second."""


@dataclass(frozen=True, slots=True)
class OrganizationEmptier:
    """Every step may run twice. `now` gives the time with its zone."""

    accounts: Accounts
    contents: OrganizationContents
    instances: Instances
    backups: Backups
    now: Callable[[], datetime]

    def delete_some(self, target: EmptyingTarget) -> int:
        """Instances first, and once there are none, backups; how many are DELETING now. 0: it has none left.

        Raises OrganizationSuperseded if it was resumed or is gone.
        """
        return self.delete_instances(target) or self.delete_backups(target)

    def delete_instances(self, target: EmptyingTarget) -> int:
        """Marks DELETING as many as there may be at once; how many instances are DELETING now. Raises as before."""
        under_way = len(self.contents.instances(target.organization_id, Status.DELETING, MOST_AT_ONCE))
        found = self._others(target.organization_id, MOST_AT_ONCE - under_way)
        # Looked at after its instances: so none of them was created after it was resumed.
        wanted(self.accounts, target)
        for instance in found:
            self._delete(instance, target.request_id)
        return under_way + len(found)

    def delete_backups(self, target: EmptyingTarget) -> int:
        """Marks some DELETING, if the organization is to be removed; how many of these there still are."""
        if wanted(self.accounts, target).status is not OrganizationStatus.DELETING:
            return 0
        found = self.backups.of_organization(target.organization_id, BACKUPS_AT_ONCE, None).backups
        for backup in found:
            if backup.status is not BackupStatus.DELETING:
                self._delete_backup(backup, target.request_id)
        return len(found)

    def _delete_backup(self, backup: Backup, request_id: str) -> None:
        details = {"kind": backup.kind.value, "instanceId": backup.instance_id}
        audit = system_entry(
            System.SUSPENSION,
            Action.BACKUP_DELETION_REQUESTED,
            backup.organization_id,
            backup.id,
            backup.name,
            request_id,
            self.now(),
            **details,
        )
        # Somebody was faster.
        with suppress(RecordChanged):
            self.backups.change(backup, backup.deleting(), audit)

    def remove(self, target: EmptyingTarget) -> None:
        """Removes one that is being deleted with all that it has; a suspended one stays. Raises as before."""
        if wanted(self.accounts, target).status is OrganizationStatus.DELETING:
            self.contents.remove(target.organization_id)

    def _others(self, organization_id: str, most: int) -> Sequence[Instance]:
        found: list[Instance] = []
        for status in (Status.PROVISIONING, Status.RUNNING, Status.ERROR):
            if len(found) < most:
                found += self.contents.instances(organization_id, status, most - len(found))
        return found

    def _delete(self, instance: Instance, request_id: str) -> None:
        audit = system_entry(
            System.SUSPENSION,
            Action.INSTANCE_DELETION_REQUESTED,
            instance.organization_id,
            instance.id,
            instance.name,
            request_id,
            self.now(),
        )
        # Somebody was faster.
        with suppress(NotFound, IllegalTransition):
            self.instances.force_deleting(instance.organization_id, instance.id, audit)


def wanted(accounts: Accounts, target: EmptyingTarget) -> Organization:
    """The organization that is to be emptied. Raises OrganizationSuperseded if it is not any more."""
    organization = accounts.organization(target.organization_id)
    if organization is None or organization.status_version != target.status_version:
        status = "gone" if organization is None else organization.status.value
        raise OrganizationSuperseded(f"{target.organization_id} is {status}; there is nothing to empty for this")
    return organization


def repair_emptying(accounts: Accounts, emptying: Emptying, target: EmptyingTarget, attempt: int) -> None:
    """An attempt ended badly: starts the next, unless the organization was resumed or is gone."""
    with suppress(OrganizationSuperseded):
        wanted(accounts, target)
        emptying.start(target, attempt + 1)
