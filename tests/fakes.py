"""The ports in memory. tests/contract holds them to what the adapters do."""

from dataclasses import dataclass, field, replace

from swiftcache.domain.errors import DependencyUnavailable, IllegalTransition, InvalidRequest, NotFound
from swiftcache.domain.failure import Failure
from swiftcache.domain.instance import Instance
from swiftcache.domain.organization import Caller, Role
from swiftcache.domain.ports import FirstError, Page, StatusChange, Target
from swiftcache.domain.status import Reason, Status, allowed_from


@dataclass
class FakeAccounts:
    callers: dict[str, Caller] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def caller(self, key_sha256: str) -> Caller | None:
        return self.callers.get(key_sha256)

    def create_organization(self, organization_id: str, name: str, at: str, key_sha256: str) -> None:
        self.counts[organization_id] = 0
        self.callers[key_sha256] = Caller(organization_id, Role.OWNER)


@dataclass
class FakeInstances:
    accounts: FakeAccounts
    stored: dict[tuple[str, str], Instance] = field(default_factory=dict)

    def create(self, instance: Instance) -> None:
        if instance.organization_id not in self.accounts.counts:
            raise NotFound(f"there is no organization {instance.organization_id}")
        self.accounts.counts[instance.organization_id] += 1
        self.stored[instance.organization_id, instance.id] = instance

    def get(self, organization_id: str, instance_id: str) -> Instance | None:
        return self.stored.get((organization_id, instance_id))

    def page(self, organization_id: str, limit: int, cursor: str | None) -> Page:
        if cursor is not None and not cursor.startswith("after:"):
            raise InvalidRequest("cursor is not one that this API gave", "/cursor")
        after = (cursor or "").removeprefix("after:")
        ids = sorted(known for owner, known in self.stored if owner == organization_id and known > after)
        instances = [self.stored[organization_id, known] for known in ids[:limit]]
        return Page(instances, f"after:{instances[-1].id}" if len(ids) > limit else None)

    def mark_running(self, organization_id: str, instance_id: str, hostname: str, port: int, at: str) -> Instance:
        instance = self._allowed(organization_id, instance_id, Status.RUNNING)
        return self._store(
            replace(
                instance,
                status=Status.RUNNING,
                hostname=hostname,
                port=port,
                changed_at=at,
                reason=Reason.VERIFIED.value,
            )
        )

    def mark_error(self, organization_id: str, instance_id: str, failure: Failure, at: str) -> Instance:
        instance = self._allowed(organization_id, instance_id, Status.ERROR)
        return self._store(replace(instance, status=Status.ERROR, failure=failure, changed_at=at, reason=failure.code))

    def mark_deleting(self, organization_id: str, instance_id: str, request_id: str, at: str) -> Instance:
        instance = self._allowed(organization_id, instance_id, Status.DELETING)
        return self._store(
            replace(
                instance,
                status=Status.DELETING,
                request_id=request_id,
                changed_at=at,
                reason=Reason.DELETE_REQUESTED.value,
            )
        )

    def remove(self, organization_id: str, instance_id: str) -> None:
        instance = self.get(organization_id, instance_id)
        if instance is None:
            return
        if instance.status is not Status.DELETING:
            raise IllegalTransition(f"{instance_id} is {instance.status}", instance.status)
        del self.stored[organization_id, instance_id]
        self.accounts.counts[organization_id] -= 1

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
class FakeWorkflows:
    """`started` holds what was started, in order."""

    available: bool = True
    started: list[tuple[object, ...]] = field(default_factory=list)

    def provision(self, target: Target) -> None:
        self._start("provision", target)

    def delete(self, target: Target, attempt: int) -> None:
        self._start("delete", target, attempt)

    def roll_back(self, target: Target, attempt: int, first_error: FirstError) -> None:
        self._start("roll_back", target, attempt, first_error)

    def _start(self, *what: object) -> None:
        if not self.available:
            raise DependencyUnavailable("the workflow service is busy")
        self.started.append(what)


@dataclass
class FakeCredentials:
    issued: dict[str, tuple[str, str]] = field(default_factory=dict)

    def issue(self, instance_id: str, acl: str, control_password: str) -> str:
        self.issued[instance_id] = (acl, control_password)
        return f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{instance_id}"

    def control_password(self, instance_id: str) -> str:
        if instance_id not in self.issued:
            raise NotFound(f"there are no credentials for {instance_id}")
        return self.issued[instance_id][1]


@dataclass
class FakeEvents:
    available: bool = True
    published: list[StatusChange] = field(default_factory=list)

    def publish(self, change: StatusChange) -> None:
        if not self.available:
            raise DependencyUnavailable("the event bus is busy")
        self.published.append(change)
