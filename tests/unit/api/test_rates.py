"""Too many requests: what is answered, to whom, and what has happened by then."""

import json
from typing import Any

import pytest

from local.openapi import document
from swiftcache.access import rate_limits as rate
from swiftcache.api.idempotency import Idempotency
from swiftcache.api.routes import ACCESS
from swiftcache.api.wiring import idempotency
from swiftcache.platform.aws import now
from tests.api_world import TOKEN, Answer, World, valid
from tests.fakes.idempotency import FakeClaims, FakeSeal
from tests.samples import NOW, an_account

LIMIT = 5


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEY_LIMIT", "REFUSED_LIMIT", "PUBLIC_LIMIT"):
        monkeypatch.setattr(rate, name, LIMIT)


def last(world: World, name: str, **changes: Any) -> Answer:
    """The answer to one request more than the limit."""
    for _ in range(LIMIT):
        assert world.send(name, **changes).status != 429
    return world.send(name, **changes)


def test_the_answer_is_a_problem_that_says_when_to_come_back(world: World) -> None:
    answer = last(world, "get_instance")
    assert (answer.status, answer.headers["retry-after"]) == (429, "5")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body == {
        "type": "urn:swiftcache:problem:rate-limited",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "more than 5 requests with this account key came within 10 seconds; try again in 5 s",
        "code": "RATE_LIMITED",
        "requestId": "JKJaXmPLvHcESHA=",
    }


@pytest.mark.parametrize("name", ["list_regions", "get_docs", "get_openapi", "anything_else"])
def test_what_is_public_has_a_limit(world: World, name: str) -> None:
    assert last(world, name, headers={"authorization": None}).body["code"] == "RATE_LIMITED"
    assert world.send("get_instance").status == 404, "a key is counted by itself"


@pytest.mark.parametrize("authorization", [None, "Bearer sk_live_wrong"])
def test_guessing_has_a_limit(world: World, authorization: str | None) -> None:
    answer = last(world, "get_instance", headers={"authorization": authorization})
    assert (answer.status, answer.body["code"]) == (429, "RATE_LIMITED")
    assert "www-authenticate" not in answer.headers
    assert world.send("get_instance", headers={"authorization": f"Bearer {TOKEN}"}).status == 404


def test_a_refused_request_has_changed_nothing_and_used_no_idempotency_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = FakeClaims()
    service = Idempotency(claims, FakeSeal(), lambda: NOW, lambda _: None)
    world.injector.given[idempotency] = service
    last(world, "get_instance")
    answer = world.post(valid(), headers={"idempotency-key": "mine"})
    assert answer.status == 429
    assert (world.instances.stored, world.workflows.started, claims.stored) == ({}, [], {})
    world.injector.given[now] = lambda: NOW.replace(minute=NOW.minute + 1)
    answer = world.post(valid(), headers={"idempotency-key": "mine"})
    assert answer.status == 201
    assert "idempotent-replay" not in answer.headers


def test_the_limit_comes_before_any_look_at_the_request(world: World) -> None:
    last(world, "get_instance")
    assert world.post("{").status == 429
    assert world.send("anything_else", "/api/v1/instances", "PUT").status == 405, "which is public"


def test_a_request_with_too_low_a_role_is_counted(world: World) -> None:
    an_account(world.accounts, "org_456", "sk_live_2")
    answer = last(world, "list_organizations", headers={"authorization": "Bearer sk_live_2"})
    assert answer.status == 429


def test_another_address_in_the_headers_does_not_help(world: World) -> None:
    claimed = [{"authorization": None, "x-forwarded-for": f"198.51.100.{number}"} for number in range(LIMIT + 1)]
    answers = [world.send("get_instance", headers=headers).status for headers in claimed]
    assert answers == [401] * LIMIT + [429]


def test_every_route_documents_the_limit(world: World) -> None:
    paths = json.loads(document())["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    assert len(operations) == len(ACCESS)
    assert all("429" in operation["responses"] for operation in operations)
