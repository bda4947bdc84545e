"""What a pass of the keeper of rollouts does, and what it leaves to the next."""

from dataclasses import replace
from datetime import timedelta

import pytest

from swiftcache.access.audit import Action
from swiftcache.engines.model import EngineName
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL
from swiftcache.rollouts.keeping import DEADLINE, RolloutPass
from swiftcache.rollouts.model import RolloutStatus, WhyCode
from swiftcache.rollouts.progress import abandoned
from tests.samples import ORGANIZATION
from tests.unit.rollouts.rollout_fleet import NEW, NEWER, OLD, offering
from tests.unit.rollouts.rollout_world import RolloutWorld


@pytest.fixture
def world() -> RolloutWorld:
    return RolloutWorld()


def test_a_rollout_begins_with_a_canary_that_is_told_as_of_any_maintenance(world: RolloutWorld) -> None:
    result = world.keep()
    assert (result.begun, result.required) == (True, [world.rollout.canary])
    [one] = world.found(str(world.rollout.canary)).maintenance
    assert (one.reason, one.deadline) == (ChangeReason.IMAGE, timestamp(world.time + DEADLINE))
    [told] = world.told(Action.INSTANCE_MAINTENANCE_SCHEDULED)
    assert told["reason"] == "IMAGE"
    assert (world.rollout.engine, world.rollout.version, world.rollout.total) == (EngineName.REDIS, NEW, 3)


def test_a_second_pass_asks_for_nobody_again(world: RolloutWorld) -> None:
    world.keep()
    again = world.keep()
    assert (again.begun, again.required, len(world.pending())) == (False, [], 1)


def test_all_instances_get_the_image_and_the_rollout_is_kept(world: RolloutWorld) -> None:
    world.all_go_on()
    assert {one.version for one in world.instances.stored.values()} == {NEW}
    [ended] = world.rollouts.kept
    assert (world.rollouts.stored, ended.status, ended.replaced) == (None, RolloutStatus.SUCCEEDED, 3)


def test_where_all_targets_were_begun_once_the_fleet_is_not_even_read(
    world: RolloutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.offers = offering()
    world.all_go_on()
    world.old("inst_late")
    monkeypatch.setattr(world.fleet, "lasting", None)
    assert world.keep() == RolloutPass()


def test_members_of_the_pool_and_other_lines_begin_no_rollout() -> None:
    world = RolloutWorld(0)
    world.old("inst_other", version="7.0.15")
    member = replace(world.old("inst_member"), organization_id=POOL)
    del world.instances.stored[ORGANIZATION, "inst_member"]
    world.instances.stored[POOL, "inst_member"] = member
    assert world.keep() == RolloutPass()
    assert world.rollouts.stored is None


def test_one_that_is_stopped_takes_back_what_has_not_begun_and_tells_the_owners() -> None:
    world = RolloutWorld(60)
    world.keep()
    world.has_new_image(str(world.rollout.canary))
    for _ in range(3):
        world.keep()
        world.time += timedelta(hours=1)
    first, *others = world.pending()
    assert len(others) == 1  # of three in the wave of 5 %, the canary is one
    world.begun_image(first)
    world.not_replaced(first)
    recovery = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.REDIS_STOPPED, timestamp(world.time))
    world.becomes(str(world.rollout.canary), recovery=recovery)
    result = world.keep()
    assert world.rollout.status is RolloutStatus.STOPPED
    assert world.rollout.why is not None
    assert world.rollout.why.code is WhyCode.TOO_MANY_TROUBLES
    assert (result.moved, sorted(result.withdrawn)) == (True, sorted([first, *others]))
    assert world.pending() == []
    assert len(world.told(Action.INSTANCE_MAINTENANCE_WITHDRAWN)) == 2
    assert world.keep().withdrawn == []


def test_one_that_is_under_way_comes_to_its_end_though_the_rollout_is_given_up(world: RolloutWorld) -> None:
    world.keep()
    name = str(world.rollout.canary)
    world.begun_image(name)
    world.rollouts.store(abandoned(world.rollout, world.time))
    assert world.keep().withdrawn == []
    assert world.found(name).changing


def test_one_that_was_given_up_is_kept_when_nothing_of_it_is_pending_and_not_begun_again(world: RolloutWorld) -> None:
    world.offers = offering()
    world.keep()
    world.rollouts.store(abandoned(world.rollout, world.time))
    canary = world.rollout.canary
    assert (world.keep().withdrawn, world.rollouts.kept) == ([canary], [])
    world.keep()
    assert [one.status for one in world.rollouts.kept] == [RolloutStatus.ABANDONED]
    assert world.keep() == RolloutPass()
    world.offers = offering(NEWER)
    assert world.keep().begun


def test_an_earlier_image_that_is_deployed_meanwhile_ends_it_and_nobody_is_set_back(world: RolloutWorld) -> None:
    world.offers = offering()
    world.keep()
    world.has_new_image(str(world.rollout.canary))
    world.offers = offering(OLD)
    for _ in range(3):
        world.keep()
    assert [one.why and one.why.code for one in world.rollouts.kept] == [WhyCode.SUPERSEDED]
    assert (world.rollouts.stored, world.pending()) == (None, [])


def test_of_two_engines_one_comes_after_the_other(world: RolloutWorld) -> None:
    world.old("inst_valkey", version="8.1.2", engine=EngineName.VALKEY)
    world.keep()
    assert world.rollout.engine is EngineName.REDIS
    world.all_go_on(60)
    assert [one.engine for one in world.rollouts.kept] == [EngineName.REDIS, EngineName.VALKEY]


def test_whoever_stores_the_rollout_first_has_it_and_the_other_pass_asks_for_nobody(
    world: RolloutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    lasting = world.fleet.lasting

    def meanwhile() -> object:
        monkeypatch.setattr(world.fleet, "lasting", lasting)
        world.keep()
        return lasting()

    monkeypatch.setattr(world.fleet, "lasting", meanwhile)
    assert world.keep().required == []
    assert len(world.pending()) == 1


def test_one_that_cannot_be_asked_for_does_not_keep_the_others_waiting(
    world: RolloutWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.keep()
    world.has_new_image(str(world.rollout.canary))
    get, (first, second) = world.instances.get, [one for one in world.instances.stored.values() if one.version == OLD]

    def failing(organization_id: str, instance_id: str) -> object:
        if instance_id == first.id:
            raise DependencyUnavailable("the record is busy")
        return get(organization_id, instance_id)

    world.keep()
    world.time += timedelta(hours=2)
    monkeypatch.setattr(world.instances, "get", failing)
    result = world.keep()
    assert (result.required, list(result.errors)) == ([second.id], [first.id])


def test_a_pass_that_is_out_of_time_leaves_the_rest_to_the_next(world: RolloutWorld) -> None:
    assert world.keep(seconds=-1).required == []
    assert len(world.keep().required) == 1
