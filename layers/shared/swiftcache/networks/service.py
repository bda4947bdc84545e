"""Making an instance's security group equal to its record: from its creation on, and whenever its networks change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.networks.ports import Connections, NetworkStore, SecurityGroups
from swiftcache.platform.errors import DependencyUnavailable, InstanceSuperseded
from swiftcache.platform.timestamps import timestamp

LEASE = timedelta(seconds=20)
"""Longer than the function runs. Of two runs at once the slower one could let in again whom the other has shut out."""

_LOOKS = 15
_LOOK_EVERY_SECONDS = 0.2
"""Together not longer than the API waits."""

_ROUNDS = 20
"""So many changes while one run is at work are more than anybody makes by hand."""


@dataclass(frozen=True, slots=True)
class NetworkService:
    """`now` gives the time with its zone, `sleep` waits for seconds."""

    instances: Instances
    network_store: NetworkStore
    groups: SecurityGroups
    connections: Connections
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def apply(self, organization_id: str, instance_id: str) -> None:
        """Returns when the group is as the record wants it, or when there is nothing to be done for this instance; or
        when another run is at work for longer than anybody waits.

        Raises DependencyUnavailable: to be tried again later.
        """
        for _ in range(_LOOKS):
            instance = self.instances.get(organization_id, instance_id)
            if instance is None or instance.status is not Status.RUNNING or instance.networks_in_force:
                return
            if self._make_equal(organization_id, instance_id) is not None:
                return
            self.sleep(_LOOK_EVERY_SECONDS)

    def prepare(self, organization_id: str, instance_id: str) -> str:
        """The id of the group that the tasks of a PROVISIONING instance are to have; it lets in whom it is to.

        Raises InstanceSuperseded if the instance was deleted meanwhile, DependencyUnavailable.
        """
        instance = self.instances.get(organization_id, instance_id)
        if instance is None or instance.status is not Status.PROVISIONING:
            raise InstanceSuperseded(f"{instance_id} is not wanted any more; there is nothing to prepare")
        if not instance.networks_in_force:
            instance = self._make_equal(organization_id, instance_id)
        if instance is None or instance.own_group is None:
            raise DependencyUnavailable(f"another run is at work on the security group of {instance_id}")
        return instance.own_group.id

    def remove(self, instance_id: str) -> None:
        """Raises DependencyUnavailable, also while a task has it."""
        self.groups.delete(instance_id)

    def _make_equal(self, organization_id: str, instance_id: str) -> Instance | None:
        """The instance once its group is equal to it; None if another run is at work on it."""
        now = self.now()
        until = timestamp(now + LEASE)
        instance = self.network_store.begin(organization_id, instance_id, timestamp(now), until)
        for _ in range(_ROUNDS):
            if instance is None or instance.allowed_networks is None or instance.group_lease != until:
                return None
            group = self.groups.make_equal(instance_id, instance.allowed_networks.cidrs)
            if instance.status is Status.RUNNING:
                # The rules first: whoever is cut off comes again at once. EC2 itself closes nothing that is open.
                self.connections.close_others(organization_id, instance_id)
            if (ended := self.network_store.end(instance, group, until)) is not None:
                return ended
            instance = self.instances.get(organization_id, instance_id)
        raise DependencyUnavailable(f"{instance_id} is changed faster than its security group can be")
