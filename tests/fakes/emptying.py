"""What emptying an organization needs of the world, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.errors import IllegalTransition
from tests.fakes.instances import FakeInstances


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
