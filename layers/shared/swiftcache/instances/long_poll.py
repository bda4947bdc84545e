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


class WaitTarget(StrEnum):
    """What can be waited for."""

    RUNNING = "RUNNING"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class WaitResult:
    """The instance as it is; of one that is gone, the last that was seen of it."""

    instance: Instance
    gone: bool = False


@dataclass(frozen=True, slots=True)
class LongPoll:
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

    def wait(self, caller: Caller, instance_id: str, target: WaitTarget, seconds: float) -> WaitResult:
        """The instance as soon as it is at its target, or cannot be any more, or after so many seconds as it is then.

        Raises NotFound for one that is not there, unless DELETED is wanted and its receipt is still kept; RateLimited
        if too many of the organization's requests wait.
        """
        check_id(instance_id)
        owner = caller.organization_id
        began = self.clock()
        end = began + seconds
        instance = self.instances.get(owner, instance_id)
        if instance is None:
            return self._gone_before(owner, instance_id, target)
        waited = False
        if not _settled(instance.status, target) and seconds > 0:
            admit_waiting(self.rates, owner, self.now())
        while not _settled(instance.status, target) and self.clock() < end:
            self.sleep(max(0.0, min(_pause(self.clock() - began), end - self.clock())))
            waited = True
            if not self._changed(instance):
                continue
            # The look may have seen what was before, so the answer is from a read that cannot.
            latest = self.watched.get(owner, instance_id)
            if latest is None:
                return _gone(instance, target)
            instance, waited = latest, False
        if not waited:
            return WaitResult(instance)
        latest = self.watched.get(owner, instance_id)
        return WaitResult(latest) if latest else _gone(instance, target)

    def _changed(self, instance: Instance) -> bool:
        try:
            return self.watched.status(instance.organization_id, instance.id) is not instance.status
        except DependencyUnavailable:
            return False  # the next look may fare better

    def _gone_before(self, owner: str, instance_id: str, target: WaitTarget) -> WaitResult:
        receipt = self.receipts.get(owner, instance_id, self.now()) if target is WaitTarget.DELETED else None
        if receipt is None:
            raise NotFound(f"there is no instance {instance_id}")
        return WaitResult(receipt.instance, gone=True)


def _pause(waited: float) -> float:
    """Seconds until the next look, of one who has waited so long."""
    return min(max(FIRST_LOOK_SECONDS, waited / _SHARE), LOOK_SECONDS)


def _gone(last_seen: Instance, target: WaitTarget) -> WaitResult:
    if target is WaitTarget.DELETED:
        return WaitResult(last_seen, gone=True)
    raise NotFound(f"there is no instance {last_seen.id} any more")


def _settled(status: Status, target: WaitTarget) -> bool:
    """Whether waiting can end: the wanted status is there, or cannot be reached from this one."""
    return target is WaitTarget.RUNNING and status is not Status.PROVISIONING
