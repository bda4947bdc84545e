"""What the API refuses: who may not, what is not there, what went wrong."""

import io
import json

import pytest

from functions.api import app as api
from local.openapi import document
from swiftcache.api.routes import ACCESS, HEADS
from swiftcache.platform.errors import DependencyUnavailable
from tests.api_world import INSTANCE, World
from tests.expanded import expanded
from tests.samples import an_account


@pytest.mark.parametrize("name", ["create_instance", "list_instances", "get_instance", "delete_instance"])
@pytest.mark.parametrize("authorization", [None, "Bearer sk_live_wrong", "Basic abc"])
def test_everything_else_needs_an_account_key(world: World, name: str, authorization: str | None) -> None:
    world.with_instance()
    answer = world.send(name, headers={"authorization": authorization})
    assert (answer.status, answer.body["code"], answer.headers["www-authenticate"]) == (
        401,
        "NOT_AUTHENTICATED",
        "Bearer",
    )


def test_without_a_key_an_invalid_body_is_a_401_too(world: World) -> None:
    assert world.post("{", headers={"authorization": None}).status == 401


@pytest.mark.parametrize("name", ["get_instance", "delete_instance"])
def test_an_instance_of_another_and_none_look_the_same(world: World, name: str) -> None:
    missing = world.send(name)
    an_account(world.accounts, "org_2", "sk_live_2")
    world.with_instance()
    foreign = world.send(name, headers={"authorization": "Bearer sk_live_2"})
    assert (missing.status, foreign.status) == (404, 404)
    assert missing.body == foreign.body


def test_another_organizations_list_does_not_exist(world: World) -> None:
    answer = world.send("list_instances", queryStringParameters={"organizationId": "org_2"})
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


def test_an_error_is_a_problem(world: World) -> None:
    answer = world.send("get_instance")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body == {
        "type": "urn:swiftcache:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": f"there is no instance {INSTANCE}",
        "code": "NOT_FOUND",
        "requestId": "JKJaXmPLvHcESHA=",
    }


def test_an_unknown_address_is_a_problem_too(world: World) -> None:
    answer = world.send("anything_else")
    assert (answer.status, answer.body["code"]) == (404, "NO_SUCH_ROUTE")


@pytest.mark.parametrize(("method", "status"), [("GET", 308), ("HEAD", 308), ("POST", 404)])
def test_who_types_a_slash_after_the_console_is_sent_to_it(world: World, method: str, status: int) -> None:
    answer = world.send("get_instance", "/console/", method, routeKey="$default", headers={"authorization": None})
    assert (answer.status, answer.headers.get("location")) == (status, "../console" if status == 308 else None)


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [
        ("/api/v1/instances", "DELETE", "GET, POST"),
        ("/api/v1/instances", "HEAD", "GET, POST"),
        ("/api/v1/instances", "QUERY", "GET, POST"),
        (f"/api/v1/instances/{INSTANCE}", "PUT", "DELETE, GET, PATCH"),
        ("/api/v1/instances/regions", "POST", "GET, HEAD"),
    ],
)
def test_another_method_is_told_which_are_allowed(world: World, path: str, method: str, allow: str) -> None:
    answer = world.send("anything_else", path, method)
    assert (answer.status, answer.body["code"], answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", allow)


def test_who_asks_by_options_is_told_the_methods_and_has_a_success_as_browsers_want_it(world: World) -> None:
    answer = world.send("anything_else", f"/api/v1/instances/{INSTANCE}", "OPTIONS")
    assert (answer.status, answer.text, answer.headers) == (204, "", {"allow": "DELETE, GET, PATCH"})


def test_there_are_no_options_at_an_address_that_is_not_there(world: World) -> None:
    assert world.send("anything_else", "/api/v1/nothing", "OPTIONS").status == 404


@pytest.mark.parametrize("name", ["get_instance", "delete_instance"])
@pytest.mark.parametrize("instance_id", ["ðð", "inst_A", "a b", "x" * 3000])
def test_what_cannot_be_an_id_is_not_there(world: World, name: str, instance_id: str) -> None:
    answer = world.send(name, f"/api/v1/instances/{instance_id}")
    assert (answer.status, answer.body["code"], answer.body["detail"]) == (
        404,
        "NOT_FOUND",
        "there is no such instance",
    )


def test_the_regions_are_no_instance(world: World) -> None:
    answer = world.send("delete_instance", "/api/v1/instances/regions")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def documented() -> dict[str, bool]:
    """Whether each route of the document is public."""
    return {
        f"{method.upper()} {path}": not operation.get("security")
        for path, operations in json.loads(document())["paths"].items()
        for method, operation in operations.items()
    }


def test_the_document_and_the_list_of_routes_agree() -> None:
    assert documented() == {key: needed is None for key, needed in ACCESS.items()}


def test_the_template_and_the_list_of_routes_agree() -> None:
    routes = expanded().routes
    ours = [route for route in routes if route.function == "ApiFunction" and route.path != api.NO_ROUTE]
    assert {f"{route.method} {route.path}" for route in ours} == {*ACCESS, *HEADS}


def test_a_busy_service_is_a_503_that_says_when_to_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise DependencyUnavailable("the instance store is busy; please try again")

    monkeypatch.setattr(world.instances, "get", busy)
    answer = world.send("get_instance")
    assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "SERVICE_UNAVAILABLE", "2")


def test_our_own_fault_tells_nothing_of_the_inside(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("arn:aws:dynamodb:eu-central-1:123456789012:table/secret")

    monkeypatch.setattr(world.instances, "get", broken)
    answer = world.send("get_instance")
    assert (answer.status, answer.body["code"]) == (500, "INTERNAL_ERROR")
    assert "arn:" not in answer.text
    assert answer.body["requestId"] in answer.body["detail"]


def test_a_fault_before_any_route_is_a_problem_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("arn:aws:dynamodb:eu-central-1:123456789012:table/secret")

    monkeypatch.setattr(world.accounts, "identity", broken)
    answer = world.send("get_instance")
    assert (answer.status, answer.body["code"]) == (500, "INTERNAL_ERROR")
    assert "arn:" not in answer.text


def test_the_line_of_a_failure_has_what_the_alarm_of_a_version_counts(
    world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.instances, "create", lambda *_: 1 / 0)
    world.send("create_instance")
    [line] = map(json.loads, log.getvalue().splitlines())
    assert (line["level"], bool(line["service"]), line["version"]) == ("ERROR", True, "$LATEST")


def test_the_plain_key_is_in_no_log(world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    created = world.send("create_instance").body
    monkeypatch.setattr(world.instances, "create", lambda *_: 1 / 0)
    assert world.send("create_instance").status == 500
    assert "request failed" in log.getvalue()
    assert created["createdDefaultKey"]["plainTextKey"] not in log.getvalue()
