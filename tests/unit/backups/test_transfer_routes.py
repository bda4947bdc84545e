"""The routes that lead data out: what they take, and what they answer."""

import pytest

from swiftcache.access.identity import Role
from swiftcache.backups.model import BackupStatus
from tests.api_world import ORGANIZATION
from tests.api_world import World as ApiWorld
from tests.samples import a_content, an_account
from tests.unit.backups.test_routes import BACKUP, BackupWorld
from tests.unit.backups.test_routes import kept as kept


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


def test_a_viewer_carries_nothing_away(kept: BackupWorld, world: ApiWorld) -> None:
    kept.add(status=BackupStatus.AVAILABLE, content=a_content())
    viewer = "sk_live_22222222222222222222222222222222"
    an_account(world.accounts, ORGANIZATION, viewer, Role.VIEWER)
    answer = kept.send("download_backup", headers={"authorization": f"Bearer {viewer}"})
    assert (answer.status, answer.body["code"]) == (403, "ROLE_TOO_LOW")
