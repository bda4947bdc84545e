"""A fleet that rollouts go over, and the functions that keep them: everything real but AWS and the image."""

import pytest

from swiftcache.changes.replication import RedisReplication
from swiftcache.changes.request import ChangeRequest, Windowing
from swiftcache.changes.wiring import change_service
from swiftcache.engines.model import EngineName, Offer, Offers
from swiftcache.engines.wiring import engine_offers
from swiftcache.instances.maintenance_window import MaintenanceWindow
from swiftcache.instances.observed import ObservedTask
from swiftcache.metrics.wiring import observed_tasks
from swiftcache.rollouts.model import Rollout
from swiftcache.rollouts.wiring import rollout_record
from tests.statemachine.cloud import Cloud, Fault, loses_reply, wait_for
from tests.statemachine.deaths import Deaths, Died
from tests.statemachine.resizes import Resized, new_instance

OLD, NEW = "7.2.16", "7.2.17"


class Fleet:
    """Instances with data on volumes, whose tasks say that they run the image that was deployed when they began."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        self.cloud, self._patch = cloud, monkeypatch
        self.image = OLD
        monkeypatch.setattr(RedisReplication, "version", lambda *_: self.image)
        monkeypatch.setattr("functions.collect_metrics.app.note_observed", lambda *_: (None, ()))
        self.deaths = Deaths(cloud)
        self.deploy(OLD)
        self.all = [self._started() for _ in range(number)]

    def _started(self) -> Resized:
        resized = new_instance(self.cloud, persistence=True)
        resized.write()
        always = ChangeRequest(windowing=Windowing(MaintenanceWindow("00:00", 24)))
        change_service(self.cloud.injector).change(self.cloud.caller, resized.id, always)
        self.looked_at(resized)
        return resized

    def looked_at(self, resized: Resized, image: str = "") -> None:
        """As metrics do each minute; `image` is what its task runs, by default what is deployed."""
        seen = ObservedTask(task_of(resized), image or self.image)
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

    def replaced(self, resized: Resized, state: str = "SwitchOver", fault: Fault = loses_reply) -> None:
        """What is due has its turn, and this happens in it: by default the answer to the switch-over is lost."""
        before = resized.instance.change
        self.cloud.faults.plan(state, fault)
        self.keep("KeepMaintenanceFunction", 2)
        wait_for(lambda: resized.instance.change != before and not resized.instance.changing, seconds=60)
        self.cloud.quiet(60)
        assert self.cloud.faults.happened[-1] == state


def task_of(resized: Resized) -> str:
    assert resized.instance.endpoint
    return resized.instance.endpoint.task
