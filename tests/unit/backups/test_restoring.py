"""Making an instance from a backup: what is refused before anything is made, and what a plan says of it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.backups.engines import Engine, loads
from swiftcache.backups.model import Backup, BackupKind, BackupStatus, Rdb, Verification
from swiftcache.backups.plan_contract import PlanRestoreRequest
from swiftcache.instances.contract import CreateInstanceRequest
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import NewInstance
from swiftcache.instances.restore import RestoreRequest
from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.sizes import MIB
from swiftcache.platform.network import makes_private_tasks
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.unit_of_work import IdempotentWork, replaying
from tests.api_world import ORGANIZATION, Answer, World, valid
from tests.samples import NOW, a_backup, a_caller, a_content, an_instance

LATER = timestamp(NOW + timedelta(hours=1))


@pytest.fixture
def world() -> World:
    return World()


def add(world: World, **different: Any) -> Backup:
    """An AVAILABLE one of 1,000 keys, of an instance of 512 MB."""
    source = an_instance(
        organization_id=ORGANIZATION,
        max_memory=512 * MIB,
        eviction_policy=EvictionPolicy.VOLATILE_TTL,
        persistence=True,
        settings=DEFAULT_SETTINGS.changed({"notify-keyspace-events": "Kg"}),
        keys=(InstanceKey("key_old", "the program's", "5e" * 32, "2026-01-01T00:00:00Z"),),
    )
    made = a_backup(id="bkp_a1", organization_id=ORGANIZATION, source=source)
    made = replace(made.available(a_content(), NOW), **different)
    world.backups.stored[made.organization_id, made.id] = made
    return made


def create(world: World, **different: Any) -> Answer:
    return world.post(valid(restoreFrom="bkp_a1", **different))


def plan(world: World, body: str = "{}", backup_id: str = "bkp_a1") -> Answer:
    return world.send("plan_restore", f"/api/v1/backups/{backup_id}/plan", body=body)


def test_a_plan_takes_every_field_of_a_creation() -> None:
    assert set(PlanRestoreRequest.model_fields) == set(CreateInstanceRequest.model_fields)


def test_a_plan_says_that_in_a_public_network_nothing_can_say_who_reaches_it(world: World) -> None:
    add(world)
    asked = {"allowedCidrs": ["10.1.0.0/16"]}
    assert codes(plan(world, json.dumps(asked))) == ["ALLOWED_CIDRS_NOT_POSSIBLE"]
    assert create(world, **asked).body["code"] == "ALLOWED_CIDRS_NOT_POSSIBLE"


def test_a_plan_counts_a_public_address_only_where_the_task_gets_one(world: World) -> None:
    add(world)
    public = plan(world).body["plan"]["costMonthly"]
    world.injector.given[makes_private_tasks] = True
    assert public - plan(world).body["plan"]["costMonthly"] == pytest.approx(3.65, abs=0.011)


def test_what_is_left_out_is_as_it_was(world: World) -> None:
    add(world)
    made = create(world).body["instance"]
    assert (made["evictionPolicy"], made["persistence"], made["notifyKeyspaceEvents"]) == ("volatile-ttl", True, "gK")
    assert made["restoredFrom"] == "bkp_a1"
    assert [key["name"] for key in made["apiKeys"]] == ["my-redis-default"], "the old keys' owner may be another"


def test_what_is_said_is_taken(world: World) -> None:
    add(world)
    made = create(world, evictionPolicy="noeviction", persistence=False, notifyKeyspaceEvents="").body["instance"]
    assert (made["evictionPolicy"], made["persistence"], made["notifyKeyspaceEvents"]) == ("noeviction", False, "")


def test_what_is_to_have_the_volume_of_the_backups_instance_is_not_recovered_from_a_backup(world: World) -> None:
    add(world)
    for answer in (create(world, recoverFromBackup=True), plan(world, '{"recoverFromBackup": true}')):
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/recoverFromBackup")
    made = create(world, persistence=False, recoverFromBackup=True).body["instance"]
    assert (made["persistence"], made["recoverFromBackup"]) == (False, True)


def test_the_record_says_what_it_begins_with(world: World) -> None:
    backup = add(world)
    made = create(world).body["instance"]
    stored = world.instances.get(ORGANIZATION, made["id"])
    assert stored
    assert stored.restore
    assert (stored.restore.object_key, stored.restore.version) == (backup.object_key, "v1")
    assert (stored.restore.keys, stored.restore.size_bytes, stored.restore.seconds) == (1_000, 1_000_000, 60)
    assert not stored.shared_definition
    assert world.accounts.audit[-1].details == {"restoredFrom": "bkp_a1"}


def test_the_old_keys_come_with_it_if_that_is_asked_for(world: World) -> None:
    add(world)
    made = create(world, restoreKeys=True).body["instance"]
    assert [key["name"] for key in made["apiKeys"]] == ["my-redis-default", "the program's"]
    stored = world.instances.get(ORGANIZATION, made["id"])
    assert stored
    assert (stored.keys[1].sha256, stored.keys[1].id != "key_old") == ("5e" * 32, True)


def test_keys_without_a_backup_are_refused(world: World) -> None:
    answer = world.post(valid(restoreKeys=True))
    assert answer.status == 422
    assert "restoreFrom" in str(answer.body["errors"])


def test_an_imported_one_has_nobody_s_settings(world: World) -> None:
    add(world, kind=BackupKind.IMPORTED, source=None)
    made = create(world, restoreKeys=True).body["instance"]
    assert (made["evictionPolicy"], made["persistence"]) == ("allkeys-lru", False)
    assert len(made["apiKeys"]) == 1


@pytest.mark.parametrize("backup_id", ["bkp_none", "bkp_a1", "nonsense", "../x"])
def test_what_is_not_there_or_not_yours_is_not_found(world: World, backup_id: str) -> None:
    add(world, organization_id="org_other")
    answer = world.post(valid(restoreFrom=backup_id))
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
    assert plan(world, backup_id=backup_id.replace("/", "")).status == 404
    assert world.instances.stored == {}


@pytest.mark.parametrize("status", [BackupStatus.CREATING, BackupStatus.FAILED, BackupStatus.DELETING])
def test_one_that_is_not_available_is_refused(world: World, status: BackupStatus) -> None:
    add(world, status=status)
    answer = create(world)
    assert (answer.status, answer.body["code"]) == (409, "BACKUP_NOT_AVAILABLE")
    assert status in answer.body["detail"]
    assert codes(plan(world)) == ["BACKUP_NOT_AVAILABLE"]
    assert world.instances.stored == {}


def codes(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [found["code"] for found in answer.body["plan"]["blockedBy"]]


def proved(used_memory: int) -> Verification:
    return Verification(timestamp(NOW), 1_000, 7, used_memory)


def test_one_that_does_not_fit_is_refused(world: World) -> None:
    add(world, verified=proved(100 * MIB))
    answer = create(world, maxMemory=100 * MIB - 1)
    assert (answer.status, answer.body["code"]) == (409, "BACKUP_DOES_NOT_FIT")
    assert str(100 * MIB) in answer.body["detail"]
    assert world.instances.stored == {}
    assert create(world, maxMemory=100 * MIB).status == 201


@pytest.mark.parametrize(("version", "status"), [(11, 201), (12, 409), (80, 409)])
def test_one_that_this_redis_does_not_read_is_refused(world: World, version: int, status: int) -> None:
    world.engines.engine = Engine("redis", "7.2.11", LATER)
    content = a_content(rdb=Rdb("valkey" if version == 80 else "redis", "9.0", version))
    add(world, content=content)
    answer = create(world, engine="redis")
    assert answer.status == status
    if status == 409:
        assert answer.body["code"] == "BACKUP_VERSION_TOO_NEW"
        assert codes(plan(world, '{"engine": "redis"}')) == ["BACKUP_VERSION_TOO_NEW"]


def test_one_gets_the_engine_that_wrote_it_unless_another_is_asked_for(world: World) -> None:
    world.engines.engine = Engine("redis", "7.2.11", LATER)
    add(world, content=a_content(rdb=Rdb("valkey", "9.1.2", 80)))
    assert plan(world).body["plan"]["targetEngine"] == "valkey"
    assert create(world).body["instance"]["engine"] == "valkey"
    assert create(world, engine="redis").body["code"] == "BACKUP_VERSION_TOO_NEW"


def test_an_engine_does_not_read_what_another_has_written_since_it_was_proved(world: World) -> None:
    world.engines.engine = Engine("redis", "7.2.11", timestamp(NOW - timedelta(hours=1)))
    add(world, content=a_content(rdb=Rdb("valkey", "9.1.2", 80), taken_at=timestamp(NOW)))
    assert create(world, engine="redis").body["code"] == "BACKUP_VERSION_TOO_NEW"


def test_what_was_written_or_read_since_says_more_of_this_redis(world: World) -> None:
    """It has become a newer one, and nobody has proved a backup since."""
    world.engines.engine = Engine("redis", "6.2", timestamp(NOW - timedelta(hours=1)))
    add(world, content=a_content(taken_at=timestamp(NOW)))
    assert create(world).status == 201
    add(world, verified=proved(MIB))
    assert create(world).status == 201
    add(world, kind=BackupKind.IMPORTED, source=None, content=a_content(taken_at=timestamp(NOW)))
    assert create(world).body["code"] == "BACKUP_VERSION_TOO_NEW"


@pytest.mark.parametrize(
    ("engine", "version", "rdb", "read"),
    [
        ("redis", "6.2.7", 9, True),
        ("redis", "6.2.7", 10, False),
        ("redis", "7.0.15", 10, True),
        ("redis", "7.0.15", 11, False),
        ("redis", "7.2.11", 11, True),
        ("redis", "7.4.1", 12, True),
        ("redis", "8.2.2", 12, True),
        ("redis", "8.2.2", 80, False),
        ("valkey", "8.1.4", 11, True),
        ("valkey", "8.1.4", 12, False),
        ("valkey", "8.1.4", 80, False),
        ("valkey", "9.0.0", 80, True),
        ("valkey", "9.0.0", 12, False),
        ("keydb", "1.0", 80, True),
        ("redis", "unstable", 80, True),
    ],
)
def test_engines_read_what_is_not_newer(engine: str, version: str, rdb: int, read: bool) -> None:
    assert loads(Engine(engine, version, timestamp(NOW)), Rdb("redis", "", rdb)) is read


class TestPlan:
    def test_it_says_what_would_be_made(self, world: World) -> None:
        add(world, verified=proved(100 * MIB))
        found = plan(world, '{"maxMemory": 268435456, "persistence": false, "restoreKeys": true}').body["plan"]
        assert found == {
            "backupId": "bkp_a1",
            "keys": 1_000,
            "sizeBytes": 1_000_000,
            "takenAt": a_content().taken_at,
            "engine": "redis",
            "targetEngine": "redis",
            "engineVersion": "7.2.11",
            "rdbVersion": 11,
            "memory": {"needed": 100 * MIB, "target": 256 * MIB, "fits": True},
            "evictionPolicy": "volatile-ttl",
            "persistence": False,
            "restoresKeys": 1,
            "task": {"vcpu": 0.25, "memoryGb": 0.5},
            "expectedSeconds": 52,
            "costMonthly": 12.34,
            "blockedBy": [],
        } | {"costMonthly": found["costMonthly"]}
        assert 10 < found["costMonthly"] < 20
        assert world.instances.stored == {}

    def test_without_fields_it_is_as_the_instance_was(self, world: World) -> None:
        add(world)
        found = plan(world).body["plan"]
        assert found["memory"] == {"needed": None, "target": 512 * MIB, "fits": True}
        assert found["persistence"]

    @pytest.mark.parametrize(("mib", "fits"), [(511, None), (512, True)])
    def test_what_nobody_has_measured_fits_where_it_came_from(self, world: World, mib: int, fits: bool | None) -> None:
        add(world)
        assert plan(world, f'{{"maxMemory": {mib * MIB}}}').body["plan"]["memory"]["fits"] is fits

    def test_of_an_imported_one_it_takes_what_the_data_need(self, world: World) -> None:
        add(world, kind=BackupKind.IMPORTED, source=None, verified=proved(50 * MIB))
        assert plan(world).body["plan"]["memory"]["target"] == 50 * MIB

    def test_it_says_all_that_is_in_the_way(self, world: World) -> None:
        world.engines.engine = Engine("redis", "7.0.15", LATER)
        add(world, verified=proved(100 * MIB))
        assert codes(plan(world, '{"maxMemory": 10485760}')) == ["BACKUP_VERSION_TOO_NEW", "BACKUP_DOES_NOT_FIT"]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ('{"maxMemory": 1}', "/maxMemory"),
            ('{"region": "moon"}', "/region"),
            ('{"restoreFrom": "bkp_b1"}', "/restoreFrom"),
            ('{"size": 1}', "/size"),
        ],
    )
    def test_what_no_creation_takes_is_refused(self, world: World, body: str, pointer: str) -> None:
        add(world)
        answer = plan(world, body)
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)

    def test_the_whole_body_of_a_creation_is_taken(self, world: World) -> None:
        add(world)
        window = {"day": "sunday", "at": "03:00", "hours": 4}
        extras = {"restoreFrom": "bkp_a1", "restoreKeys": True, "maintenanceWindow": window}
        whole = valid(persistence=True, expiresAt=None, **extras)
        assert plan(world, json.dumps(whole)).status == 200

    def test_another_s_organization_is_not_found(self, world: World) -> None:
        add(world)
        assert plan(world, '{"organizationId": "org_other"}').status == 404


def test_a_creation_that_is_tried_again_needs_no_backup_any_more(world: World) -> None:
    """Its answer was lost, and the backup is gone meanwhile: the same instance is answered."""
    backup = add(world)
    new = NewInstance(
        ORGANIZATION,
        "again",
        512 * MIB,
        "eu-central",
        restore=RestoreRequest(backup.id, left_out=frozenset({"settings"})),
    )
    caller = a_caller(organization_id=ORGANIZATION)
    first = IdempotentWork("key_owner", "a" * 64, "first", b"seed", NOW)
    with replaying(first):
        made = world.service.create(caller, new)
    world.backups.stored.clear()
    with replaying(IdempotentWork("key_owner", "a" * 64, "second", b"seed", NOW, applied=1)):
        again = world.service.create(caller, new)
    assert (again.instance, again.plain_key) == (made.instance, made.plain_key)
    assert again.instance.settings.events == "gK"
