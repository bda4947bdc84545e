"""The ports in memory. tests/contract holds them to what the adapters do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from swiftcache.access.audit import AuditEntry
from swiftcache.events.model import Event, NotPublished
from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import EVERY, Filter, FirstError, Page, Target
from swiftcache.instances.receipt import Receipt, RemovedResources
from swiftcache.instances.recovery_state import RecoveryStatus
from swiftcache.instances.status import Reason, Status, allowed_from
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.errors import (
    DeletionProtected,
    DependencyUnavailable,
    IllegalTransition,
    InvalidRequest,
    NotFound,
    RecordChanged,
)
from swiftcache.redis.control_passwords import ControlPasswords, StoredCredentials
from swiftcache.timeline.model import OperationKind, WorkflowRecord
from swiftcache.timeline.ports import Creation
from tests.fakes_accounts import FakeAccounts as FakeAccounts


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
                hostname=hostname,
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
        return self._store(replace(instance, status=Status.ERROR, failure=failure, changed_at=at, reason=failure.code))

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
class FakeClock:
    """Time that passes only in a sleep. `then` holds what happens at certain times, in seconds from the start."""

    seconds: float = 0.0
    then: dict[float, Callable[[], object]] = field(default_factory=dict)

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for at in sorted(at for at in self.then if at <= self.seconds):
            self.then.pop(at)()


@dataclass
class FakeReceipts:
    instances: FakeInstances

    def get(self, organization_id: str, instance_id: str, at: datetime) -> Receipt | None:
        receipt = self.instances.receipts.get((organization_id, instance_id))
        return receipt if receipt and at < receipt.expires_at else None


@dataclass
class FakeCreations:
    added: dict[tuple[str, str], Creation] = field(default_factory=dict)

    def add(self, creation: Creation) -> None:
        self.added[creation.at, creation.instance_id] = creation

    def recent(self, limit: int, *, claimed: bool = False) -> list[float]:
        found = [made for _, made in sorted(self.added.items(), reverse=True) if made.claimed == claimed]
        return [creation.seconds for creation in found[:limit]]


@dataclass
class FakeHistories:
    records: dict[tuple[OperationKind, str], WorkflowRecord] = field(default_factory=dict)

    def read(self, kind: OperationKind, name: str) -> WorkflowRecord | None:
        return self.records.get((kind, name))


@dataclass
class FakeWorkflows:
    """`started` holds what was started, in order."""

    available: bool = True
    started: list[tuple[object, ...]] = field(default_factory=list)

    def provision(self, target: Target, member: Endpoint | None = None) -> None:
        self._start("provision", target, *([member] if member else []))

    def delete(self, target: Target, attempt: int) -> None:
        self._start("delete", target, attempt)

    def roll_back(self, target: Target, attempt: int, first_error: FirstError, recovery_id: str = "") -> None:
        self._start("roll_back", target, attempt, first_error, *([recovery_id] if recovery_id else []))

    def resize(self, target: Target, change_id: str, attempt: int, first_error: FirstError | None = None) -> None:
        self._start("resize", target, change_id, attempt, first_error)

    def _start(self, *what: object) -> None:
        if not self.available:
            raise DependencyUnavailable("the workflow service is busy")
        self.started.append(what)


@dataclass
class FakeEmptying:
    """`started` holds what was started, in order."""

    started: list[tuple[EmptyingTarget, int]] = field(default_factory=list)

    def start(self, target: EmptyingTarget, attempt: int) -> None:
        self.started.append((target, attempt))


@dataclass
class FakeContents:
    instances_: FakeInstances

    def instances(self, organization_id: str, status: Status, limit: int) -> Sequence[Instance]:
        found = [one for one in self.instances_.stored.values() if one.organization_id == organization_id]
        return [one for one in sorted(found, key=lambda one: one.id) if one.status is status][: max(0, limit)]

    def remove(self, organization_id: str) -> None:
        accounts = self.instances_.accounts
        organization = accounts.organizations.get(organization_id)
        if organization is None:
            return
        if organization.status is not OrganizationStatus.DELETING:
            raise IllegalTransition(f"{organization_id} is {organization.status}", organization.status)
        for kept in (accounts.organizations, accounts.members, accounts.keys, accounts.versions):
            kept.pop(organization_id)


@dataclass
class FakeCredentials:
    """`issued` has each ACL file with the password in use, `passwords` those that are being replaced."""

    issued: dict[str, tuple[str, str]] = field(default_factory=dict)
    passwords: dict[str, ControlPasswords] = field(default_factory=dict)

    def issue(self, instance_id: str, acl: str, control_password: str) -> str:
        self.issued[instance_id] = (acl, control_password)
        self.passwords.pop(instance_id, None)
        return f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{instance_id}"

    def control_password(self, instance_id: str) -> str:
        if instance_id not in self.issued:
            raise NotFound(f"there are no credentials for {instance_id}")
        return self.issued[instance_id][1]

    def control_passwords(self, instance_id: str) -> ControlPasswords:
        return self.passwords.get(instance_id) or ControlPasswords(self.control_password(instance_id))

    def stored(self, instance_id: str) -> StoredCredentials:
        passwords = self.control_passwords(instance_id)
        return StoredCredentials(self.issued[instance_id][0], passwords)

    def rewrite(self, instance_id: str, before: StoredCredentials, after: StoredCredentials) -> None:
        if after == before:
            return
        self.control_password(instance_id)
        self.issued[instance_id] = (after.acl, after.passwords.current)
        self.passwords[instance_id] = after.passwords

    def secret_arn(self, instance_id: str) -> str:
        return f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{instance_id}"


@dataclass
class FakeEvents:
    """Refuses the events with these ids."""

    available: bool = True
    refused: frozenset[str] = frozenset()
    published: list[Event] = field(default_factory=list)

    def publish(self, events: Sequence[Event]) -> None:
        for index, event in enumerate(events):
            if not self.available or event.id in self.refused:
                raise NotPublished(index, "the event bus did not take the event")
            self.published.append(event)
