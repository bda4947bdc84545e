"""Backups over HTTP: taken of a running Redis, and whole or not there, also when its function is killed."""

import hashlib
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.api import MIB, Api, Created
from tests.e2e.stack import Stack

SECONDS = 60
KEYS = 1_000


class Filled:
    """An instance with data, and its backups."""

    def __init__(self, stack: Stack, created: Created) -> None:
        self.stack = stack
        self.api = stack.api
        self.id = created.id
        self.key = created.key
        self.instance = self.api.wait(created.id)

    def fill(self, values: dict[str, bytes]) -> None:
        with self.stack.redis(self.instance, self.key) as client:
            client.mset(values)

    def post(self, **body: Any) -> Any:
        return self.api.send("POST", f"/instances/{self.id}/backups", json=body)

    def take(self, **body: Any) -> dict[str, Any]:
        answer = self.post(**body)
        assert answer.status_code == 202, answer.text
        found: dict[str, Any] = answer.json()["backup"]
        return found

    def wait(self, backup: dict[str, Any], seconds: float = SECONDS) -> dict[str, Any]:
        """As it is when it is not CREATING any more; its instance is RUNNING all the time."""
        end = time.monotonic() + seconds
        while True:
            found: dict[str, Any] = self.api.send("GET", f"/backups/{backup['id']}").json()["backup"]
            if found["status"] != "CREATING":
                return found
            assert time.monotonic() < end, found
            assert self.api.status(self.id) == "RUNNING"
            time.sleep(0.1)

    def objects(self, backup: dict[str, Any]) -> list[bytes]:
        """What the bucket has of it."""
        s3, bucket = self.stack.aws("s3"), self.stack.outputs()["BackupBucketName"]
        key = f"backups/{self.api.organization_id}/{backup['id']}.rdb"
        versions = s3.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
        assert s3.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads", []) == []
        return [s3.get_object(Bucket=bucket, Key=key, VersionId=one["VersionId"])["Body"].read() for one in versions]


@pytest.fixture
def filled(stack: Stack) -> Iterator[Filled]:
    filled = Filled(stack, stack.api.create(name="backed-up"))
    filled.fill({f"key:{number}": b"%d " % number * 10 for number in range(KEYS)})
    yield filled
    stack.api.delete(filled.id)
    stack.api.wait_gone(filled.id)


def test_a_backup_is_asked_for_and_is_there(filled: Filled) -> None:
    asked = filled.take(name="before the release", retentionDays=7)
    assert (asked["status"], asked["kind"], asked["name"]) == ("CREATING", "MANUAL", "before the release")
    backup = filled.wait(asked)
    assert (backup["status"], backup["error"]) == ("AVAILABLE", None)
    [content] = filled.objects(backup)
    assert (backup["sizeBytes"], backup["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert content.startswith(b"REDIS")
    assert backup["keys"] in (KEYS, KEYS + 1)  # the one that was written to verify it goes with its time
    assert (backup["instanceId"], backup["engine"]) == (filled.id, "redis")
    for path in (f"/instances/{filled.id}/backups", f"/organizations/{filled.api.organization_id}/backups"):
        listed = filled.api.send("GET", path).json()["backups"]
        assert backup["id"] in [one["id"] for one in listed]


def test_the_same_request_again_is_the_same_backup(filled: Filled) -> None:
    key = {"Idempotency-Key": "backup-once"}
    path = f"/instances/{filled.id}/backups"
    first, again = (filled.api.send("POST", path, json={"name": "once"}, headers=key) for _ in range(2))
    assert (first.status_code, first.text) == (again.status_code, again.text)
    filled.wait(first.json()["backup"])
    assert len(filled.api.send("GET", path).json()["backups"]) == 1


def test_a_deletion_is_taken_at_any_moment(filled: Filled) -> None:
    backup = filled.take()
    for _ in range(2):
        answer = filled.api.send("DELETE", f"/backups/{backup['id']}")
        assert answer.status_code == 202
    assert filled.api.send("GET", f"/backups/{backup['id']}").status_code in (200, 404)


def test_a_function_that_is_killed_leaves_a_backup_that_is_whole(filled: Filled) -> None:
    filled.fill({f"long:{number}": os.urandom(MIB) for number in range(6)})
    filled.wait(filled.take())
    for pause in (0.05, 0.2, 0.5):
        asked = filled.take()
        time.sleep(pause)
        assert kill_function(filled.stack, "take_backup")
        backup = filled.wait(asked, 120)
        assert (backup["status"], backup["error"]) == ("AVAILABLE", None)
        [content] = filled.objects(backup)
        assert backup["sha256"] == hashlib.sha256(content).hexdigest()


def kill_function(stack: Stack, name: str) -> bool:
    """Whether there was a process of this function."""
    found = [process for process in stack.processes() if process.folder.endswith(f"functions/{name}")]
    for process in found:
        os.kill(process.pid, signal.SIGKILL)
    return bool(found)


def test_what_does_not_run_is_not_backed_up(api: Api) -> None:
    created = api.create(name="not-yet")
    answer = api.send("POST", f"/instances/{created.id}/backups", json={})
    if answer.status_code != 202:
        assert (answer.status_code, answer.json()["code"]) == (409, "STATUS_CONFLICT")
    api.delete(created.id)
    api.wait_gone(created.id, 15)
