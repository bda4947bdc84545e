"""The routes of instance keys."""

import io
import json
from typing import Any

import pytest

from swiftcache.access.identity import Role
from swiftcache.configuration.key_service import KeyService
from swiftcache.configuration.wiring import key_service
from swiftcache.instances.status import Status
from swiftcache.metrics.key_usage import SHARED, KeyUse
from swiftcache.metrics.model import CounterState
from swiftcache.platform.tokens import sha256
from tests.api_world import INSTANCE, ORGANIZATION, Answer, World
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.metrics import FakeMetrics
from tests.samples import NOW, an_account

KEYS = f"/api/v1/instances/{INSTANCE}/keys"


@pytest.fixture
def metrics() -> FakeMetrics:
    return FakeMetrics()


@pytest.fixture
def configure_trigger() -> FakeConfigureTrigger:
    return FakeConfigureTrigger()


@pytest.fixture(autouse=True)
def running(
    world: World, metrics: FakeMetrics, configure_trigger: FakeConfigureTrigger, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = KeyService(
        world.instances, FakeConfigurationStore(world.instances), configure_trigger, metrics, lambda: NOW
    )
    world.injector.given[key_service] = service
    world.with_instance(status=Status.RUNNING, hostname="abc123xyz.redis.example.com", port=6379)


def create(world: World, **body: Any) -> Answer:
    return world.send("create_instance_key", body=json.dumps(body))


def test_a_new_key_is_shown_with_all_that_a_client_needs(world: World) -> None:
    answer = world.send("create_instance_key")
    key = answer.body["createdKey"]
    assert (answer.status, answer.body["applied"]) == (201, True)
    assert key == {
        "id": key["id"],
        "name": "worker",
        "role": "read-write",
        "username": key["id"],
        "plainTextKey": key["plainTextKey"],
        "createdAt": "2026-01-02T03:04:05Z",
        "urlTemplate": f"rediss://{key['id']}:{{key}}@abc123xyz.redis.example.com:6379",
    }
    stored = world.instances.stored[ORGANIZATION, INSTANCE].keys[-1]
    assert stored.sha256 == sha256(key["plainTextKey"])


def test_an_empty_body_makes_a_key_that_reads_and_writes(world: World) -> None:
    key = create(world).body["createdKey"]
    assert (key["name"], key["role"]) == ("my-redis-read-write", "read-write")


def test_a_read_only_key_is_one(world: World) -> None:
    assert create(world, role="read-only").body["createdKey"]["role"] == "read-only"


def test_the_answer_says_if_redis_does_not_know_it_yet(world: World, configure_trigger: FakeConfigureTrigger) -> None:
    configure_trigger.available = False
    assert create(world).body["applied"] is False


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "a b"}, "/name"),
        ({"name": 1}, "/name"),
        ({"role": "admin"}, "/role"),
        ({"role": None}, "/role"),
        ({"rolle": "read-only"}, "/rolle"),
    ],
)
def test_an_invalid_value_is_named(world: World, body: dict[str, Any], pointer: str) -> None:
    answer = create(world, **body)
    assert (answer.status, [error["pointer"] for error in answer.body["errors"]]) == (422, [pointer])


def test_the_list_shows_no_key_and_no_hash(world: World) -> None:
    plain = create(world, role="read-only").body["createdKey"]["plainTextKey"]
    answer = world.send("list_instance_keys")
    assert answer.status == 200
    assert [key["role"] for key in answer.body["apiKeys"]] == ["read-write", "read-only"]
    assert plain not in answer.text
    assert sha256(plain) not in answer.text


def test_the_list_shows_the_use_that_was_seen(world: World, metrics: FakeMetrics) -> None:
    use = {"key_1": KeyUse("2026-01-02T03:00:00Z", 3), SHARED: KeyUse("2026-01-02T03:01:00Z", 2)}
    metrics.put(ORGANIZATION, INSTANCE, CounterState(key_use=use))
    create(world)
    body = world.send("list_instance_keys").body
    assert [(key["lastUsedAt"], key["connections"]) for key in body["apiKeys"]] == [
        ("2026-01-02T03:00:00Z", 3),
        (None, 0),
    ]
    assert body["shared"] == {"lastUsedAt": "2026-01-02T03:01:00Z", "connections": 2}


def test_a_revoked_key_is_gone_from_the_list(world: World) -> None:
    answer = world.send("revoke_instance_key", f"{KEYS}/key_1")
    assert (answer.status, answer.body) == (
        202,
        {"message": "Instance key revocation initiated", "apiKey": {"id": "key_1"}, "applied": True},
    )
    assert world.send("list_instance_keys").body["apiKeys"] == []


def test_a_key_that_is_not_there_is_a_404(world: World) -> None:
    answer = world.send("revoke_instance_key")
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


def test_too_many_keys_are_a_429_with_the_figures(world: World) -> None:
    for _ in range(19):
        create(world)
    answer = create(world)
    assert (answer.status, answer.body["code"]) == (429, "LIMIT_EXCEEDED")
    assert "20 of 20" in answer.body["detail"]


@pytest.mark.parametrize("name", ["create_instance_key", "revoke_instance_key"])
def test_an_instance_that_does_not_run_is_a_409(world: World, name: str) -> None:
    world.instances.stored.clear()
    world.with_instance(status=Status.PROVISIONING)
    answer = world.send(name)
    assert (answer.status, answer.body["code"]) == (409, "STATUS_CONFLICT")


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.VIEWER, [403, 200, 403]), (Role.DEVELOPER, [201, 200, 202]), (Role.ADMIN, [201, 200, 202])],
)
def test_rotation_is_a_developers_work(world: World, role: Role, expected: list[int]) -> None:
    an_account(world.accounts, ORGANIZATION, "sk_live_other", role)
    headers = {"authorization": "Bearer sk_live_other"}
    answers = [
        world.send("create_instance_key", headers=headers),
        world.send("list_instance_keys", headers=headers),
        world.send("revoke_instance_key", f"{KEYS}/key_1", headers=headers),
    ]
    assert [answer.status for answer in answers] == expected


@pytest.mark.parametrize("name", ["create_instance_key", "list_instance_keys", "revoke_instance_key"])
def test_anothers_keys_do_not_exist(world: World, name: str) -> None:
    an_account(world.accounts, "org_2", "sk_live_2")
    assert world.send(name, headers={"authorization": "Bearer sk_live_2"}).status == 404


def test_the_plain_key_is_in_no_log(world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    key = create(world).body["createdKey"]["plainTextKey"]
    monkeypatch.setattr(world.instances, "get", lambda *_: 1 / 0)
    assert create(world).status == 500
    assert "request failed" in log.getvalue()
    assert key not in log.getvalue()
