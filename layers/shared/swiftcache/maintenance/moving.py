"""The stack is on its way to a private network: tasks that have a public address are replaced by such as have none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from swiftcache.instances.change import ChangeReason
from swiftcache.instances.model import Instance
from swiftcache.maintenance.model import is_under_way, pending_of
from swiftcache.maintenance.service import MaintenanceService

NOTICE = timedelta(days=1)
"""For the operator and owners to move a few by `now`, and see that their clients find them, before the others go."""

WITHIN = timedelta(days=14)
"""Two windows of each instance, so that its owner can put it off once."""


@dataclass(frozen=True, slots=True)
class NetworkWatch:
    """`makes_private_tasks`: a replacement leads to a task without a public address. `now` gives the time with its
    zone."""

    maintenance: MaintenanceService
    makes_private_tasks: bool
    now: Callable[[], datetime]

    def look(self, instance: Instance, request_id: str) -> bool:
        """Whether it is to be replaced from now on. What was required is taken back where the stack has turned back."""
        whose = (instance.organization_id, instance.id, ChangeReason.NETWORK)
        pending = pending_of(instance, ChangeReason.NETWORK)
        if pending is not None:
            if not self.makes_private_tasks and not is_under_way(instance, pending):
                self.maintenance.withdraw(*whose, request_id)
            return False
        if not self.makes_private_tasks or instance.endpoint is None or not instance.endpoint.is_public:
            return False
        now = self.now()
        self.maintenance.require(*whose, now + WITHIN, request_id, now + NOTICE)
        return True
