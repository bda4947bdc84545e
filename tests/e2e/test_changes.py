"""Keys, changes and expiry of a running instance, from outside: what docs/keys.md and docs/changes.md promise."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from tests.e2e.api import MIB, Api, Created
from tests.e2e.leftovers import NothingLeft
from tests.e2e.stack import PROJECT, Stack

SECONDS = 2
"""Within which a new key works, and a revoked one does not."""

PASTED_SECONDS = 60


@pytest.fixture
def created(api: Api) -> Iterator[Created]:
    created = api.create()
    yield created
    if api.status(created.id):
        api.delete(created.id)
    api.wait_gone(created.id)


@pytest.fixture
def instance(api: Api, created: Created) -> dict[str, Any]:
    return api.wait(created.id)


def ping(stack: Stack, instance: dict[str, Any], key: str, username: str | None = None) -> bool:
    try:
        with stack.redis(instance, key, username=username) as client:
            return bool(client.ping())
    except redis.AuthenticationError:
        return False


def test_keys_come_and_go_within_two_seconds(
    stack: Stack, api: Api, created: Created, instance: dict[str, Any]
) -> None:
    keys = f"/instances/{created.id}/keys"
    begun = time.monotonic()
    answer = api.send("POST", keys, json={"name": "reader", "role": "read-only"})
    assert answer.status_code == 201
    key = answer.json()["createdKey"]
    assert ping(stack, instance, key["plainTextKey"], key["username"])
    assert time.monotonic() - begun < SECONDS
    assert not ping(stack, instance, key["plainTextKey"]), "a read-only key needs its name"

    with stack.redis(instance, created.key) as client:
        client.set("a", 1)
        first = created.body["createdDefaultKey"]["id"]
        begun = time.monotonic()
        assert api.send("DELETE", f"{keys}/{first}").status_code == 202
        with pytest.raises(redis.ConnectionError):
            client.get("a")
    assert not ping(stack, instance, created.key)
    assert time.monotonic() - begun < SECONDS
    assert [found["id"] for found in api.send("GET", keys).json()["apiKeys"]] == [key["id"]]


def test_memory_changes_while_clients_go_on(stack: Stack, api: Api, created: Created, instance: dict[str, Any]) -> None:
    with stack.redis(instance, created.key, single_connection_client=True) as client:
        before = client.client_id()
        answer = api.send("PATCH", f"/instances/{created.id}", json={"maxMemory": 20 * MIB, "name": "larger"})
        changed = answer.json()["instance"]
        assert (changed["status"], changed["name"], changed["maxMemory"]) == ("RUNNING", "larger", 20 * MIB)
        assert changed["change"]["status"] == "SUCCEEDED"
        assert client.info("memory")["maxmemory"] == 20 * MIB
        assert client.client_id() == before


def test_a_plan_says_what_it_costs(api: Api, created: Created, instance: dict[str, Any]) -> None:
    plan = api.send("POST", f"/instances/{created.id}/plan", json={"maxMemory": 2048 * MIB}).json()["plan"]
    assert (plan["kind"], plan["blockedBy"]) == ("REPLACE", [])
    assert plan["costMonthlyAfter"] > plan["costMonthlyBefore"] > 0
    assert 0 < plan["memory"]["used"] < 10 * MIB


def test_a_protected_instance_stays(api: Api, created: Created, instance: dict[str, Any]) -> None:
    path = f"/instances/{created.id}"
    assert api.send("PATCH", path, json={"deletionProtection": True}).status_code == 200
    assert api.delete(created.id).json()["code"] == "DELETION_PROTECTED"
    assert api.send("PATCH", path, json={"deletionProtection": False}).status_code == 200


def test_an_instance_ends_at_its_time_and_leaves_nothing(
    stack: Stack, api: Api, created: Created, instance: dict[str, Any], nothing_left: NothingLeft
) -> None:
    at = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    assert api.send("PATCH", f"/instances/{created.id}", json={"expiresAt": at}).status_code == 200
    lambdas = stack.aws("lambda")
    names = [function["FunctionName"] for function in lambdas.list_functions()["Functions"]]
    # What the rule does each minute.
    swept = lambdas.invoke(FunctionName=next(name for name in names if "SweepFleet" in name), Payload=b"{}")
    assert "FunctionError" not in swept
    assert datetime.now(UTC) >= datetime.fromisoformat(at)
    api.wait_gone(created.id)
    nothing_left(instance)


@pytest.mark.parametrize("name", ["keys", "changes", "settings"])
def test_the_documented_lines_work(stack: Stack, created: Created, instance: dict[str, Any], name: str) -> None:
    if missing := [program for program in ("curl", "redis-cli") if shutil.which(program) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    text = (PROJECT / "docs" / f"{name}.md").read_text()
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    done = subprocess.run(
        ["sh", "-euc", lines.replace(".swiftcache/env", f"{stack.home}/env").replace("inst_…", created.id)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=PASTED_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "problem" not in done.stdout


def test_who_asked_for_it_hears_what_has_expired(stack: Stack, api: Api) -> None:
    created = api.create(notifyKeyspaceEvents="Ex")
    instance = api.wait(created.id)
    assert (instance["notifyKeyspaceEvents"], instance["settings"]["timeout"]) == ("xE", 600)
    with stack.redis(instance, created.key) as client:
        events: Any = redis.client.PubSub(client.connection_pool)
        events.subscribe("__keyevent@0__:expired")
        assert events.get_message(timeout=5)
        client.set("session", "x", px=20)
        heard = events.get_message(timeout=5)
    assert heard
    assert heard["data"] == "session"
    assert api.delete(created.id).status_code == 202
    api.wait_gone(created.id)
