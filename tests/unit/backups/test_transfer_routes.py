"""The routes that lead data out and in: what they take, and what they answer."""

import json
from typing import Any

import pytest

from swiftcache.access.identity import Role
from swiftcache.backups.model import BackupKind, BackupStatus
from tests.api_world import ORGANIZATION, Answer
from tests.api_world import World as ApiWorld
from tests.samples import a_content, an_account
from tests.unit.backups.test_routes import BACKUP, BackupWorld
from tests.unit.backups.test_routes import kept as kept


def begin(kept: BackupWorld, **body: Any) -> Answer:
    return kept.send("create_import", body=json.dumps(body))


def test_a_download_answers_a_link_its_end_and_what_the_file_must_be(kept: BackupWorld) -> None:
    kept.add(status=BackupStatus.AVAILABLE, content=a_content())
    answer = kept.send("download_backup")
    assert answer.status == 200
    url = f"https://bucket.example/backups/{ORGANIZATION}/{BACKUP}.rdb?version=v1&seconds=900&name={BACKUP}.rdb"
    assert answer.body == {"url": url, "expiresAt": "2026-01-02T03:19:05.678Z", "sha256": a_content().sha256}


@pytest.mark.parametrize("status", [BackupStatus.CREATING, BackupStatus.FAILED, BackupStatus.DELETING])
def test_what_is_not_available_cannot_be_downloaded(kept: BackupWorld, status: BackupStatus) -> None:
    kept.add(status=status)
    answer = kept.send("download_backup")
    assert (answer.status, answer.body["code"]) == (409, "STATUS_CONFLICT")


def test_an_import_answers_the_backup_and_where_its_file_goes(kept: BackupWorld) -> None:
    answer = kept.send("create_import")
    assert answer.status == 202
    backup, upload = answer.body["backup"], answer.body["upload"]
    assert answer.headers["location"] == f"/api/v1/backups/{backup['id']}"
    shown = {name: backup[name] for name in ("kind", "status", "name", "instanceId", "instanceName", "takenAt")}
    assert shown == {
        "kind": "IMPORTED",
        "status": "CREATING",
        "name": "from-the-old-redis",
        "instanceId": None,
        "instanceName": None,
        "takenAt": None,
    }
    assert upload == {
        "url": f"https://bucket.example/uploads/{ORGANIZATION}/{backup['id']}.rdb?upload&seconds=3600",
        "method": "PUT",
        "expiresAt": "2026-01-02T04:04:05.678Z",
        "maxBytes": 5368709120,
    }
    stored = kept.backups.get(ORGANIZATION, backup["id"])
    assert stored is not None
    assert (stored.kind, stored.retention_days) == (BackupKind.IMPORTED, 90)
    assert kept.starter.started == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "two\nlines"}, "/name"),
        ({"retentionDays": 0}, "/retentionDays"),
        ({"retentionDays": 3651}, "/retentionDays"),
        ({"url": "https://example.com/dump.rdb"}, "/url"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(kept: BackupWorld, body: dict[str, Any], pointer: str) -> None:
    answer = begin(kept, **body)
    assert (answer.status, [error["pointer"] for error in answer.body["errors"]]) == (422, [pointer])
    assert kept.backups.stored == {}


@pytest.mark.parametrize("name", ["download_backup", "create_import"])
def test_a_viewer_carries_nothing_away_and_brings_nothing(kept: BackupWorld, world: ApiWorld, name: str) -> None:
    kept.add(status=BackupStatus.AVAILABLE, content=a_content())
    viewer = "sk_live_22222222222222222222222222222222"
    an_account(world.accounts, ORGANIZATION, viewer, Role.VIEWER)
    answer = kept.send(name, headers={"authorization": f"Bearer {viewer}"})
    assert (answer.status, answer.body["code"]) == (403, "ROLE_TOO_LOW")
