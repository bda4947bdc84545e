"""A fleet's year on virtual time: certificates, images and tasks end, a zone is lost, and the keepers see to it.

What decides is the service's own: the keepers of maintenance and of rollouts, the watches of certificates and of
retirements, and the rules of the record. What AWS does is played: a replacement has ended by the next pass, and one in
some fails; a task that is lost is replaced within a pass, in another zone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from swiftcache.certificates.model import CertificateState, CurrentCertificate
from swiftcache.engines.model import EngineName, Offer, Offers
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.instances.maintenance import latest_start, window_of
from swiftcache.instances.maintenance_window import MaintenanceWindow
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.maintenance.health_event import Retirement
from swiftcache.maintenance.retirement import RetirementWatch
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import sha256
from swiftcache.rollouts.keeping import RolloutKeeper
from swiftcache.rollouts.model import RolloutStatus
from swiftcache.rollouts.progress import resumed
from tests.fakes.certificates import FakeCertificateRecord
from tests.fakes.maintenance import FakeRunning
from tests.fakes.rollouts import FakeLasting, FakeRollouts
from tests.unit.maintenance.maintenance_world import FAILURE
from tests.unit.maintenance.watching import Watching

DAYS = 365
LIFE = timedelta(days=120)
"""Of a certificate: another is issued when a third of it is left."""

ISSUED = tuple(timedelta(days=day) for day in (80, 160, 240, 320))
IMAGES = {timedelta(days=30): "7.2.17", timedelta(days=158): "7.2.18", timedelta(days=270): "7.2.19"}
RETIRED = (timedelta(days=100), timedelta(days=205))
"""Of one instance each. AWS tells of it a week before."""

NOTICE = timedelta(days=7)
ZONE_LOST = timedelta(days=222, hours=12)
ZONES = ("a", "b", "c")
LOST = "b"
ONE_IN = 25
"""Of so many replacements one fails."""

BUSY_STEP = timedelta(minutes=30)
CALM_STEP = timedelta(hours=4)


@dataclass(frozen=True)
class Event:
    """What happens so long after the beginning."""

    after: timedelta
    happens: Callable[[], None]


@dataclass
class Tally:
    """`reasons` are of the replacements that have succeeded, `resumed` are rollouts that had stopped.

    The lists, by the ids of instances, should be empty: `outside` began neither in its window nor late enough for its
    deadline, `expired` served a certificate after its end, and `stopped_by_aws` was still served by a task that AWS
    retires.
    """

    reasons: dict[ChangeReason, int] = field(default_factory=dict)
    failed: int = 0
    resumed: int = 0
    recoveries: int = 0
    outside: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    stopped_by_aws: list[str] = field(default_factory=list)

    @property
    def replacements(self) -> int:
        return sum(self.reasons.values())


class Year(Watching):
    """Nothing in it is by chance. An operator has a rollout that stopped go on, since what failed was no pattern."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.began = self.time
        self.tally = Tally()
        self.tasks = 0
        self.zones: dict[str, str] = {}
        self.retired: dict[str, datetime] = {}
        self.certificates = FakeCertificateRecord(CertificateState(current=self._certificate("first")))
        self.rollouts = FakeRollouts()
        self.version = "7.2.16"
        for number in range(count):
            window = None if number % 3 else MaintenanceWindow("13:00", 2)
            self.running(id=f"inst_{number}", maintenance_window=window, **self._new_task(f"inst_{number}"))

    def play(self) -> Tally:
        waiting = sorted(self._calendar(), key=lambda event: event.after)
        while self.time < self.began + timedelta(days=DAYS):
            while waiting and waiting[0].after <= self.time - self.began:
                waiting.pop(0).happens()
            self._pass()
            self.time += BUSY_STEP if self._is_busy() else CALM_STEP
        return self.tally

    @property
    def all(self) -> list[Instance]:
        return list(self.instances.stored.values())

    def _calendar(self) -> Iterator[Event]:
        for after in ISSUED:
            yield Event(after, partial(self._issue, f"issued-{after.days}"))
        for after, version in IMAGES.items():
            yield Event(after, partial(self._offer, version))
        for number, after in enumerate(RETIRED):
            yield Event(after, partial(self._announce, self.all[number], after))
        yield Event(ZONE_LOST, self._lose_zone)

    def _pass(self) -> None:
        self.passes += 1
        name, end = f"pass-{self.passes}", self.time + timedelta(seconds=50)
        for before in self.all:
            self._end_of_change(before)
        for task, at in self.retired.items():
            if at <= self.time:
                self.tally.stopped_by_aws += [one.id for one in self.all if one.endpoint and one.endpoint.task == task]
        self.fleet_watch.run(name, end)
        RolloutKeeper(self.rollouts, FakeLasting(self.instances), self.service, self._offers, self._now).run(name, end)
        if self.rollouts.stored and self.rollouts.stored.status is RolloutStatus.STOPPED:
            self.tally.resumed += 1
            self.rollouts.store(resumed(self.rollouts.stored, self.time))
        for instance_id in self.keeper.run(name, end).begun:
            self._check_time(self.found(instance_id))
        self.tally.expired += [one.id for one in self.all if one.serves and one.serves.ends <= self.time]

    def _is_busy(self) -> bool:
        return self.rollouts.stored is not None or any(one.pending_maintenance or one.changing for one in self.all)

    def _now(self) -> datetime:
        return self.time

    @property
    def _offers(self) -> Offers:
        return Offers((Offer(EngineName.REDIS, self.version, default=True, end_of_life=None),))

    def _issue(self, fingerprint: str) -> None:
        state = self.certificates.state()
        self.certificates.store(replace(state, current=self._certificate(fingerprint)))

    def _certificate(self, fingerprint: str) -> CurrentCertificate:
        return CurrentCertificate(
            timestamp(self.time + LIFE), fingerprint, timestamp(self.time), ("*.redis.example.com",)
        )

    def _offer(self, version: str) -> None:
        self.version = version

    def _announce(self, instance: Instance, after: timedelta) -> None:
        serving = self.found(instance.id).endpoint
        assert serving
        at = self.began + after + NOTICE
        self.retired[serving.task] = at
        watch = RetirementWatch(FakeRunning(self.instances), self.instances, self.service, self._now)
        assert list(watch.notice(Retirement(frozenset({serving.task}), at, f"notice-{after.days}"))) == [instance.id]

    def _lose_zone(self) -> None:
        for instance in self.all:
            if instance.endpoint and self.zones[instance.endpoint.task] == LOST:
                self.tally.recoveries += 1
                recovery = Recovery(
                    f"rec_{self.tasks}", RecoveryStatus.SUCCEEDED, Cause.TASK_LOST, timestamp(self.time)
                )
                self.becomes(instance.id, recovery=recovery, **self._new_task(instance.id, but_in=LOST))

    def _new_task(self, instance_id: str, but_in: str = "") -> dict[str, Any]:
        """What a task that starts now serves, and what is seen of it in its first minute."""
        self.tasks += 1
        task, zones = f"arn:task/{instance_id}/{self.tasks}", [zone for zone in ZONES if zone != but_in]
        self.zones[task] = zones[self.tasks % len(zones)]
        current = self.certificates.state().current
        assert current
        served = Certificate(current.not_after, current.sha256_fingerprint)
        return {
            "endpoint": Endpoint("203.0.113.10", 6379, task),
            "observed": ObservedTask(task, self.version, served),
        }

    def _end_of_change(self, instance: Instance) -> None:
        if not instance.changing:
            return
        change = self.change(instance.id)
        if int(sha256(f"{instance.id} {self.passes}")[:4], 16) % ONE_IN == 0:
            self.tally.failed += 1
            self.becomes(instance.id, change=replace(change, status=ChangeStatus.FAILED, failure=FAILURE))
            return
        assert change.reason
        self.tally.reasons[change.reason] = self.tally.reasons.get(change.reason, 0) + 1
        done = replace(change, status=ChangeStatus.SUCCEEDED, ended_at=timestamp(self.time))
        self.becomes(instance.id, change=done, **self._new_task(instance.id))

    def _check_time(self, instance: Instance) -> None:
        window = window_of(instance)
        in_window = window.opening(self.time) <= self.time
        if not in_window and all(self.time < latest_start(one.deadline) for one in instance.maintenance):
            self.tally.outside.append(instance.id)
