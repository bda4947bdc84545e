"""AWS retires tasks: those that serve are replaced before, and members of the warm pool make room for others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances
from swiftcache.maintenance.health_event import Retirement
from swiftcache.maintenance.ports import RunningInstances
from swiftcache.maintenance.service import MaintenanceService
from swiftcache.platform.errors import IllegalTransition
from swiftcache.pool.model import POOL

MARGIN = timedelta(hours=1)
"""The deadline is so long before AWS begins: a replacement that begins at the last moment has come to its end."""


@dataclass(frozen=True, slots=True)
class RetirementWatch:
    """`now` gives the time with its zone."""

    fleet: RunningInstances
    instances: Instances
    maintenance: MaintenanceService
    now: Callable[[], datetime]

    def notice(self, retirement: Retirement) -> Iterator[str]:
        """Does what it asks for, and may run again; the ids of the instances that it is about. Most tasks are nobody's.

        Raises NotFound for a member that somebody has just taken over: it is found as his instance soon.
        """
        for instance in self.fleet.running():
            if instance.endpoint is None or instance.endpoint.task not in retirement.tasks:
                continue
            if instance.organization_id == POOL:
                self._give_up(instance, retirement)
            else:
                self.maintenance.require(
                    instance.organization_id,
                    instance.id,
                    ChangeReason.RETIREMENT,
                    retirement.at - MARGIN,
                    retirement.notice,
                )
            yield instance.id

    def _give_up(self, member: Instance, retirement: Retirement) -> None:
        audit = system_entry(
            System.POOL,
            Action.INSTANCE_DELETION_REQUESTED,
            *(POOL, member.id, member.name, retirement.notice, self.now()),
        )
        try:
            self.instances.force_deleting(POOL, member.id, audit)
        except IllegalTransition:
            return  # it is going already
