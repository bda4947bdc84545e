"""A rollout that is undone: who goes back, to what, and when it is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.engines.model import EngineName
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.maintenance_window import Day, MaintenanceWindow
from swiftcache.instances.status import Status
from swiftcache.platform.errors import MaintenanceNotDeferrable
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL
from swiftcache.rollouts.keeping import RolloutPass
from swiftcache.rollouts.model import RolloutStatus, WhyCode
from swiftcache.rollouts.progress import abandoned
from swiftcache.rollouts.undoing import CALM, running_it, undoing
from tests.samples import ORGANIZATION, a_caller, a_rollout
from tests.unit.rollouts.rollout_fleet import NEW, NEWER, OLD, offering, running
from tests.unit.rollouts.rollout_world import RolloutWorld


@pytest.fixture
def world() -> RolloutWorld:
    """Its canary has the new image, two others have not; the earlier image is deployed again, and it is undone."""
    world = RolloutWorld()
    world.offers = offering()
    world.keep()
    world.has_new_image(str(world.rollout.canary))
    world.offers = offering(OLD)
    world.rollouts.store(undoing(world.rollout, world.time))
    return world


def canary(world: RolloutWorld) -> str:
    return str(world.rollout.canary)


def test_who_runs_it_is_asked_to_go_back_at_once_and_its_owner_is_told(world: RolloutWorld) -> None:
    closed = MaintenanceWindow("03:00", 1, Day.SUNDAY)
    world.becomes(canary(world), maintenance_window=closed)
    assert world.keep().required == [canary(world)]
    [one] = world.found(canary(world)).maintenance
    assert (one.reason, one.starts_at) == (ChangeReason.ROLLBACK, timestamp(world.time))
    told = world.told(Action.INSTANCE_MAINTENANCE_SCHEDULED)[-1]
    assert (told["reason"], told["startsAt"]) == ("ROLLBACK", timestamp(world.time))
    assert world.run().begun == [canary(world)]


def test_who_is_to_go_back_cannot_put_it_off(world: RolloutWorld) -> None:
    world.keep()
    with pytest.raises(MaintenanceNotDeferrable):
        world.service.defer(a_caller(), canary(world), ChangeReason.ROLLBACK)


def test_only_who_may_go_back_says_so_and_only_of_the_task_that_serves(world: RolloutWorld) -> None:
    world.keep()
    assert [one.id for one in world.instances.stored.values() if one.may_go_back] == [canary(world)]
    world.has_gone_back(canary(world))
    assert not world.found(canary(world)).may_go_back


def test_it_is_undone_when_nobody_has_been_seen_with_it_for_half_an_hour(world: RolloutWorld) -> None:
    world.keep()
    assert (world.rollout.replaced, world.rollout.waiting) == (1, 0)
    world.keep()
    assert (world.rollout.replaced, world.rollout.waiting) == (1, 1)
    world.has_gone_back(canary(world))
    world.keep()
    assert (world.rollout.replaced, world.rollout.status) == (0, RolloutStatus.UNDOING)
    world.time += CALM
    world.keep()
    assert world.rollouts.stored is None
    assert [(one.status, one.replaced) for one in world.rollouts.kept] == [(RolloutStatus.UNDONE, 0)]
    assert world.keep() == RolloutPass()


def test_one_that_comes_to_run_it_meanwhile_goes_back_too(world: RolloutWorld) -> None:
    world.keep()
    world.has_gone_back(canary(world))
    world.keep()
    world.old("inst_late", version=NEW)
    assert world.keep().required == ["inst_late"]
    world.time += CALM
    world.keep()
    assert world.rollout.status is RolloutStatus.UNDOING


def test_a_replacement_by_the_rollout_that_is_under_way_is_waited_for(world: RolloutWorld) -> None:
    world.keep()
    world.has_gone_back(canary(world))
    other = next(one.id for one in world.instances.stored.values() if one.id != canary(world))
    world.begun_image(other)
    for _ in range(3):
        world.keep()
        world.time += CALM
    assert world.rollout.status is RolloutStatus.UNDOING
    world.has_ended(other, NEW)
    assert world.keep().required == [other]


def test_what_was_asked_for_and_has_not_begun_is_taken_back(world: RolloutWorld) -> None:
    other = next(one.id for one in world.instances.stored.values() if one.version == OLD)
    world.require(other, ChangeReason.IMAGE)
    result = world.keep()
    assert (result.withdrawn, result.required) == ([other], [canary(world)])


def test_without_an_earlier_image_it_waits_and_says_what_for(world: RolloutWorld) -> None:
    world.offers = offering()
    assert world.keep().required == []
    why = world.rollout.why
    assert why is not None
    assert (why.code, world.rollout.status) == (WhyCode.AWAITS_EARLIER_IMAGE, RolloutStatus.UNDOING)
    assert f"deploy an earlier image of the line 7.2, and who runs {NEW} goes back to it" in why.message
    world.offers = offering(OLD)
    assert (world.keep().required, world.rollout.why) == ([canary(world)], None)


def test_who_has_not_gone_back_yet_is_not_asked_for_once_the_image_is_deployed_again(world: RolloutWorld) -> None:
    world.keep()
    world.offers = offering()
    assert world.keep().withdrawn == [canary(world)]


@pytest.mark.parametrize("version", [NEWER, "7.0.15", "7.4.1", None])
def test_where_there_is_nothing_to_go_back_to_any_more_it_is_given_up(world: RolloutWorld, version: str | None) -> None:
    world.keep()
    world.offers = offering(version)
    assert world.keep().withdrawn == [canary(world)]
    world.keep()
    [ended] = [one for one in world.rollouts.kept if one.version == NEW]
    assert ended.why is not None
    assert (ended.status, ended.why.code) == (RolloutStatus.ABANDONED, WhyCode.SUPERSEDED)


def test_a_way_back_that_is_given_up_is_taken_back_where_it_has_not_begun(world: RolloutWorld) -> None:
    world.keep()
    world.rollouts.store(abandoned(world.rollout, world.time))
    assert world.keep().withdrawn == [canary(world)]
    world.keep()
    assert [one.status for one in world.rollouts.kept] == [RolloutStatus.ABANDONED]


def test_a_way_back_that_fails_is_tried_again_within_the_hour(world: RolloutWorld) -> None:
    world.keep()
    world.begun_image(canary(world), ChangeReason.ROLLBACK)
    world.not_replaced(canary(world))
    world.run()
    [one] = world.found(canary(world)).maintenance
    assert one.starts_at <= timestamp(world.time + timedelta(hours=1))
    assert world.keep().required == []


def test_a_later_image_begins_a_rollout_of_its_own_after_one_that_is_undone(world: RolloutWorld) -> None:
    world.keep()
    world.has_gone_back(canary(world))
    for _ in range(3):
        world.keep()
        world.time += CALM
    world.offers = offering()
    assert not world.keep().begun
    world.offers = offering(NEWER)
    assert world.keep().begun


@pytest.mark.parametrize(
    "different",
    [
        {"version": OLD},
        {"version": None},
        {"version": NEWER},
        {"organization_id": POOL},
        {"engine": EngineName.VALKEY},
        {"status": Status.ERROR},
    ],
    ids=lambda different: str(next(iter(different.items()))),
)
def test_only_a_running_instance_of_an_owner_that_runs_just_this_version_goes_back(different: dict[str, Any]) -> None:
    assert len(running_it(a_rollout(version=NEW), [running(version=NEW)])) == 1
    assert running_it(a_rollout(version=NEW), [running(**{"version": NEW} | different)]) == []


def test_an_instance_that_is_gone_is_not_waited_for(world: RolloutWorld) -> None:
    world.keep()
    del world.instances.stored[ORGANIZATION, canary(world)]
    for _ in range(2):
        world.keep()
        world.time += CALM
    world.keep()
    assert [one.status for one in world.rollouts.kept] == [RolloutStatus.UNDONE]


def test_it_goes_back_from_wherever_it_was(world: RolloutWorld) -> None:
    for status in RolloutStatus:
        after = undoing(replace(a_rollout(status=status), wave_ended_at=timestamp(world.time)), world.time)
        assert (after.status, after.why, after.wave_ended_at) == (RolloutStatus.UNDOING, None, None)
