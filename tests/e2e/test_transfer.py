"""Backups out, by a link; and in, as files of another Redis, good ones and hostile ones."""

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests

from tests import foreign_rdbs
from tests.e2e.api import Api
from tests.e2e.stack import Stack
from tests.integration.redis.writers import wait_for

DONE_SECONDS = 60
"""For a machine that is busy with other things."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return foreign_rdbs.fetched(tmp_path_factory.mktemp("other"))


def begin(api: Api, **body: Any) -> dict[str, Any]:
    answer = api.send("POST", f"/organizations/{api.organization_id}/imports", json=body)
    assert answer.status_code == 202, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


def backup_of(api: Api, backup_id: str) -> dict[str, Any]:
    answer = api.send("GET", f"/backups/{backup_id}")
    assert answer.status_code == 200, answer.text
    backup: dict[str, Any] = answer.json()["backup"]
    return backup


def ended(api: Api, backup_id: str) -> dict[str, Any]:
    """The backup, once it is not CREATING any more."""
    deadline = time.monotonic() + DONE_SECONDS
    while (backup := backup_of(api, backup_id))["status"] == "CREATING":
        assert time.monotonic() < deadline, backup
        time.sleep(0.1)
    return backup


def imported(api: Api, content: bytes) -> dict[str, Any]:
    begun = begin(api)
    assert requests.put(begun["upload"]["url"], data=content, timeout=30).status_code == 200
    return ended(api, begun["backup"]["id"])


def objects(stack: Stack, backup_id: str) -> list[str]:
    """The keys of whatever versions and uploads there are of it."""
    s3, bucket = stack.aws("s3"), stack.outputs()["BackupBucketName"]
    found = s3.list_object_versions(Bucket=bucket)
    uploads = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    versions = [*found.get("Versions", []), *found.get("DeleteMarkers", [])]
    return [each["Key"] for each in (*versions, *uploads) if backup_id in each["Key"]]


def test_a_file_of_another_redis_becomes_a_backup_and_is_had_again(stack: Stack, api: Api, file: bytes) -> None:
    begun = begin(api, name="from-afar", retentionDays=7)
    backup_id = begun["backup"]["id"]
    assert (begun["backup"]["kind"], begun["backup"]["status"]) == ("IMPORTED", "CREATING")
    assert begun["backup"]["instanceId"] is None
    assert (begun["upload"]["method"], begun["upload"]["maxBytes"]) == ("PUT", 5 * 1024**3)
    assert requests.put(begun["upload"]["url"], data=file, timeout=30).status_code == 200
    backup = ended(api, backup_id)
    assert (backup["status"], backup["error"]) == ("AVAILABLE", None)
    assert (backup["name"], backup["sizeBytes"], backup["keys"]) == ("from-afar", len(file), foreign_rdbs.TYPES)
    assert backup["sha256"] == hashlib.sha256(file).hexdigest()
    assert (backup["engine"], backup["rdbVersion"]) == ("redis", int(file[5:9]))
    assert backup["verified"]["keys"] == foreign_rdbs.TYPES
    deadline = time.monotonic() + DONE_SECONDS  # it is AVAILABLE before its proof is thrown away
    while (left := objects(stack, backup_id)) != [f"backups/{api.organization_id}/{backup_id}.rdb"]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)

    answer = api.send("POST", f"/backups/{backup_id}/download")
    assert answer.status_code == 200, answer.text
    download = answer.json()
    assert download["sha256"] == backup["sha256"]
    got = requests.get(download["url"], timeout=30)
    assert (got.status_code, got.content) == (200, file)
    assert got.headers["content-disposition"] == f"attachment; filename*=UTF-8''{backup_id}.rdb"


def test_what_is_uploaded_after_the_first_is_ignored(stack: Stack, api: Api, file: bytes) -> None:
    begun = begin(api)
    url, backup_id = begun["upload"]["url"], begun["backup"]["id"]
    assert requests.put(url, data=file, timeout=30).status_code == 200
    for _ in range(3):
        assert requests.put(url, data=b"something else", timeout=30).status_code == 200
    backup = ended(api, backup_id)
    assert (backup["status"], backup["sha256"]) == ("AVAILABLE", hashlib.sha256(file).hexdigest())
    assert requests.put(url, data=b"late", timeout=30).status_code == 200
    deadline = time.monotonic() + DONE_SECONDS
    while objects(stack, backup_id) != [f"backups/{api.organization_id}/{backup_id}.rdb"]:
        assert time.monotonic() < deadline, objects(stack, backup_id)
        time.sleep(0.1)


HOSTILE: Mapping[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda file: b"", "NOT_AN_RDB"),
    "text": (lambda file: b"SET a b\r\n" * 1_000, "NOT_AN_RDB"),
    "short": (lambda file: file[:12], "FILE_DAMAGED"),
    "flipped": (lambda file: foreign_rdbs.flipped(file, len(file) // 2), "FILE_DAMAGED"),
    "cut": (lambda file: file[:-100], "FILE_DAMAGED"),
    # Which it is depends on whether this stack has proved anything yet, and so knows its Redis.
    "of version 12": (lambda file: foreign_rdbs.of_version(file, 12), "VERSION_NOT_SUPPORTED CANNOT_BE_RESTORED"),
    "of version 80": (lambda file: foreign_rdbs.of_version(file, 80), "VERSION_NOT_SUPPORTED"),
    "a bomb": (foreign_rdbs.bomb, "CANNOT_BE_RESTORED"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_whole_rdb_that_this_redis_loads_is_refused_and_not_kept(
    stack: Stack, api: Api, file: bytes, kind: str
) -> None:
    make, codes = HOSTILE[kind]
    backup = imported(api, make(file))
    assert backup["status"] == "FAILED"
    assert backup["error"]["code"] in codes.split(), backup["error"]
    assert backup["error"]["message"].endswith(".")
    assert backup["verified"] is None
    # The record comes first, so that whoever still is at work on it makes nothing of it.
    wait_for(lambda: objects(stack, backup["id"]) == [])
    assert api.send("POST", f"/backups/{backup['id']}/download").status_code == 409


def test_an_import_that_is_asked_for_again_is_the_same(api: Api) -> None:
    again = [
        api.send(
            "POST",
            f"/organizations/{api.organization_id}/imports",
            json={"name": "once"},
            headers={"Idempotency-Key": "import-once"},
        ).json()
        for _ in range(2)
    ]
    assert again[0] == again[1]
    assert api.send("DELETE", f"/backups/{again[0]['backup']['id']}").status_code == 202
