"""Which backup a recovery begins with."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from swiftcache.backups.engines import Engine
from swiftcache.backups.latest import PAGE, LatestBackups
from swiftcache.backups.model import Backup, BackupStatus, Rdb, Verification
from swiftcache.instances.restore import Restore
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.timestamps import timestamp
from tests.fakes.backups import FakeBackups
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.organizations import FakeAccounts
from tests.fakes.proofs import FakeEngines
from tests.samples import AT, NOW, ORGANIZATION, a_backup, a_content, an_account, an_entry, an_instance

INSTANCE = an_instance(status=Status.RUNNING)
PROVED = Verification(AT, 1_000, 3, 20 * MIB)


class World:
    def __init__(self) -> None:
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.backups = FakeBackups(accounts)
        self.engines = FakeEngines()
        self.objects = FakeObjectStore()
        self.latest = LatestBackups(self.backups, self.engines, self.objects, lambda: NOW)

    def add(self, name: str, minute: int = 0, **different: Any) -> Backup:
        known = {"status": BackupStatus.AVAILABLE, "content": a_content(), "expires_at": later(60)}
        backup = a_backup(**{"id": name, "created_at": later(minute - 60), **known, **different})
        self.backups.create(backup, an_entry())
        return backup

    def found(self, max_memory: int = INSTANCE.max_memory) -> str | None:
        restore = self.latest.latest(INSTANCE, max_memory)
        return restore.backup_id if restore else None


def later(minutes: int) -> str:
    return timestamp(NOW + timedelta(minutes=minutes))


@pytest.fixture
def world() -> World:
    return World()


def test_it_is_the_newest_proved_or_not(world: World) -> None:
    world.add("bkp_old", 0, verified=PROVED)
    world.add("bkp_new", 1)
    assert world.found() == "bkp_new"


def test_it_is_known_by_its_moment_its_keys_and_the_version_of_its_object(world: World) -> None:
    world.add("bkp_a1")
    assert world.latest.latest(INSTANCE, INSTANCE.max_memory) == Restore(
        "bkp_a1", "backups/org_1/bkp_a1.rdb", "v1", "5e" * 32, 1_000_000, 60, 1_000, AT
    )


def test_without_one_there_is_none(world: World) -> None:
    assert world.found() is None
    world.add("bkp_others", instance_id="inst_other")
    assert world.found() is None


@pytest.mark.parametrize(
    "different",
    [
        {"status": BackupStatus.CREATING, "content": None},
        {"status": BackupStatus.FAILED, "content": None},
        {"status": BackupStatus.DELETING},
        {"expires_at": AT},
        {"content": a_content(keys=None)},
        {"content": a_content(rdb=Rdb("redis", "7.4.0", 12), taken_at="2025-01-01T00:00:00.000Z")},
    ],
    ids=["not whole", "failed", "being deleted", "expired", "of nobody knows how many keys", "of a newer engine"],
)
def test_one_that_cannot_be_loaded_is_passed_over_for_an_older_one(world: World, different: dict[str, Any]) -> None:
    world.engines.note(Engine("redis", "7.2.4", "2025-12-01T00:00:00.000Z"))
    world.add("bkp_old", 0)
    world.add("bkp_new", 1, **different)
    assert world.found() == "bkp_old"


def test_one_that_does_not_expire_is_as_good(world: World) -> None:
    world.add("bkp_a1", expires_at=None)
    assert world.found() == "bkp_a1"


def test_what_an_instance_held_that_had_no_more_memory_fits_whatever_was_measured(world: World) -> None:
    world.add("bkp_full", verified=replace(PROVED, used_memory=INSTANCE.max_memory + 1))
    assert world.found() == "bkp_full"


@pytest.mark.parametrize(
    ("verified", "found"),
    [(None, None), (PROVED, "bkp_a1"), (replace(PROVED, used_memory=101 * MIB), None)],
    ids=["nobody has measured it", "it fits", "it does not"],
)
def test_of_an_instance_that_had_more_memory_it_must_be_known_to_fit(
    world: World, verified: Verification | None, found: str | None
) -> None:
    world.add("bkp_a1", verified=verified)
    assert world.found(max_memory=100 * MIB) == found


def test_it_is_found_behind_however_many_that_failed(world: World) -> None:
    world.add("bkp_good", 0)
    for number in range(PAGE + 1):
        world.add(f"bkp_{number}", 1 + number, status=BackupStatus.FAILED, content=None)
    assert world.found() == "bkp_good"


def test_a_link_lasts_for_the_wait_for_a_place_and_the_start(world: World) -> None:
    world.add("bkp_a1")
    restore = world.latest.latest(INSTANCE, INSTANCE.max_memory)
    assert restore
    assert restore.object_key in world.latest.link(restore)


def test_the_time_is_that_of_the_question(world: World) -> None:
    times: list[datetime] = [NOW, NOW + timedelta(days=2)]
    latest = LatestBackups(world.backups, world.engines, world.objects, lambda: times.pop(0))
    world.add("bkp_a1", expires_at=later(60))
    assert latest.latest(INSTANCE, INSTANCE.max_memory)
    assert latest.latest(INSTANCE, INSTANCE.max_memory) is None
