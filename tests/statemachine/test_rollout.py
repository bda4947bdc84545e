"""A newer image does harm to the first instance that gets it, and is undone: everything real but AWS and the image."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from swiftcache.instances.change import ChangeReason
from swiftcache.platform.aws import clock
from swiftcache.rollouts.model import RolloutStatus
from swiftcache.rollouts.undoing import CALM
from swiftcache.rollouts.wiring import rollout_record, rollout_service
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.recoveries import kill
from tests.statemachine.resizes import delete
from tests.statemachine.rolled_out import NEW as BAD
from tests.statemachine.rolled_out import OLD, Fleet, task_of


@pytest.fixture
def fleet(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    fleet = Fleet(cloud, monkeypatch, 2)
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
