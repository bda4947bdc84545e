"""A fleet on virtual time: its instances are replaced in their windows once they are asked for, well or badly."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from swiftcache.engines.model import EngineName, Offer, Offers
from swiftcache.instances.change import Change, ChangeKind, ChangeReason, ChangeStatus
from swiftcache.instances.failure import Failure
from swiftcache.instances.maintenance_window import MaintenanceWindow
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.maintenance.model import required
from swiftcache.platform.timestamps import timestamp
from swiftcache.rollouts.model import Rollout
from swiftcache.rollouts.progress import advanced, begun
from swiftcache.rollouts.waves import to_take
from tests.samples import NOW, an_instance

OLD, NEW, NEWER = "7.2.15", "7.2.16", "7.2.17"
ALWAYS = MaintenanceWindow("00:00", 24)
TOOK = timedelta(seconds=90)


def offering(version: str | None = NEW) -> Offers:
    return Offers((Offer(EngineName.REDIS, version, default=True, end_of_life=None),))


def running(instance_id: str = "inst_a1", version: str | None = OLD, **different: Any) -> Instance:
    task = f"arn:task/{instance_id}/0"
    given: dict[str, Any] = {
        "id": instance_id,
        "status": Status.RUNNING,
        "endpoint": Endpoint("203.0.113.10", 6379, task),
        "observed": ObservedTask(task, version),
        "maintenance_window": ALWAYS,
    }
    return an_instance(**given | different)


def changed(
    instance: Instance, status: ChangeStatus, at: datetime, code: str | None = None, reason: ChangeReason | None = None
) -> Instance:
    change = Change(
        f"chg_{instance.id}_{timestamp(at)}",
        *(ChangeKind.REPLACE, status, instance.max_memory, instance.eviction_policy, timestamp(at), "keep-1"),
        ended_at=None if status is ChangeStatus.IN_PROGRESS else timestamp(at + TOOK),
        failure=Failure(code, "It did not start.", "DescribeNewTask", "keep-1") if code else None,
        reason=reason or ChangeReason.IMAGE,
    )
    return replace(instance, change=change)


def replaced(instance: Instance, at: datetime, version: str = NEW) -> Instance:
    task = f"arn:task/{instance.id}/{timestamp(at)}"
    return replace(
        changed(instance, ChangeStatus.SUCCEEDED, at),
        endpoint=Endpoint("203.0.113.11", 6379, task),
        observed=ObservedTask(task, version),
        pending_maintenance=(),
    )


def failed(instance: Instance, at: datetime, code: str = "REDIS_STOPPED") -> Instance:
    return changed(instance, ChangeStatus.FAILED, at, code)


def recovered(instance: Instance, at: datetime) -> Instance:
    recovery = Recovery(f"rec_{instance.id}", RecoveryStatus.SUCCEEDED, Cause.REDIS_STOPPED, timestamp(at))
    return replace(instance, recovery=recovery)


Outcome = Callable[[Instance, datetime], Instance]


@dataclass
class Fleet:
    """`outcome` is what becomes of an instance whose turn has come."""

    instances: dict[str, Instance]
    now: datetime = NOW
    outcome: Outcome = replaced
    rollout: Rollout | None = None
    offers: Offers = field(default_factory=offering)
    seen: list[Rollout] = field(default_factory=list)

    @classmethod
    def of(cls, instances: Iterable[Instance], **given: Any) -> "Fleet":
        return cls({instance.id: instance for instance in instances}, **given)

    @property
    def all(self) -> list[Instance]:
        return list(self.instances.values())

    def step(self, later: timedelta = timedelta(minutes=30)) -> Rollout:
        """What a pass does, and then whoever is due by the next one is replaced."""
        before = self.rollout or begun(self.offers.default, self.all, self.now)
        assert before is not None
        self.rollout = advanced(before, self.offers, self.all, self.now)
        if self.rollout != before:
            self.seen.append(self.rollout)
        if self.rollout.status == "IN_PROGRESS":
            for instance in to_take(self.rollout, self.all, self.now):
                self.put(required(instance, ChangeReason.IMAGE, self.now, self.now + timedelta(days=14), self.now))
        for instance in self.all:
            due = [one for one in instance.maintenance if one.starts_at < timestamp(self.now + later)]
            if due:
                begins = max(self.now, datetime.fromisoformat(due[0].starts_at))
                self.put(self.outcome(replace(instance, pending_maintenance=()), begins))
        self.now += later
        return self.rollout

    def run(self, until: Callable[[Rollout], bool], days: float = 20) -> Rollout:
        end = self.now + timedelta(days=days)
        while self.now < end:
            if until(rollout := self.step()):
                return rollout
        raise AssertionError(f"not by {end}: {self.rollout}")

    def put(self, instance: Instance) -> None:
        self.instances[instance.id] = instance
