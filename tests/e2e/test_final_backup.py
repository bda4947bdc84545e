"""Deleting with a final backup and undeleting, from outside; S3 is there, and then it is not."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import redis

from tests.e2e.api import Api, Created
from tests.e2e.leftovers import left_of
from tests.e2e.stack import Stack

SECONDS = 30.0
"""For what takes about two on a machine with nothing else to do."""

DAYS = 86_400


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: its bucket goes away for a while."""
    with Stack(tmp_path_factory.mktemp("final") / "home") as running:
        yield running


@contextmanager
def without_bucket(stack: Stack) -> Iterator[None]:
    """S3 refuses whatever is sent to it."""
    s3, bucket = stack.aws("s3"), stack.outputs()["BackupBucketName"]
    for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
        s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=bucket)
    try:
        yield
    finally:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def delete(api: Api, created: Created, mode: str) -> None:
    answer = api.send("DELETE", f"/instances/{created.id}", params={"finalBackup": mode})
    assert answer.status_code == 202, answer.text
    assert answer.json() == {
        "message": "Instance deletion follows its final backup",
        "instance": {"id": created.id, "status": "RUNNING"},
    }


def shown(api: Api, created: Created) -> dict[str, Any]:
    instance: dict[str, Any] = api.get(created.id).json()["instance"]
    return instance


def receipt(api: Api, created: Created) -> dict[str, Any]:
    answer = api.send("GET", f"/instances/{created.id}/receipt")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["receipt"]
    return found


def test_without_s3_a_required_backup_keeps_the_instance_and_a_best_effort_says_so(own: Stack) -> None:
    api = own.api
    created = api.create(name="dear")
    instance = api.wait(created.id)
    with without_bucket(own):
        delete(api, created, "required")
        deadline = time.monotonic() + SECONDS
        while not (seen := shown(api, created))["finalBackupError"]:
            assert seen["status"] == "RUNNING"
            assert time.monotonic() < deadline, f"no error after {SECONDS} s: {seen}"
            time.sleep(0.1)
        assert (seen["status"], seen["finalBackup"]) == ("RUNNING", None)
        assert "The instance stays" in seen["finalBackupError"]["message"]
        with own.redis(instance, created.key, socket_timeout=SECONDS) as client:
            client.set("after", "the refusal")
        delete(api, created, "best-effort")
        api.wait_gone(created.id, SECONDS)
    final = receipt(api, created)["finalBackup"]
    assert (final["mode"], final["backupId"]) == ("best-effort", None)
    assert final["error"]["code"] == seen["finalBackupError"]["code"]
    assert [thing for thing in left_of(own, created.id) if "BACKUP#" not in thing] == []


class Writer(threading.Thread):
    """Writes until it is let no more; what Redis has acknowledged is `last`."""

    def __init__(self, client: "redis.Redis") -> None:
        super().__init__()
        self._client = client
        self.last = 0

    def run(self) -> None:
        with suppress(redis.RedisError, OSError):
            while True:
                self._client.set(f"number:{self.last + 1}", self.last + 1)
                self.last += 1


def test_what_was_acknowledged_last_is_there_when_the_instance_is_undeleted(own: Stack) -> None:
    api = own.api
    created = api.create(name="undead")
    instance = api.wait(created.id)
    with own.redis(instance, created.key) as client:
        client.set("for some days", "kept", ex=10 * DAYS)
    with own.redis(instance, created.key, socket_timeout=SECONDS) as client:
        writer = Writer(client)
        writer.start()
        while writer.last < 100:
            time.sleep(0.01)
        delete(api, created, "required")
        api.wait_gone(created.id, SECONDS)
        writer.join(SECONDS)
    assert not writer.is_alive()
    final = receipt(api, created)["finalBackup"]
    assert (final["mode"], final["error"]) == ("required", None)

    answer = api.send("POST", f"/backups/{final['backupId']}/undelete")
    assert answer.status_code == 202, answer.text
    assert api.send("GET", f"/instances/{created.id}/receipt").status_code == 404
    again = api.wait(created.id, seconds=SECONDS)
    assert (again["hostname"], again["apiKeys"]) == (instance["hostname"], instance["apiKeys"])
    assert (again["createdAt"], again["restoredFrom"]) == (instance["createdAt"], final["backupId"])
    with own.redis(again, created.key) as client:
        assert client.get(f"number:{writer.last}") == str(writer.last)
        # One more may have been carried out whose answer nobody heard.
        assert client.dbsize() - 1 in (writer.last, writer.last + 1)
        assert 9 * DAYS < client.ttl("for some days") <= 10 * DAYS
    refused = api.send("POST", f"/backups/{final['backupId']}/undelete")
    assert (refused.status_code, refused.json()["code"]) == (409, "STATUS_CONFLICT")
    api.delete(created.id)
    api.wait_gone(created.id, SECONDS)
    assert [thing for thing in left_of(own, created.id) if "BACKUP#" not in thing] == []
