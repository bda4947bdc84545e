"""What the reconciler sees and does, in memory. tests/contract holds these to what the adapters do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from swiftcache.fleet.orphans import CloudResource
from swiftcache.fleet.ports import Attempt, OrganizationSnapshot, ReconcileCheckpoint, WorkflowKind
from swiftcache.instances.model import Instance, domain_of
from swiftcache.instances.ports import FirstError
from swiftcache.instances.recovery_state import Cause
from swiftcache.instances.status import Status
from swiftcache.platform.errors import RecordChanged
from swiftcache.pool.model import POOL
from tests.fakes.instances import FakeInstances


@dataclass
class FakeRecordIndex:
    """`hidden` organizations are not yet in the index; `webhooks` are theirs by their ids."""

    instances: FakeInstances
    hidden: set[str] = field(default_factory=set)
    webhooks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    looks: list[str] = field(default_factory=list)

    def fleet(self) -> Iterator[tuple[str, str]]:
        yield from sorted(self.instances.stored)

    def is_in_fleet(self, instance_id: str) -> bool:
        return instance_id in {known for _, known in self.fleet()}

    def organizations(self) -> Iterator[str]:
        yield from sorted(set(self.instances.accounts.organizations) - self.hidden)

    def snapshot(self, organization_id: str) -> OrganizationSnapshot | None:
        self.looks.append(organization_id)
        organization = self.instances.accounts.organizations.get(organization_id)
        if organization is None:
            return None
        own = [one for (owner, _), one in sorted(self.instances.stored.items()) if owner == organization_id]
        return OrganizationSnapshot(organization, tuple(own), self.webhooks.get(organization_id, ()), 0, "request-1")

    def pool(self) -> list[Instance]:
        return [one for (owner, _), one in sorted(self.instances.stored.items()) if owner == POOL]

    def note_private_address(self, instance: Instance, address: str) -> bool:
        key = (instance.organization_id, instance.id)
        found = self.instances.stored.get(key)
        if found is None or found.endpoint is None or instance.endpoint is None or found.changing:
            return False
        if found.status is not Status.RUNNING or found.endpoint.task != instance.endpoint.task:
            return False
        if found.endpoint.private_address:
            return False
        self.instances.stored[key] = replace(found, endpoint=replace(found.endpoint, private_address=address))
        return True

    def correct(self, snapshot: OrganizationSnapshot) -> bool:
        organizations = self.instances.accounts.organizations
        found = organizations[snapshot.organization.id]
        if found.used != snapshot.organization.used:
            return False
        organizations[found.id] = replace(found, used=snapshot.uses)
        return True


@dataclass
class FakeInventory:
    """`size` resources a page."""

    resources: list[CloudResource] = field(default_factory=list)
    size: int = 2
    pages: int = 0

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        self.pages += 1
        start = int(token or 0)
        end = start + self.size
        return self.resources[start:end], str(end) if end < len(self.resources) else None

    def of(self, instance_id: str) -> Sequence[CloudResource]:
        return [resource for resource in self.resources if resource.owner == instance_id]


@dataclass
class FakeDnsRecords:
    """All on one page. `listed` are the domains that were asked for, each time."""

    resources: list[CloudResource] = field(default_factory=list)
    listed: list[Sequence[str]] = field(default_factory=list)

    def page(self, domains: Sequence[str], _: str | None) -> tuple[Sequence[CloudResource], str | None]:
        self.listed.append(domains)
        return [resource for resource in self.resources if domain_of(resource.name) in domains], None

    def named(self, dns_name: str, instance_id: str) -> Sequence[CloudResource]:
        return [one for one in self.resources if (one.name, one.owner) == (dns_name, instance_id)]


@dataclass
class FakeOrphanItemScan(FakeInventory):
    """`organizations` are there after all."""

    organizations: set[str] = field(default_factory=set)

    def belongs(self, item: CloudResource) -> bool:
        return item not in self.resources or item.owner in self.organizations

    def remove(self, item: CloudResource) -> None:
        self.resources.remove(item)


@dataclass
class FakeReconcileCheckpoints:
    stored: ReconcileCheckpoint = field(default_factory=ReconcileCheckpoint)
    stores: int = 0

    def load(self) -> ReconcileCheckpoint:
        return self.stored

    def store(self, checkpoint: ReconcileCheckpoint) -> ReconcileCheckpoint:
        if checkpoint.version != self.stored.version:
            raise RecordChanged("another pass is on its way")
        self.stores += 1
        self.stored = replace(checkpoint, version=checkpoint.version + 1)
        return self.stored


@dataclass
class FakeExecutions:
    """`known` are those that there are: whether each runs. Each has ended with `error`."""

    known: dict[str, bool] = field(default_factory=dict)
    error: str = "Injected"
    stopped: list[str] = field(default_factory=list)
    asked: list[tuple[WorkflowKind, str]] = field(default_factory=list)

    def find(self, kind: WorkflowKind, name: str) -> Attempt | None:
        self.asked.append((kind, name))
        return self._attempt(0, name) if name in self.known else None

    def latest(self, kind: WorkflowKind, name: str) -> Attempt | None:
        self.asked.append((kind, name))
        numbers = [int(known.rpartition("-")[2]) for known in self.known if known.rpartition("-")[0] == name]
        if not numbers:
            return None
        last = max(numbers)
        return self._attempt(last, f"{name}-{last}")

    def _attempt(self, number: int, name: str) -> Attempt:
        return Attempt(number, self.known[name], FirstError("Injected", name), self.error)

    def stop(self, execution: CloudResource) -> None:
        self.stopped.append(execution.name)


@dataclass
class FakeTasks:
    """`addresses` are private ones by the tasks' ARNs."""

    stopped: set[str] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)

    def there(self, tasks: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(len(tasks))
        return {task: self.addresses.get(task, "") for task in tasks if task not in self.stopped}

    def stop(self, task: str) -> None:
        self.stopped.add(task)


@dataclass
class FakeRecoveryStarter:
    lost: list[tuple[str, str, Cause]] = field(default_factory=list)

    def task_lost(self, instance: Instance, task: str, cause: Cause) -> bool:
        self.lost.append((instance.id, task, cause))
        return True
