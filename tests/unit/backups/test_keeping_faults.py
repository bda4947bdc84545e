"""The keeper dies, or a call fails, before or after each call that it makes: later passes come to the same end."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.backups.keeping import BackupKeeper
from swiftcache.backups.model import BackupStatus
from swiftcache.backups.ports import KeepTargets
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.failing import Died, Failing
from tests.samples import ORGANIZATION
from tests.unit.backups.test_keeping import World

PORTS = ("backups", "schedules", "instances", "objects", "proofs", "proof_starter")
MOST_CALLS = 60


def full() -> World:
    """Something of everything: one that is due, two too many, one deleted, one expired, one that nobody is at."""
    world = World()
    world.holding()
    for number in range(5):
        world.having(f"bkp_old{number}", BackupStatus.AVAILABLE, timedelta(hours=number + 1))
    world.having("bkp_deleted", BackupStatus.DELETING, instance_id="inst_b2")
    world.having("bkp_expired", BackupStatus.AVAILABLE, timedelta(days=31), instance_id="inst_b2")
    lost = world.having("bkp_lost", BackupStatus.CREATING, timedelta(minutes=50), instance_id="inst_b2")
    world.objects.begin(lost.object_key)
    return world


def settled(world: World) -> None:
    for _ in range(3):
        world.run()
    # As the stream asks for when the backup that was begun has come to its end.
    list(world.keeper.run_for(KeepTargets(instances=[(ORGANIZATION, "inst_a1")]), world.time))


def end(world: World) -> tuple[Any, ...]:
    """What must be the same, however it was come to."""
    statuses = sorted((backup.kind, backup.status, backup.instance_id) for backup in world.backups.stored.values())
    actions = sorted((entry.action, entry.target_name) for entry in world.accounts.audit)
    used = next(iter(world.accounts.organizations.values())).used
    return statuses, sorted(world.objects.objects), world.objects.uploads, world.found().next_backup_at, used, actions


def run(number: int, fault: BaseException, after: bool) -> tuple[World, int]:
    world, calls = full(), list[str]()
    failing: dict[str, Any] = {name: Failing(getattr(world, name), calls, number, fault, after) for name in PORTS}
    keeper = BackupKeeper(**failing, now=lambda: world.time)
    with suppress(Died, DependencyUnavailable):
        list(keeper.run("keep-1", world.time + timedelta(seconds=50)))
    return world, len(calls)


WITHOUT_FAULT = full()
settled(WITHOUT_FAULT)
_, CALLS = run(0, Died(), after=False)


def test_the_pass_is_as_long_as_this_file_believes() -> None:
    assert 20 < CALLS <= MOST_CALLS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fault", [Died(), DependencyUnavailable("busy")], ids=["died", "failed"])
@pytest.mark.parametrize("number", range(1, MOST_CALLS + 1))
def test_whatever_fails_the_end_is_the_same(number: int, fault: BaseException, after: bool) -> None:
    world, _ = run(number, fault, after)
    settled(world)
    assert end(world) == end(WITHOUT_FAULT)
