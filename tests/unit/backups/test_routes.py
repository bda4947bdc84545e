"""The backups' routes: what they take, and what they answer."""

import json
from typing import Any

import pytest

from swiftcache.backups.model import BackupStatus, Verification
from swiftcache.backups.service import BackupService
from swiftcache.backups.transfer import TransferService
from swiftcache.backups.transfer_wiring import transfer_service
from swiftcache.backups.wiring import backup_service
from swiftcache.instances.failure import Failure
from swiftcache.instances.status import Status
from tests.api_world import INSTANCE, ORGANIZATION, Answer, World
from tests.fakes.backups import FakeBackupStarter, FakeBackupTurns
from tests.fakes.object_store import FakeObjectStore
from tests.samples import AT, NOW, a_backup, a_content, an_entry, an_instance

BACKUP = "bkp_abc123xyz"


class BackupWorld:
    def __init__(self, world: World) -> None:
        self.world = world
        self.backups = world.backups
        self.starter = FakeBackupStarter()
        self.service = BackupService(
            self.backups,
            world.instances,
            FakeBackupTurns(self.backups, world.instances),
            self.starter,
            lambda: NOW,
        )
        self.transfers = TransferService(self.backups, FakeObjectStore(), lambda: NOW)

    def send(self, name: str, **changes: Any) -> Answer:
        return self.world.send(name, **changes)

    def post(self, **body: Any) -> Answer:
        return self.send("create_backup", body=json.dumps(body))

    def add(self, **different: Any) -> None:
        source = an_instance(id=INSTANCE, organization_id=ORGANIZATION)
        backup = a_backup(
            **{"id": BACKUP, "organization_id": ORGANIZATION, "instance_id": INSTANCE, "source": source} | different
        )
        self.backups.create(backup, an_entry())


@pytest.fixture
def kept(world: World) -> BackupWorld:
    kept = BackupWorld(world)
    world.injector.given[backup_service] = kept.service
    world.injector.given[transfer_service] = kept.transfers
    return kept


@pytest.fixture
def running(world: World, kept: BackupWorld) -> BackupWorld:
    world.with_instance(status=Status.RUNNING)
    return kept


def test_a_new_backup_is_being_created(running: BackupWorld) -> None:
    answer = running.send("create_backup")
    assert answer.status == 202
    backup = answer.body["backup"]
    assert answer.headers["location"] == f"/api/v1/backups/{backup['id']}"
    assert answer.headers["retry-after"] == "1"
    assert backup | {"id": ""} == {
        "id": "",
        "instanceId": INSTANCE,
        "instanceName": "my-redis",
        "name": "before the release",
        "kind": "MANUAL",
        "status": "CREATING",
        "createdAt": AT,
        "completedAt": None,
        "expiresAt": None,
        "takenAt": None,
        "sizeBytes": None,
        "keys": None,
        "sha256": None,
        "engine": None,
        "engineVersion": None,
        "rdbVersion": None,
        "verified": None,
        "error": None,
    }
    assert running.send("get_backup", path=f"/api/v1/backups/{backup['id']}").body == {"backup": backup}


def test_nothing_need_be_said_of_it(running: BackupWorld) -> None:
    assert running.post().body["backup"]["name"] == "my-redis-20260102T030405Z"


def test_an_available_one_says_what_it_is(kept: BackupWorld) -> None:
    done = {"status": BackupStatus.AVAILABLE, "content": a_content(), "completed_at": AT, "expires_at": AT}
    kept.add(**done, verified=Verification(AT, 1_000, 2))
    backup = kept.send("get_backup").body["backup"]
    shown = ("status", "completedAt", "expiresAt", "takenAt", "sizeBytes", "keys", "sha256")
    assert [backup[name] for name in shown] == ["AVAILABLE", AT, AT, AT, 1_000_000, 1_000, "5e" * 32]
    assert (backup["engine"], backup["engineVersion"], backup["rdbVersion"]) == ("redis", "7.2.11", 11)
    assert backup["verified"] == {"at": AT, "keys": 1_000, "seconds": 2}


def test_a_failed_one_says_why(kept: BackupWorld) -> None:
    kept.add(
        status=BackupStatus.FAILED, failure=Failure("CORRUPT_COPY", "It was not whole.", "TakeBackup", "request-1")
    )
    assert kept.send("get_backup").body["backup"]["error"] == {
        "code": "CORRUPT_COPY",
        "message": "It was not whole.",
        "step": "TakeBackup",
        "requestId": "request-1",
    }


def test_the_hashes_of_the_instances_keys_are_never_shown(kept: BackupWorld) -> None:
    kept.add()
    for name in ("get_backup", "list_backups", "list_organization_backups"):
        answer = kept.send(name)
        assert answer.status == 200
        assert "ab" * 32 not in answer.text


@pytest.mark.parametrize("name", ["list_backups", "list_organization_backups"])
def test_a_list_has_pages(kept: BackupWorld, name: str) -> None:
    kept.add()
    kept.add(id="bkp_older", created_at="2026-01-01T00:00:00.000Z")
    first = kept.send(name, queryStringParameters={"limit": "1"}).body
    assert [backup["id"] for backup in first["backups"]] == [BACKUP]
    rest = kept.send(name, queryStringParameters={"limit": "1", "cursor": first["nextCursor"]}).body
    assert ([backup["id"] for backup in rest["backups"]], rest["nextCursor"]) == (["bkp_older"], None)
    for limit in ("0", "101"):
        assert kept.send(name, queryStringParameters={"limit": limit}).status == 422


def test_a_deletion_is_under_way(kept: BackupWorld) -> None:
    kept.add()
    for _ in range(2):
        answer = kept.send("delete_backup")
        assert (answer.status, answer.body) == (
            202,
            {"message": "Backup deletion initiated", "backup": {"id": BACKUP, "status": "DELETING"}},
        )
    assert kept.send("get_backup").body["backup"]["status"] == "DELETING"


def test_the_state_of_things_may_be_in_the_way(running: BackupWorld) -> None:
    running.add()
    answer = running.send("create_backup")
    assert (answer.status, answer.body["code"]) == (409, "BACKUP_IN_PROGRESS")


def test_what_does_not_run_is_a_conflict(world: World, kept: BackupWorld) -> None:
    world.with_instance(status=Status.PROVISIONING)
    answer = kept.send("create_backup")
    assert (answer.status, answer.body["code"]) == (409, "STATUS_CONFLICT")


@pytest.mark.parametrize("name", ["create_backup", "list_backups", "get_backup", "delete_backup"])
def test_what_is_not_there_is_404(kept: BackupWorld, name: str) -> None:
    assert kept.send(name).status == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "a" * 101}, "/name"),
        ({"name": "a\u200bb"}, "/name"),
        ({"name": 7}, "/name"),
        ({"retentionDays": 0}, "/retentionDays"),
        ({"retentionDays": 3_651}, "/retentionDays"),
        ({"retentionDays": 1.5}, "/retentionDays"),
        ({"retentionDays": "7"}, "/retentionDays"),
        ({"retentionDays": None}, "/retentionDays"),
        ({"kind": "FINAL"}, "/kind"),
    ],
)
def test_a_value_that_is_not_taken_is_named(running: BackupWorld, body: dict[str, Any], pointer: str) -> None:
    answer = running.post(**body)
    assert answer.status == 422
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


def test_a_whole_number_may_be_written_as_json_writes_it(running: BackupWorld) -> None:
    answer = running.send("create_backup", body='{"retentionDays": 7.0}')
    assert answer.status == 202
