"""The header Idempotency-Key: the same request, the same answer."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.openapi import document
from swiftcache.access.identity import Role
from swiftcache.api.idempotency import Idempotency
from swiftcache.api.idempotency_header import MUTATIONS
from swiftcache.api.routes import NEVER_REPLAYED
from swiftcache.api.wiring import idempotency
from swiftcache.platform.errors import DependencyUnavailable, LimitExceeded
from tests.api_world import Answer, Context, World, valid
from tests.fakes.idempotency import FakeClaims, FakeSeal
from tests.samples import a_member, an_account, an_account_key, an_entry, an_organization

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


@pytest.fixture(autouse=True)
def claims(world: World) -> FakeClaims:
    claims = FakeClaims()
    service = Idempotency(claims, FakeSeal(), lambda: datetime.now(UTC), lambda _: None)
    world.injector.given[idempotency] = service
    return claims


def create(world: World, key: str | None = KEY, token: str | None = None, **different: Any) -> Answer:
    headers = {"idempotency-key": key} | ({"authorization": f"Bearer {token}"} if token else {})
    return world.post(valid(**different), headers=headers)


def without_mark(answer: Answer) -> dict[str, Any]:
    return {name: value for name, value in answer.headers.items() if name != "idempotent-replay"}


def test_a_repetition_answers_the_same_and_creates_nothing(world: World) -> None:
    first, second = create(world), create(world)
    assert (second.status, second.text, without_mark(second)) == (first.status, first.text, first.headers)
    assert second.headers["location"] == f"/api/v1/instances/{first.body['instance']['id']}"
    assert second.body["createdDefaultKey"]["plainTextKey"] == first.body["createdDefaultKey"]["plainTextKey"]
    assert len(world.instances.stored) == 1
    assert len(world.workflows.started) == 1


def test_only_a_repetition_is_marked_as_one(world: World) -> None:
    first, second = create(world), create(world)
    assert "idempotent-replay" not in first.headers
    assert second.headers["idempotent-replay"] == "true"


def test_without_a_key_each_request_is_one_of_its_own(world: World) -> None:
    create(world, key=None)
    create(world, key=None)
    assert len(world.instances.stored) == 2


def test_without_a_key_nothing_is_looked_up(world: World) -> None:
    del world.injector.given[idempotency]
    assert create(world, key=None).status == 201


def test_another_key_creates_another(world: World) -> None:
    create(world)
    create(world, key="another")
    assert len(world.instances.stored) == 2


def test_another_body_is_refused(world: World) -> None:
    create(world)
    answer = create(world, name="another")
    assert (answer.status, answer.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(world.instances.stored) == 1


@pytest.mark.parametrize(
    "different",
    [{"path": "/api/v1/instances/inst_other"}, {"body": "{}"}],
)
def test_another_address_or_body_of_a_deletion_is_refused(world: World, different: dict[str, Any]) -> None:
    world.with_instance()
    assert world.send("delete_instance", headers={"idempotency-key": KEY}).status == 202
    answer = world.send("delete_instance", headers={"idempotency-key": KEY}, **different)
    assert (answer.status, answer.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_another_method_is_refused(world: World) -> None:
    create(world)
    answer = world.send("delete_instance", headers={"idempotency-key": KEY})
    assert (answer.status, answer.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_key_of_another_account_key_is_another(world: World) -> None:
    world.accounts.create_organization(
        an_organization(id="org_2"),
        a_member(organization_id="org_2"),
        an_account_key("sk_live_2", id="key_other", organization_id="org_2"),
        an_entry(),
    )
    first = create(world)
    second = create(world, token="sk_live_2", organizationId="org_2")
    assert (first.status, second.status) == (201, 201)
    assert first.body["instance"]["id"] != second.body["instance"]["id"]


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "ä", "a\x7f", "a\n"])
def test_a_key_that_is_none_is_malformed(world: World, key: str) -> None:
    answer = create(world, key=key)
    assert (answer.status, answer.body["code"]) == (400, "INVALID_IDEMPOTENCY_KEY")
    assert world.instances.stored == {}


@pytest.mark.parametrize("key", ["!", "~" * 255, '"quoted,key"'])
def test_a_key_is_any_visible_ascii(world: World, key: str) -> None:
    assert [create(world, key=key).status for _ in range(2)] == [201, 201]
    assert len(world.instances.stored) == 1


def test_a_deletion_is_replayed_when_the_instance_is_gone(world: World) -> None:
    world.with_instance()
    first = world.send("delete_instance", headers={"idempotency-key": KEY})
    world.instances.stored.clear()
    second = world.send("delete_instance", headers={"idempotency-key": KEY})
    assert (first.status, second.status, second.text) == (202, 202, first.text)


def test_a_refusal_is_replayed(world: World) -> None:
    first = world.send("delete_instance", headers={"idempotency-key": KEY})
    world.with_instance()
    second = world.send("delete_instance", headers={"idempotency-key": KEY})
    assert (first.status, second.status, second.text) == (404, 404, first.text)


@pytest.mark.parametrize(
    ("error", "status"),
    [(DependencyUnavailable("busy"), 503), (LimitExceeded("full"), 429), (RuntimeError("broken"), 500)],
)
def test_what_may_pass_is_not_replayed(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fails(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(world.instances, "create", fails)
        assert create(world).status == status
    answer = create(world)
    assert answer.status == 201
    assert "idempotent-replay" not in answer.headers


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"headers": {"authorization": "Bearer sk_live_wrong"}}, 401),
        ({"headers": {"content-type": "text/plain"}}, 415),
        ({"body": "{"}, 400),
    ],
)
def test_what_is_refused_before_the_work_uses_no_key(
    world: World, claims: FakeClaims, change: dict[str, Any], status: int
) -> None:
    change["headers"] = {"idempotency-key": KEY} | change.get("headers", {})
    assert world.send("create_instance", **change).status == status
    assert claims.stored == {}


def test_a_role_that_is_too_low_uses_no_key(world: World, claims: FakeClaims) -> None:
    an_account(world.accounts, "org_2", "sk_live_2", Role.VIEWER)
    assert create(world, token="sk_live_2", organizationId="org_2").status == 403
    assert claims.stored == {}


def test_a_read_ignores_the_header(world: World, claims: FakeClaims) -> None:
    world.with_instance()
    assert world.send("get_instance", headers={"idempotency-key": "a b"}).status == 200
    assert claims.stored == {}


def test_a_busy_store_of_keys_is_a_503(world: World, monkeypatch: pytest.MonkeyPatch, claims: FakeClaims) -> None:
    def busy(*_: object) -> None:
        raise DependencyUnavailable("the record is busy")

    monkeypatch.setattr(claims, "claim", busy)
    answer = create(world)
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert world.instances.stored == {}


def test_a_request_that_cannot_wait_any_longer_says_when_to_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(world.instances, "create", dies)
        with pytest.raises(Died):
            create(world)
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", staticmethod(lambda: 2_000))
    answer = create(world)
    assert (answer.status, answer.body["code"]) == (409, "IDEMPOTENT_REQUEST_IN_PROGRESS")
    assert 1 <= int(answer.headers["retry-after"]) <= 12


def test_neither_key_nor_answer_is_in_a_log(world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = create(world).body["createdDefaultKey"]["plainTextKey"]
    create(world)
    create(world, name="another")
    with monkeypatch.context() as patch:
        patch.setattr(world.instances, "create", lambda *_: 1 / 0)
        create(world, key=f"{KEY}-2")
    logged = log.getvalue()
    assert "request failed" in logged
    assert KEY not in logged
    assert plain not in logged


def is_replayed(method: str, path: str) -> bool:
    return method.upper() in MUTATIONS and f"{method.upper()} {path}" not in NEVER_REPLAYED


def test_each_mutation_but_signing_in_and_out_and_no_other_request_documents_the_header() -> None:
    for path, operations in json.loads(document())["paths"].items():
        for method, operation in operations.items():
            headers = [one["name"] for one in operation.get("parameters", []) if one["in"] == "header"]
            expected = ["Idempotency-Key"] if is_replayed(method, path) else []
            assert headers == expected, (method, path)
            if expected:
                assert {"400", "409", "422"} <= set(operation["responses"]), (method, path)


def test_a_success_of_such_a_mutation_documents_the_mark_of_a_replay() -> None:
    for path, operations in json.loads(document())["paths"].items():
        for method, operation in operations.items():
            [success] = [found for status, found in operation["responses"].items() if status.startswith("2")]
            assert ("Idempotent-Replay" in success.get("headers", {})) == is_replayed(method, path)
