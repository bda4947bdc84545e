"""Waiting for an instance to reach a status, in one request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from swiftcache.access.identity import Caller
from swiftcache.access.rate_limiter import Rates, admit_waiting
from swiftcache.instances.model import Instance
from swiftcache.instances.ownership import check_id
from swiftcache.instances.ports import Instances, Receipts
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, NotFound

LOOK_SECONDS = 0.2
"""Between two looks, at most. With the look itself and the last read, a change is answered within 0.3 seconds."""

FIRST_LOOK_SECONDS = 0.02
"""Before the first look. What comes soon is answered soon: nobody waits a quarter longer than it takes."""

_SHARE = 4

MAX_SECONDS = 25
"""API Gateway gives up on an answer after 30."""


class Wanted(StrEnum):
    """What can be waited for."""

    RUNNING = "RUNNING"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Seen:
    """The instance as it is; of one that is gone, the last that was seen of it."""

    instance: Instance
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """`instances` reads with patience; `watched` is the same record, but gives up on a read within 1.5 seconds.

    `now` gives the time with its zone, `clock` seconds that only ever grow.
    """

    instances: Instances
    watched: Instances
    receipts: Receipts
    rates: Rates
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def wait(self, caller: Caller, instance_id: str, wanted: Wanted, seconds: float) -> Seen:
        """The instance as soon as it is as wanted, or cannot be any more, or after so many seconds as it is then.

        Raises NotFound for one that is not there, unless DELETED is wanted and its receipt is still kept; RateLimited
        if too many of the organization's requests wait.
        """
        check_id(instance_id)
        owner = caller.organization_id
        began = self.clock()
        end = began + seconds
        instance = self.instances.get(owner, instance_id)
        if instance is None:
            return self._gone_before(owner, instance_id, wanted)
        waited = False
        if not _settled(instance.status, wanted) and seconds > 0:
            admit_waiting(self.rates, owner, self.now())
        while not _settled(instance.status, wanted) and self.clock() < end:
            self.sleep(max(0.0, min(_pause(self.clock() - began), end - self.clock())))
            waited = True
            if not self._changed(instance):
                continue
            # The look may have seen what was before, so the answer is from a read that cannot.
            latest = self.watched.get(owner, instance_id)
            if latest is None:
                return _gone(instance, wanted)
            instance, waited = latest, False
        if not waited:
            return Seen(instance)
        latest = self.watched.get(owner, instance_id)
        return Seen(latest) if latest else _gone(instance, wanted)

    def _changed(self, instance: Instance) -> bool:
        try:
            return self.watched.status(instance.organization_id, instance.id) is not instance.status
        except DependencyUnavailable:
            return False  # the next look may fare better

    def _gone_before(self, owner: str, instance_id: str, wanted: Wanted) -> Seen:
        receipt = self.receipts.get(owner, instance_id, self.now()) if wanted is Wanted.DELETED else None
        if receipt is None:
            raise NotFound(f"there is no instance {instance_id}")
        return Seen(receipt.instance, gone=True)


def _pause(waited: float) -> float:
    """Seconds until the next look, of one who has waited so long."""
    return min(max(FIRST_LOOK_SECONDS, waited / _SHARE), LOOK_SECONDS)


def _gone(last_seen: Instance, wanted: Wanted) -> Seen:
    if wanted is Wanted.DELETED:
        return Seen(last_seen, gone=True)
    raise NotFound(f"there is no instance {last_seen.id} any more")


def _settled(status: Status, wanted: Wanted) -> bool:
    """Whether waiting can end: the wanted status is there, or cannot be reached from this one."""
    return wanted is Wanted.RUNNING and status is not Status.PROVISIONING
