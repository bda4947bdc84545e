"""What an organization does with its instances."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, entry
from swiftcache.access.identity import Caller
from swiftcache.access.ownership import check_own_organization
from swiftcache.engines.model import Offers
from swiftcache.instances.allowed_networks import obstacles_to_networks
from swiftcache.instances.expiry import check_unprotected, expiry
from swiftcache.instances.final_backup import FinalBackupMode
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Instance, NewInstance, create
from swiftcache.instances.ownership import check_id, own_instance
from swiftcache.instances.ports import EVERY, Claims, Filter, FinalBackups, Instances, Page, Restores, Target, Workflows
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, IllegalTransition
from swiftcache.platform.unit_of_work import already_applied


@dataclass(frozen=True, slots=True)
class Created:
    """`plain_key` is shown to the owner once, and kept nowhere."""

    instance: Instance
    key: InstanceKey
    plain_key: str


@dataclass(frozen=True, slots=True)
class InstanceService:
    """The use cases of the API. New instances are named under `domain`. `now` gives the time with its zone.

    `is_private`: whether they are in a private network, where it can be said who reaches a single one.
    """

    instances: Instances
    workflows: Workflows
    pool: Claims
    restores: Restores
    final_backups: FinalBackups
    offers: Offers
    domain: str
    now: Callable[[], datetime]
    is_private: bool = False

    def create(self, caller: Caller, new: NewInstance) -> Created:
        """Stores the intent, then starts the workflow.

        Raises NotFound for another's organization, InvalidRequest, AllowedCidrsNotPossible, LimitExceeded, and what
        `Restores` raises.
        """
        check_own_organization(caller, new.organization_id)
        at = self.now()
        if new.expires_at is not None:
            new = replace(new, expires_at=expiry(new.expires_at, at))
        check_unprotected(new.deletion_protection, new.expires_at)
        for obstacle in obstacles_to_networks(new.allowed_cidrs, is_private=self.is_private):
            raise obstacle
        new = self._of_an_engine(new)
        # What an earlier try has stored is not decided again: its backup may be gone by now.
        restoring = self.restores.restoring(caller, new) if new.restore and not already_applied() else None
        instance, key, plain_key = create(new, caller.request_id, at, self.domain, restoring)
        instance = self._store(caller, new, instance, at)
        with started_by_the_stream_otherwise():
            target = Target(instance.organization_id, instance.id, caller.request_id)
            self.workflows.provision(target, instance.member)
        return Created(instance, key, plain_key)

    def _of_an_engine(self, new: NewInstance) -> NewInstance:
        """What is made from a backup, and asks for none, gets the backup's. Raises InvalidRequest."""
        if new.restore and new.engine is None and new.version is None:
            return new
        return replace(new, engine=self.offers.find(new.engine or self.offers.default.engine, new.version).engine)

    def _store(self, caller: Caller, new: NewInstance, instance: Instance, at: datetime) -> Instance:
        """The instance as it is stored, once, however often the request comes: with a member's task, or without."""

        def entry_of(stored: Instance) -> AuditEntry:
            restored = {"restoredFrom": new.restore.backup_id} if new.restore else {}
            return entry(caller, Action.INSTANCE_CREATED, stored.id, stored.name, at, **restored)

        if new.restore:
            return self._store_restored(instance, entry_of(instance))
        claimed = self.pool.claim(new, instance, entry_of)
        if claimed is None:
            self.instances.create(instance, entry_of(instance))
        return claimed or instance

    def _store_restored(self, instance: Instance, audit: AuditEntry) -> Instance:
        """As an earlier try has stored it, if one has: only the id of it can be known without the backup."""
        stored = self.instances.get(instance.organization_id, instance.id) if already_applied() else None
        self.instances.create(stored or instance, audit)
        return stored or instance

    def get(self, caller: Caller, instance_id: str) -> Instance:
        """Raises NotFound, for another's instance too."""
        return own_instance(self.instances, caller, instance_id)

    def page(self, caller: Caller, organization_id: str, limit: int, cursor: str | None, only: Filter = EVERY) -> Page:
        """Raises NotFound for another's organization, InvalidRequest for a cursor that is not of this list."""
        check_own_organization(caller, organization_id)
        return self.instances.page(organization_id, limit, cursor, only)

    def delete(self, caller: Caller, instance_id: str, mode: FinalBackupMode | None = None) -> Status:
        """Accepts the deletion at any moment of the instance's life, and again. Its status then.

        With a mode it is deleted when it has been backed up, or cannot be, and runs until then. None gives up a backup
        that is under way.

        Raises NotFound, DeletionProtected, FinalBackupNotPossible, LimitExceeded.
        """
        check_id(instance_id)
        if mode is not None:
            status = self.final_backups.request(caller, instance_id, mode)
            if status is not Status.DELETING:
                return status
        else:
            self._mark_deleting(caller, instance_id)
        with started_by_the_stream_otherwise():
            # In the first life. In another this name is taken, and the table's stream starts it: that knows which.
            self.workflows.delete(Target(caller.organization_id, instance_id, caller.request_id), attempt=0)
        return Status.DELETING

    def _mark_deleting(self, caller: Caller, instance_id: str) -> None:
        audit = entry(caller, Action.INSTANCE_DELETION_REQUESTED, instance_id, "", self.now())
        try:
            self.instances.mark_deleting(caller.organization_id, instance_id, audit)
        except IllegalTransition as conflict:
            if conflict.current != Status.DELETING:
                raise


@contextmanager
def started_by_the_stream_otherwise() -> Iterator[None]:
    """The intent is stored, and the table's stream starts its workflow if we cannot: so the request has succeeded.

    An error now would be a lie, and would keep from the owner the only sight of the new key.
    """
    with suppress(DependencyUnavailable):
        yield
