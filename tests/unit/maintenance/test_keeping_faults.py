"""The keeper dies, or a call fails, before or after each call that it makes: later passes come to the same end."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.maintenance.keeping import MaintenanceKeeper
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.failing import Died, Failing
from tests.samples import AT
from tests.unit.maintenance.maintenance_world import OPENS, OTHER_TASK, World

PORTS = ("record", "instances", "replacements")
MOST_CALLS = 20


def full() -> World:
    """Something of everything: one that is due, one busy, one whose try has failed, one done, one deleted."""
    world = World()
    for name in ("due", "busy", "failed", "done", "deleted"):
        world.running(id=f"inst_{name}")
        world.require(f"inst_{name}")
    world.at(OPENS)
    for name in ("failed", "done"):
        world.replacements.begin("org_1", f"inst_{name}", ChangeReason.IMAGE, "keep-0")
    world.not_replaced("inst_failed")
    world.replaced("inst_done")
    world.becomes("inst_busy", recovery=Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.REDIS_STOPPED, AT))
    world.becomes("inst_deleted", status=Status.DELETING)
    return world


def settled(world: World) -> None:
    """What is busy is so no more, and what has begun comes to its end."""
    for _ in range(3):
        world.run()
    world.becomes("inst_busy", recovery=None)
    world.time += timedelta(minutes=10)
    for _ in range(2):
        world.run()
    for instance in list(world.instances.stored.values()):
        if instance.changing:
            world.replaced(instance.id)
    world.run()


def end(world: World) -> tuple[Any, ...]:
    """What must be the same, however it was come to."""
    found = [
        (one.id, one.endpoint and one.endpoint.task, one.change and one.change.status, len(one.maintenance))
        for one in world.instances.stored.values()
    ]
    told = [entry.action for entry in world.accounts.audit]
    due = [one.instance_id for one in world.record.due("2027-01-01T00:00:00.000Z", 10)]
    return found, told.count(Action.INSTANCE_MAINTENANCE_SCHEDULED), told.count(Action.INSTANCE_REPLACING), due


def run(number: int, fault: BaseException, after: bool) -> tuple[World, int]:
    world, calls = full(), list[str]()
    failing: dict[str, Any] = {name: Failing(getattr(world, name), calls, number, fault, after) for name in PORTS}
    keeper = MaintenanceKeeper(**failing, now=lambda: world.time)
    with suppress(Died, DependencyUnavailable):
        keeper.run("keep-faulty", world.time + timedelta(seconds=50))
    return world, len(calls)


WITHOUT_FAULT = full()
settled(WITHOUT_FAULT)
_, CALLS = run(0, Died(), after=False)


def test_the_pass_is_as_long_as_this_file_believes() -> None:
    assert 10 < CALLS <= MOST_CALLS
    assert end(WITHOUT_FAULT) == (
        [
            ("inst_due", OTHER_TASK, ChangeStatus.SUCCEEDED, 0),
            ("inst_busy", OTHER_TASK, ChangeStatus.SUCCEEDED, 0),
            ("inst_failed", "arn:task/1", ChangeStatus.FAILED, 1),
            ("inst_done", OTHER_TASK, ChangeStatus.SUCCEEDED, 0),
            ("inst_deleted", "arn:task/1", None, 0),
        ],
        *(6, 4, ["inst_failed"]),
    )


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fault", [Died(), DependencyUnavailable("busy")], ids=["died", "failed"])
@pytest.mark.parametrize("number", range(1, MOST_CALLS + 1))
def test_whatever_fails_the_end_is_the_same(number: int, fault: BaseException, after: bool) -> None:
    world, _ = run(number, fault, after)
    settled(world)
    assert end(world) == end(WITHOUT_FAULT)
