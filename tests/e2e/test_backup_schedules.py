"""A schedule of backups from outside: they come, the newest stay, and what is deleted is gone with its object."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.api import Api
from tests.e2e.stack import Stack

SECONDS = 30


class Scheduled:
    """An instance with an hourly schedule that keeps one backup."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.api: Api = stack.api
        created = self.api.create(name="scheduled", backupSchedule={"every": "1h", "keep": 1})
        self.id = created.id
        self.instance = self.api.wait(created.id)

    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(self.id).json()["instance"]
        return found

    def backups(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.send("GET", f"/instances/{self.id}/backups").json()["backups"]
        return found

    def objects(self) -> list[str]:
        s3, bucket = self.stack.aws("s3"), self.stack.outputs()["BackupBucketName"]
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"backups/{self.api.organization_id}/").get("Contents", [])
        return [found["Key"].rpartition("/")[2].removesuffix(".rdb") for found in listed]

    def hour_passes(self) -> None:
        """In the record alone; then what the rule does each minute."""
        at = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.stack.aws("dynamodb").update_item(
            TableName=self.stack.outputs()["TableName"],
            Key={"PK": {"S": f"ORG#{self.api.organization_id}"}, "SK": {"S": f"INSTANCE#{self.id}"}},
            UpdateExpression="SET nextBackupAt = :at, dueAt = :at",
            ExpressionAttributeValues={":at": {"S": at}},
        )
        lambdas = self.stack.aws("lambda")
        names = [function["FunctionName"] for function in lambdas.list_functions()["Functions"]]
        kept = lambdas.invoke(FunctionName=next(name for name in names if "KeepBackups" in name), Payload=b"{}")
        assert "FunctionError" not in kept


@pytest.fixture
def scheduled(stack: Stack) -> Iterator[Scheduled]:
    scheduled = Scheduled(stack)
    yield scheduled
    if scheduled.api.status(scheduled.id):
        scheduled.api.delete(scheduled.id)
        scheduled.api.wait_gone(scheduled.id)


def until(condition: Callable[[], bool], tell: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, tell()
        time.sleep(0.1)


def test_a_schedule_takes_backups_and_keeps_the_newest(scheduled: Scheduled) -> None:
    api = scheduled.api
    assert scheduled.shown()["backupSchedule"] == {"every": "1h", "at": None, "keep": 1}
    taken: list[str] = []
    for _ in range(2):
        scheduled.hour_passes()
        until(
            lambda: (
                [one["status"] for one in scheduled.backups()] == ["AVAILABLE"]
                and scheduled.backups()[0]["id"] not in taken
            ),
            scheduled.backups,
        )
        [backup] = scheduled.backups()
        assert backup["kind"] == "SCHEDULED"
        taken.append(backup["id"])
        assert scheduled.shown()["nextBackupAt"] > datetime.now(UTC).isoformat()
    assert scheduled.objects() == taken[1:]
    usage = api.send("GET", f"/organizations/{api.organization_id}/usage").json()["used"]
    assert (usage["backups"], usage["backupBytes"]) == (1, backup["sizeBytes"])

    # Whoever deletes the instance is told what remains, and it remains.
    api.delete(scheduled.id)
    api.wait_gone(scheduled.id)
    receipt = api.send("GET", f"/instances/{scheduled.id}/receipt").json()["receipt"]
    assert receipt["backups"]["count"] == 1
    assert [one["id"] for one in receipt["backups"]["newest"]] == taken[1:]

    # A deletion is done at once, without the minute's pass.
    assert api.send("DELETE", f"/backups/{taken[1]}").status_code == 202
    until(lambda: api.send("GET", f"/backups/{taken[1]}").status_code == 404, scheduled.objects)
    assert scheduled.objects() == []
    usage = api.send("GET", f"/organizations/{api.organization_id}/usage").json()["used"]
    assert (usage["backups"], usage["backupBytes"]) == (0, 0)
