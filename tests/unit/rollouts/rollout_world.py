"""Rollouts with everything below them on fakes: the record, maintenance, and a clock that tests move."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from swiftcache.engines.model import Offers
from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.platform.timestamps import timestamp
from swiftcache.rollouts.keeping import RolloutKeeper, RolloutPass
from swiftcache.rollouts.model import Rollout
from tests.fakes.rollouts import FakeLasting, FakeRollouts
from tests.samples import OFFERS
from tests.unit.maintenance.maintenance_world import World
from tests.unit.rollouts.rollout_fleet import ALWAYS, NEW, OLD


class RolloutWorld(World):
    offers: Offers = OFFERS

    def __init__(self, count: int = 3) -> None:
        super().__init__()
        self.rollouts, self.fleet = FakeRollouts(), FakeLasting(self.instances)
        self.rollout_passes = 0
        for number in range(count):
            self.old(f"inst_{number}")

    def old(self, instance_id: str, version: str | None = OLD, **different: Any) -> Instance:
        task = f"arn:task/{instance_id}"
        where = {"endpoint": Endpoint("203.0.113.10", 6379, task), "observed": ObservedTask(task, version)}
        return self.running(**{"id": instance_id, "maintenance_window": ALWAYS} | where | different)

    @property
    def rollout_keeper(self) -> RolloutKeeper:
        return RolloutKeeper(self.rollouts, self.fleet, self.service, self.offers, lambda: self.time)

    def keep(self, seconds: float = 90) -> RolloutPass:
        self.rollout_passes += 1
        return self.rollout_keeper.run(f"rollout-{self.rollout_passes}", self.time + timedelta(seconds=seconds))

    @property
    def rollout(self) -> Rollout:
        assert self.rollouts.stored is not None
        return self.rollouts.stored

    def pending(self) -> list[str]:
        return [one.id for one in self.instances.stored.values() if one.maintenance]

    def begun_image(self, instance_id: str, reason: ChangeReason = ChangeReason.IMAGE) -> None:
        """Its turn has come."""
        self.replacements.begin("org_1", instance_id, reason, f"keep-{instance_id}-{self.time}")

    def has_new_image(self, instance_id: str) -> None:
        self.begun_image(instance_id)
        self.has_ended(instance_id, NEW)

    def has_gone_back(self, instance_id: str) -> None:
        self.begun_image(instance_id, ChangeReason.ROLLBACK)
        self.has_ended(instance_id, OLD)

    def has_ended(self, instance_id: str, version: str) -> None:
        task = f"arn:task/{instance_id}/{version}"
        self.becomes(
            instance_id,
            change=replace(self.change(instance_id), status=ChangeStatus.SUCCEEDED, ended_at=timestamp(self.time)),
            endpoint=Endpoint("203.0.113.11", 6379, task),
            observed=ObservedTask(task, version),
        )

    def all_go_on(self, passes: int = 40) -> None:
        """Half an hour after half an hour, and whoever is asked for is replaced."""
        for _ in range(passes):
            self.keep()
            for instance_id in self.pending():
                self.has_new_image(instance_id)
            self.time += timedelta(minutes=30)
