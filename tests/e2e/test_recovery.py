"""A redis-server of the running stack is killed: its instance comes back by itself."""

import os
import signal
import time
from typing import Any

import pytest
import redis

from tests.e2e.api import Api, Created
from tests.e2e.processes import Process
from tests.e2e.stack import Stack

BACK_SECONDS = 20
"""For a machine that is busy with other things; docs/decisions/0020-recovery.md has what was measured."""


def process_of(stack: Stack, instance: dict[str, Any]) -> Process:
    """The redis-server behind an instance's name."""
    [address] = stack.names.resolve(instance["hostname"])
    listening = f" {address}:{instance['port']}"
    [process] = [process for process in stack.processes() if process.is_redis and listening in process.command]
    return process


def answers(stack: Stack, instance: dict[str, Any], key: str) -> bool:
    try:
        with stack.redis(instance, key) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def come_back(stack: Stack, api: Api, created: Created, died_at: float) -> tuple[dict[str, Any], list[bool]]:
    """The instance once its recovery has ended, and what `recovering` was on the way."""
    seen: list[bool] = []
    while True:
        instance: dict[str, Any] = api.get(created.id).json()["instance"]
        assert instance["status"] == "RUNNING"
        seen.append(instance["recovering"])
        recovery = instance["recovery"]
        if recovery and recovery["status"] == "SUCCEEDED":
            return instance, seen
        assert time.monotonic() - died_at < BACK_SECONDS, instance
        time.sleep(0.02)


@pytest.fixture
def created(api: Api) -> Created:
    return api.create(name="mortal")


def test_a_killed_redis_comes_back_under_the_same_name_and_key(stack: Stack, api: Api, created: Created) -> None:
    before = api.wait(created.id)
    process = process_of(stack, before)
    died_at = time.monotonic()
    os.kill(process.pid, signal.SIGKILL)
    after, seen = come_back(stack, api, created, died_at)
    while not answers(stack, after, created.key):
        assert time.monotonic() - died_at < BACK_SECONDS
    print(f"back after {time.monotonic() - died_at:.2f} s")
    assert True in seen
    assert not process.is_alive()
    assert after["hostname"] == before["hostname"]
    assert after["apiKeys"] == before["apiKeys"]
    assert (after["recovery"]["cause"], after["recovery"]["deaths"]) == ("REDIS_STOPPED", 1)
    assert after["recovery"]["dataKept"] is False
    with stack.redis(after, created.key) as client:
        client.set("greeting", "hello again")
        assert client.get("greeting") == "hello again"
    api.delete(created.id)
    api.wait_gone(created.id, seconds=30)


def test_one_that_is_to_begin_with_its_latest_backup_comes_back_with_its_data(stack: Stack, api: Api) -> None:
    created = api.create(name="cached", recoverFromBackup=True)
    before = api.wait(created.id)
    with stack.redis(before, created.key) as client:
        client.set("greeting", "hello")
    asked = api.send("POST", f"/instances/{created.id}/backups", json={}).json()["backup"]
    while (backup := api.send("GET", f"/backups/{asked['id']}").json()["backup"])["status"] != "AVAILABLE":
        assert backup["status"] == "CREATING"
        time.sleep(0.1)
    died_at = time.monotonic()
    os.kill(process_of(stack, before).pid, signal.SIGKILL)
    after, _ = come_back(stack, api, created, died_at)
    recovery = after["recovery"]
    assert (recovery["backupId"], recovery["takenAt"]) == (backup["id"], backup["takenAt"])
    assert (recovery["startedEmpty"], recovery["dataKept"]) == (None, False)
    with stack.redis(after, created.key) as client:
        assert client.get("greeting") == "hello"
    api.delete(created.id)
    api.wait_gone(created.id, seconds=30)


def test_the_audit_log_and_the_timeline_tell_of_it(stack: Stack, api: Api, created: Created) -> None:
    instance = api.wait(created.id)
    cluster = stack.outputs()["ClusterName"]
    [task] = stack.aws("ecs").list_tasks(cluster=cluster, startedBy=created.id)["taskArns"]
    died_at = time.monotonic()
    stack.aws("ecs").stop_task(cluster=cluster, task=task, reason="somebody did it by hand")
    after, _ = come_back(stack, api, created, died_at)
    assert after["recovery"]["cause"] == "TASK_LOST"
    path = f"/organizations/{api.organization_id}/audit"
    entries = api.send("GET", path, params={"instanceId": created.id, "limit": 100}).json()["entries"]
    assert [entry["action"] for entry in entries][:2] == ["instance.recovered", "instance.recovering"]
    timeline = api.send("GET", f"/instances/{created.id}/timeline").json()["timeline"]
    assert "RECOVERY" in [operation["kind"] for operation in timeline["operations"]]
    assert instance["hostname"] == after["hostname"]
    api.delete(created.id)
    api.wait_gone(created.id, seconds=30)
