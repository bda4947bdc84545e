"""Instances and their receipts in memory. tests/contract holds each fake to what the adapter does."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import EVERY, Filter, Page
from swiftcache.instances.receipt import Receipt, RemovedResources
from swiftcache.instances.recovery_state import RecoveryStatus
from swiftcache.instances.status import Reason, Status, allowed_from
from swiftcache.platform.errors import (
    DeletionProtected,
    IllegalTransition,
    InvalidRequest,
    NotFound,
    RecordChanged,
)
from tests.fakes.organizations import FakeAccounts


@dataclass
class FakeInstances:
    accounts: FakeAccounts
    stored: dict[tuple[str, str], Instance] = field(default_factory=dict)
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)

    def create(self, instance: Instance, audit: AuditEntry) -> None:
        self.accounts.use(instance.organization_id, 1, instance.max_memory)
        self.stored[instance.organization_id, instance.id] = instance
        self.accounts.audit.append(audit)

    def get(self, organization_id: str, instance_id: str) -> Instance | None:
        return self.stored.get((organization_id, instance_id))

    def status(self, organization_id: str, instance_id: str) -> Status | None:
        instance = self.get(organization_id, instance_id)
        return instance.status if instance else None

    def page(self, organization_id: str, limit: int, cursor: str | None, only: Filter = EVERY) -> Page:
        scope = f"after:{only.status}:{only.name}:"
        if cursor is not None and not cursor.startswith(scope):
            raise InvalidRequest("cursor is not one of this list", "/cursor")
        after = (cursor or "").removeprefix(scope)
        found = [
            instance
            for (owner, known), instance in sorted(self.stored.items())
            if owner == organization_id
            and known > after
            and only.status in (None, instance.status)
            and only.name in (None, instance.name)
        ]
        return Page(found[:limit], f"{scope}{found[limit - 1].id}" if len(found) > limit else None)

    def mark_running(
        self, organization_id: str, instance_id: str, hostname: str, endpoint: Endpoint, at: str
    ) -> Instance:
        instance = self._allowed(organization_id, instance_id, Status.RUNNING)
        return self._store(
            replace(
                instance,
                status=Status.RUNNING,
                hostname=instance.dns_name or hostname,
                port=endpoint.port,
                endpoint=endpoint,
                changed_at=at,
                reason=Reason.VERIFIED.value,
                applied_revision=instance.revision,
            )
        )

    def give_up_member(self, organization_id: str, instance_id: str) -> None:
        instance = self.get(organization_id, instance_id)
        if instance is None:
            raise NotFound(f"there is no instance {instance_id}")
        if instance.status is not Status.PROVISIONING:
            raise IllegalTransition(f"{instance_id} is {instance.status}", instance.status)
        self._store(replace(instance, endpoint=None))

    def mark_error(self, organization_id: str, instance_id: str, failure: Failure, at: str) -> Instance:
        instance = self._allowed(organization_id, instance_id, Status.ERROR)
        if instance.status is Status.RUNNING and not instance.recovering:
            raise IllegalTransition(f"{instance_id} is {instance.status}", instance.status)
        if instance.recovery and instance.recovering:
            failed = replace(instance.recovery, status=RecoveryStatus.FAILED, ended_at=at)
            instance = replace(instance, recovery=failed)
        return self._store(
            replace(
                instance,
                status=Status.ERROR,
                failure=failure,
                changed_at=at,
                reason=failure.code,
                next_backup_at=None,
            )
        )

    def mark_deleting(self, organization_id: str, instance_id: str, audit: AuditEntry) -> None:
        if self._allowed(organization_id, instance_id, Status.DELETING).deletion_protection:
            raise DeletionProtected(f"{instance_id} is protected")
        self.force_deleting(organization_id, instance_id, audit)

    def force_deleting(self, organization_id: str, instance_id: str, audit: AuditEntry) -> None:
        instance = self._allowed(organization_id, instance_id, Status.DELETING)
        self._store(
            replace(
                instance,
                status=Status.DELETING,
                request_id=audit.request_id,
                changed_at=audit.at,
                reason=Reason.DELETE_REQUESTED.value,
                deleted_by=audit.actor,
                final_backup=None,
                next_backup_at=None,
            )
        )
        self.accounts.audit.append(audit)

    def mark_expired(self, organization_id: str, instance_id: str, expires_at: str, audit: AuditEntry) -> None:
        instance = self.get(organization_id, instance_id)
        if instance is None or instance.expires_at != expires_at or instance.status is Status.DELETING:
            raise RecordChanged(f"{instance_id} does not expire at {expires_at}")
        self.force_deleting(organization_id, instance_id, audit)

    def remove(self, organization_id: str, instance_id: str, removed: RemovedResources, at: str) -> None:
        instance = self.get(organization_id, instance_id)
        if instance is None:
            return
        if instance.status is not Status.DELETING:
            raise IllegalTransition(f"{instance_id} is {instance.status}", instance.status)
        del self.stored[organization_id, instance_id]
        if organization_id not in self.accounts.organizations:
            return
        self.accounts.use(organization_id, -1, -instance.reserved_memory)
        seen = replace(instance, keys=tuple(replace(key, sha256="") for key in instance.keys))
        self.receipts[organization_id, instance_id] = Receipt(seen, removed, at)

    def _allowed(self, organization_id: str, instance_id: str, to: Status) -> Instance:
        instance = self.get(organization_id, instance_id)
        if instance is None:
            raise NotFound(f"there is no instance {instance_id}")
        if instance.status not in allowed_from(to):
            raise IllegalTransition(f"{instance_id} is {instance.status}", instance.status)
        return instance

    def _store(self, instance: Instance) -> Instance:
        self.stored[instance.organization_id, instance.id] = instance
        return instance


@dataclass
class FakeReceipts:
    instances: FakeInstances

    def get(self, organization_id: str, instance_id: str, at: datetime) -> Receipt | None:
        receipt = self.instances.receipts.get((organization_id, instance_id))
        return receipt if receipt and at < receipt.expires_at else None
