"""The record and the bucket compared: what belongs to nobody goes, what is lost is told, nothing else is touched."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.fleet.backup_check import TURNS, turn_at, turn_of
from swiftcache.fleet.orphans import LIMIT
from swiftcache.instances.failure import Failure
from swiftcache.platform.errors import DependencyUnavailable
from tests.samples import NOW, ORGANIZATION, a_backup, a_content, an_entry
from tests.unit.fleet.reconcile_world import World

DAY = timedelta(days=1, minutes=1)


@pytest.fixture
def world() -> World:
    return World()


def put(world: World, key: str) -> str:
    upload = world.objects.begin(key)
    return world.objects.complete(key, upload, [world.objects.put_part(key, upload, 1, b"REDIS0011")])


def having(world: World, id_: str = "bkp_a1", organization_id: str = ORGANIZATION) -> Backup:
    backup = a_backup(id=id_, organization_id=organization_id)
    backup = backup.available(a_content(version=put(world, backup.object_key)), NOW)
    world.backups.create(backup, an_entry(Action.BACKUP_REQUESTED))
    return backup


def found(world: World, **request: object) -> set[tuple[str, str, str]]:
    return world.run(backups=True, **request)


def test_what_agrees_is_left_alone(world: World) -> None:
    having(world)
    world.backups.create(a_backup(id="bkp_b2"), an_entry())
    world.later(DAY)
    assert found(world) == set()
    assert len(world.objects.objects) == 1


def test_an_object_that_no_record_knows_is_erased_when_it_is_a_day_old(world: World) -> None:
    having(world)
    put(world, f"backups/{ORGANIZATION}/bkp_stray.rdb")
    assert found(world) == set()
    world.later(DAY)
    assert found(world) == {("backup_object", "bkp_stray", "delete")}
    assert list(world.objects.objects) == [f"backups/{ORGANIZATION}/bkp_a1.rdb"]
    assert found(world) == set()


def test_an_object_of_an_organization_that_is_gone_is_erased(world: World) -> None:
    put(world, "backups/org_gone/bkp_stray.rdb")
    world.later(DAY)
    assert found(world) == {("backup_object", "bkp_stray", "delete")}
    assert world.objects.objects == {}


def test_an_organization_that_is_too_new_for_the_index_keeps_its_objects(world: World) -> None:
    having(world)
    world.record_index.hidden.add(ORGANIZATION)
    world.later(DAY)
    # Without any organization nothing would be erased either.
    assert found(world, limit=100) == set()
    assert len(world.objects.objects) == 1


def test_what_a_proof_that_has_died_was_told_is_erased_after_an_hour(world: World) -> None:
    having(world)
    for name in ("0", "0-fetch.env"):
        put(world, f"proofs/{ORGANIZATION}/bkp_a1/{name}")
    world.later(timedelta(minutes=59))
    assert found(world) == set()
    world.later(timedelta(minutes=2))
    assert found(world, dry_run=True) == found(world) == {("backup_proof", "bkp_a1", "delete")}
    assert list(world.objects.objects) == [f"backups/{ORGANIZATION}/bkp_a1.rdb"]
    assert found(world) == set()


def test_what_lies_where_a_backup_has_failed_is_erased(world: World) -> None:
    backup = a_backup()
    put(world, backup.object_key)
    world.backups.create(backup.failed(Failure("X", "x", "s", "r"), NOW), an_entry())
    world.later(DAY)
    assert found(world) == {("backup_object", "bkp_a1", "delete")}


def test_a_backup_whose_object_is_gone_has_failed(world: World) -> None:
    backup = having(world)
    world.objects.erase(backup.object_key)
    report = world.report(backups=True)
    assert [(one.kind, one.name, one.action) for one in report.findings] == [("backup", "bkp_a1", "fail")]
    lost = world.backups.stored[ORGANIZATION, "bkp_a1"]
    assert lost.failure is not None
    assert (lost.status, lost.failure.code) == (BackupStatus.FAILED, "OBJECT_MISSING")
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.actor_role, entry.details["failure"]) == (
        Action.BACKUP_FAILED,
        "reconciler",
        "OBJECT_MISSING",
    )
    assert world.accounts.organizations[ORGANIZATION].used.backup_bytes == 0


def test_a_version_behind_others_is_still_there(world: World) -> None:
    backup = having(world)
    put(world, backup.object_key)
    assert found(world) == set()


def test_an_upload_that_nobody_is_at_is_ended(world: World) -> None:
    begun = a_backup(id="bkp_b2")
    world.backups.create(begun, an_entry())
    for key in (begun.object_key, f"backups/{ORGANIZATION}/bkp_c3.rdb", "backups/org_gone/bkp_d4.rdb"):
        world.objects.begin(key)
    assert found(world) == set()
    world.later(timedelta(minutes=41))
    assert found(world) == {("backup_upload", "bkp_c3", "delete"), ("backup_upload", "bkp_d4", "delete")}
    assert [key for key, _ in world.objects.uploads.values()] == [begun.object_key]


def test_a_count_of_backups_becomes_what_there_is(world: World) -> None:
    having(world)
    organization = world.accounts.organizations[ORGANIZATION]
    wrong = replace(organization.used, backups=7, backup_bytes=1)
    world.accounts.organizations[ORGANIZATION] = replace(organization, used=wrong)
    assert found(world) == {("count", ORGANIZATION, "correct")}
    used = world.accounts.organizations[ORGANIZATION].used
    assert (used.backups, used.backup_bytes) == (1, 1_000_000)


@pytest.mark.parametrize("lost", [False, True], ids=["strays", "lost"])
def test_too_much_at_once_is_refused_and_the_operator_may_allow_it(world: World, lost: bool) -> None:
    for number in range(LIMIT + 1):
        if lost:
            world.objects.erase(having(world, f"bkp_{number:02}").object_key)
        else:
            put(world, f"backups/{ORGANIZATION}/bkp_{number:02}.rdb")
    world.later(DAY)
    refused = world.report(backups=True)
    assert {one.action for one in refused.findings} == {"refuse"}
    assert len(refused.findings) == LIMIT + 1
    allowed = world.report(backups=True, limit=LIMIT + 1)
    assert {one.action for one in allowed.findings} == {"fail" if lost else "delete"}
    assert found(world) == set()


def test_a_dry_run_changes_nothing(world: World) -> None:
    world.objects.erase(having(world).object_key)
    put(world, f"backups/{ORGANIZATION}/bkp_stray.rdb")
    world.objects.begin(f"backups/{ORGANIZATION}/bkp_c3.rdb")
    world.later(DAY)
    before = dict(world.backups.stored), dict(world.objects.objects), dict(world.objects.uploads)
    assert {kind for kind, _, _ in found(world, dry_run=True)} == {"backup", "backup_object", "backup_upload"}
    assert (world.backups.stored, world.objects.objects, world.objects.uploads) == before


def test_trouble_with_the_bucket_is_told_and_keeps_nothing_else_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    having(world)

    def page(*_: object) -> object:
        raise DependencyUnavailable("S3 did not answer")

    monkeypatch.setattr(world.objects, "page", page)
    report = world.report(backups=True)
    assert report.complete
    assert [(one.owner, one.action, str(one.error)) for one in report.findings] == [
        (ORGANIZATION, "check", "S3 did not answer"),
        ("proofs/", "check", "S3 did not answer"),
    ]


def test_a_backup_that_is_removed_meanwhile_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = having(world)
    world.objects.erase(backup.object_key)
    has = world.objects.has

    def removed(key: str, version: str) -> bool:
        if (ORGANIZATION, backup.id) in world.backups.stored:
            world.backups.stored[ORGANIZATION, backup.id] = backup.deleting()
        return has(key, version)

    monkeypatch.setattr(world.objects, "has", removed)
    assert found(world) == set()


def test_each_organization_has_its_turn_once_in_an_hour() -> None:
    begin = datetime(2026, 1, 1, 12, tzinfo=UTC)
    turns = [turn_at(begin + timedelta(minutes=5 * number)) for number in range(TURNS)]
    assert sorted(turns) == list(range(TURNS))
    assert {turn_of(f"org_{number}") for number in range(200)} == set(range(TURNS))


def test_without_being_asked_an_organization_is_looked_at_in_its_turn_alone(world: World) -> None:
    put(world, f"backups/{ORGANIZATION}/bkp_stray.rdb")
    world.time = datetime(2026, 1, 5, 12, tzinfo=UTC)
    looks = []
    for _ in range(TURNS):
        looks.append(bool(world.run()))
        world.later(timedelta(minutes=5))
    assert looks == [number == turn_of(ORGANIZATION) for number in range(TURNS)]


def test_out_of_time_it_leaves_the_rest_to_the_next_hour(world: World) -> None:
    put(world, f"backups/{ORGANIZATION}/bkp_stray.rdb")
    world.later(DAY)
    report = world.report(lambda: True, backups=True)
    assert report.findings == []
