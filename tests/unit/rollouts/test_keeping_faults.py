"""The keeper dies, or a call fails, before or after each call that it makes: later passes come to the same end."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.rollouts.keeping import RolloutKeeper
from swiftcache.rollouts.progress import abandoned
from swiftcache.rollouts.undoing import undoing as start_undoing
from tests.fakes.failing import Died, Failing
from tests.unit.rollouts.rollout_fleet import OLD, offering
from tests.unit.rollouts.rollout_world import RolloutWorld

PORTS = {"record": "rollouts", "fleet": "fleet", "maintenance": "service"}
MOST_CALLS = 6


def beginning() -> RolloutWorld:
    world = RolloutWorld()
    world.offers = offering()
    return world


def in_the_last_wave() -> RolloutWorld:
    world = beginning()
    world.keep()
    world.has_new_image(str(world.rollout.canary))
    world.keep()
    world.time += timedelta(hours=2)
    return world


def stopping() -> RolloutWorld:
    world = in_the_last_wave()
    world.keep()
    for name in world.pending():
        world.begun_image(name)
        world.not_replaced(name)
    return world


def given_up() -> RolloutWorld:
    world = in_the_last_wave()
    world.keep()
    world.rollouts.store(abandoned(world.rollout, world.time))
    return world


def undoing() -> RolloutWorld:
    """Its canary has the image, and another is asked for."""
    world = in_the_last_wave()
    world.keep()
    world.rollouts.store(start_undoing(world.rollout, world.time))
    return world


def undone() -> RolloutWorld:
    world = undoing()
    world.offers = offering(OLD)
    world.keep()
    world.has_gone_back(str(world.rollout.canary))
    world.keep()
    world.time += timedelta(hours=1)
    return world


def ending() -> RolloutWorld:
    world = in_the_last_wave()
    world.keep()
    for name in world.pending():
        world.has_new_image(name)
    world.keep()
    world.time += timedelta(hours=2)
    return world


def settled(world: RolloutWorld) -> tuple[Any, ...]:
    """What must be the same, however it was come to."""
    for _ in range(3):
        world.keep()
    current = world.rollouts.stored
    return (
        current and (current.status, current.wave, current.total, current.replaced, len(current.troubles)),
        [(one.status, one.replaced) for one in world.rollouts.kept],
        len(world.pending()),
        sorted(entry.action for entry in world.accounts.audit),
    )


def run(make: Callable[[], RolloutWorld], number: int, fault: BaseException, after: bool) -> tuple[RolloutWorld, int]:
    world, calls = make(), list[str]()
    if make is undoing:
        world.offers = offering(OLD)
    failing: dict[str, Any] = {
        name: Failing(getattr(world, attribute), calls, number, fault, after) for name, attribute in PORTS.items()
    }
    keeper = RolloutKeeper(**failing, offers=world.offers, now=lambda: world.time)
    with suppress(Died, DependencyUnavailable):
        keeper.run("rollout-faulty", world.time + timedelta(seconds=90))
    return world, len(calls)


STAGES = [beginning, in_the_last_wave, stopping, given_up, undoing, undone, ending]


@pytest.mark.parametrize("make", STAGES)
def test_the_pass_is_as_long_as_this_file_believes(make: Callable[[], RolloutWorld]) -> None:
    _, calls = run(make, 0, Died(), after=False)
    assert 3 < calls <= MOST_CALLS


@pytest.mark.parametrize("make", STAGES)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fault", [Died(), DependencyUnavailable("busy")], ids=["died", "failed"])
@pytest.mark.parametrize("number", range(1, MOST_CALLS + 1))
def test_whatever_fails_the_end_is_the_same(
    make: Callable[[], RolloutWorld], number: int, fault: BaseException, after: bool
) -> None:
    world, _ = run(make, number, fault, after)
    without, _ = run(make, 0, Died(), after=False)
    assert settled(world) == settled(without)
