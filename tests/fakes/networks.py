"""The ports of limiting who reaches an instance, in memory. tests/contract holds them to what their adapters do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from swiftcache.instances.allowed_networks import OwnGroup
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.instances import FakeInstances


@dataclass
class FakeNetworkStore:
    instances: FakeInstances

    def begin(self, organization_id: str, instance_id: str, now: str, until: str) -> Instance | None:
        found = self.instances.get(organization_id, instance_id)
        if found is None or found.allowed_networks is None:
            return None
        if found.status not in (Status.PROVISIONING, Status.RUNNING) or (found.group_lease or "") >= now:
            return None
        return self._store(replace(found, group_lease=until))

    def end(self, applied: Instance, group: str, until: str) -> Instance | None:
        found = self.instances.get(applied.organization_id, applied.id)
        assert applied.allowed_networks
        if found is None or found.allowed_networks is None or found.group_lease != until:
            return None
        wanted, has = found.allowed_networks.revision, applied.allowed_networks.revision
        if wanted != has or found.endpoint != applied.endpoint:
            return None
        return self._store(replace(found, own_group=OwnGroup(group, has), group_lease=None))

    def _store(self, instance: Instance) -> Instance:
        self.instances.stored[instance.organization_id, instance.id] = instance
        return instance


@dataclass
class FakeSecurityGroups:
    """`groups` has the networks that each instance's lets in; `used` are those of tasks that run."""

    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    available: bool = True

    def make_equal(self, instance_id: str, cidrs: Sequence[str]) -> str:
        if not self.available:
            raise DependencyUnavailable("the network is busy")
        self.groups[instance_id] = tuple(cidrs)
        return f"sg-{instance_id}"

    def delete(self, instance_id: str) -> None:
        if instance_id in self.used:
            raise DependencyUnavailable("the security group is still that of a task")
        self.groups.pop(instance_id, None)


@dataclass
class FakeNetworkTrigger:
    """`asked` holds whose networks were asked for, in order."""

    available: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)

    def start(self, organization_id: str, instance_id: str) -> None:
        if not self.available:
            raise DependencyUnavailable("the network of instances is busy")
        self.asked.append((organization_id, instance_id))

    def control(self, organization_id: str, instance_id: str) -> bool:
        self.asked.append((organization_id, instance_id))
        return self.available
