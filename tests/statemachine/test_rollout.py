"""A newer image does harm to the first instance that gets it, and is undone: everything real but AWS and the image."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from swiftcache.changes.replication import RedisReplication
from swiftcache.changes.request import ChangeRequest, Windowing
from swiftcache.changes.wiring import change_service
from swiftcache.engines.model import EngineName, Offer, Offers
from swiftcache.engines.wiring import engine_offers
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.maintenance_window import MaintenanceWindow
from swiftcache.instances.observed import ObservedTask
from swiftcache.metrics.wiring import observed_tasks
from swiftcache.platform.aws import clock
from swiftcache.rollouts.model import Rollout, RolloutStatus
from swiftcache.rollouts.undoing import CALM
from swiftcache.rollouts.wiring import rollout_record, rollout_service
from tests.statemachine.cloud import Cloud, loses_reply, wait_for
from tests.statemachine.deaths import Deaths, Died
from tests.statemachine.recoveries import kill
from tests.statemachine.resizes import Resized, delete, new_instance

OLD, BAD = "7.2.16", "7.2.17"


class Fleet:
    """Two instances with data on volumes, whose tasks say that they run the image that was deployed when they began."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cloud, self._patch = cloud, monkeypatch
        self.image = OLD
        monkeypatch.setattr(RedisReplication, "version", lambda *_: self.image)
        self.deaths = Deaths(cloud)
        self.deploy(OLD)
        self.all = [self._started() for _ in range(2)]

    def _started(self) -> Resized:
        resized = new_instance(self.cloud, persistence=True)
        resized.write()
        always = ChangeRequest(windowing=Windowing(MaintenanceWindow("00:00", 24)))
        change_service(self.cloud.injector).change(self.cloud.caller, resized.id, always)
        self.looked_at(resized)
        return resized

    def looked_at(self, resized: Resized) -> None:
        """As metrics do each minute."""
        assert resized.instance.endpoint
        seen = ObservedTask(resized.instance.endpoint.task, self.image)
        assert observed_tasks(self.cloud.injector).note(resized.instance, seen)

    def deploy(self, image: str) -> None:
        self.image = image
        offers = Offers((Offer(EngineName.REDIS, image, default=True, end_of_life=None),))
        self._patch.setitem(self.cloud.injector.given, engine_offers, offers)

    @property
    def rollout(self) -> Rollout:
        record = rollout_record(self.cloud.injector)
        return record.current() or record.ended()[0]

    @property
    def versions(self) -> list[str]:
        return sorted(str(one.instance.version) for one in self.all)

    def keep(self, name: str, dies_at: int, moment: str = "after") -> None:
        """The function dies before or after this one of its calls, and is called again."""
        with pytest.raises(Died), self.deaths.watching(), self.deaths.at(dies_at, moment):
            self.cloud.invoke(self.cloud.stack.functions[name].name, {})
        self.cloud.invoke(self.cloud.stack.functions[name].name, {})

    def replaced(self, resized: Resized) -> None:
        """What is due has its turn. The answer to the switch-over is lost, and it is done again."""
        self.cloud.faults.plan("SwitchOver", loses_reply)
        self.keep("KeepMaintenanceFunction", 2)
        wait_for(lambda: resized.instance.change is not None and not resized.instance.changing, seconds=60)
        self.cloud.quiet()
        assert self.cloud.faults.happened[-1] == "SwitchOver"


@pytest.fixture
def fleet(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    fleet = Fleet(cloud, monkeypatch)
    yield fleet
    fleet.deaths.close()


@pytest.mark.timeout(180)
def test_a_bad_image_is_stopped_after_its_canary_and_undone_with_all_data(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = fleet.cloud
    fleet.deploy(BAD)
    fleet.keep("KeepRolloutsFunction", 2, "before")
    canary, other = sorted(fleet.all, key=lambda one: one.id != fleet.rollout.canary)
    fleet.replaced(canary)
    assert fleet.versions == [OLD, BAD]

    kill(cloud, task_of(canary))
    wait_for(lambda: canary.instance.recovery is not None and not canary.instance.recovering, seconds=40)
    cloud.quiet()
    fleet.looked_at(canary)
    fleet.keep("KeepRolloutsFunction", 2, "before")
    why = fleet.rollout.why
    assert why is not None
    assert (fleet.rollout.status, canary.id in why.message) == (RolloutStatus.STOPPED, True)
    assert (other.instance.maintenance, fleet.versions) == ((), [OLD, BAD])

    rollout_service(cloud.injector).undo(cloud.caller, fleet.rollout.id)
    fleet.deploy(OLD)
    fleet.keep("KeepRolloutsFunction", 2)
    fleet.replaced(canary)
    change = canary.instance.change
    assert change is not None
    assert change.reason is ChangeReason.ROLLBACK
    canary.assert_succeeded(change)
    assert fleet.versions == [OLD, OLD]

    fleet.keep("KeepRolloutsFunction", 2)
    later = datetime.now(UTC) + CALM
    monkeypatch.setitem(cloud.injector.given, clock, lambda: later)
    fleet.keep("KeepRolloutsFunction", 2)
    assert (fleet.rollout.status, rollout_record(cloud.injector).current()) == (RolloutStatus.UNDONE, None)
    monkeypatch.delitem(cloud.injector.given, clock)
    for one in fleet.all:
        one.assert_whole(one.instance.max_memory)
        delete(one)


def task_of(resized: Resized) -> str:
    assert resized.instance.endpoint
    return resized.instance.endpoint.task
