"""POST /backups/{id}/undelete."""

from dataclasses import replace

import pytest

from swiftcache.access.identity import Role
from swiftcache.backups.model import BackupKind
from swiftcache.instances.status import Status
from tests.api_world import INSTANCE, ORGANIZATION, World
from tests.samples import NOW, a_backup, a_content, an_account, an_entry, an_instance

BACKUP = "bkp_abc123xyz"


@pytest.fixture
def world() -> World:
    world = World()
    source = an_instance(id=INSTANCE, organization_id=ORGANIZATION, status=Status.DELETING)
    backup = a_backup(
        id=BACKUP, organization_id=ORGANIZATION, instance_id=INSTANCE, kind=BackupKind.FINAL, source=source
    )
    world.backups.create(replace(backup.available(a_content(), NOW), expires_at="2100-01-01T00:00:00.000Z"), an_entry())
    return world


def test_the_instance_is_answered_as_it_begins_anew(world: World) -> None:
    answer = world.send("undelete_instance")
    assert answer.status == 202
    assert answer.headers["location"] == f"/api/v1/instances/{INSTANCE}"
    assert (answer.body["instance"]["id"], answer.body["instance"]["status"]) == (INSTANCE, "PROVISIONING")
    assert [key["id"] for key in answer.body["instance"]["apiKeys"]] == ["key_1"]


def test_one_that_is_there_is_a_conflict(world: World) -> None:
    world.with_instance(status=Status.RUNNING)
    answer = world.send("undelete_instance")
    assert (answer.status, answer.body["code"]) == (409, "STATUS_CONFLICT")


def test_a_backup_that_is_not_there_is_not_found(world: World) -> None:
    world.backups.stored.clear()
    assert world.send("undelete_instance").status == 404


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.DEVELOPER, 202)])
def test_whoever_may_create_may_undelete(world: World, role: Role, status: int) -> None:
    an_account(world.accounts, ORGANIZATION, "sk_live_11111111111111111111111111111111", role)
    headers = {"authorization": "Bearer sk_live_11111111111111111111111111111111"}
    assert world.send("undelete_instance", headers=headers).status == status
