"""The API function, from API Gateway's event to its answer, on fakes of the world."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api import app as api
from local.openapi import document
from swiftcache import wiring
from swiftcache.domain.errors import DependencyUnavailable
from swiftcache.domain.failure import Failure
from swiftcache.domain.secrets import sha256
from swiftcache.domain.status import Status
from swiftcache.http.contract import CreateInstanceRequest
from swiftcache.use_cases.instances import InstanceService
from tests.fakes import FakeAccounts, FakeInstances, FakeWorkflows
from tests.samples import AT, NOW, a_request, an_instance

EVENTS = Path(__file__).parents[3] / "events"
TOKEN = "sk_live_00000000000000000000000000000000"
ORGANIZATION = "org_123"
INSTANCE = "inst_abc123xyz"


class Context(LambdaContext):
    def __init__(self) -> None:
        self._function_name = "api"
        self._memory_limit_in_mb = 1024
        self._invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:api"
        self._aws_request_id = "lambda-request"


class Answer:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.status: int = answer["statusCode"]
        headers = {**answer.get("headers", {}), **answer.get("multiValueHeaders", {})}
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.text: str = answer["body"]
        self.body: dict[str, Any] = json.loads(answer["body"]) if answer["body"] else {}


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        self.accounts.create_organization(ORGANIZATION, "Acme", AT, sha256(TOKEN))
        self.instances = FakeInstances(self.accounts)
        self.workflows = FakeWorkflows()
        self.service = InstanceService(self.instances, self.workflows, lambda: NOW)

    def send(self, name: str, **changes: Any) -> Answer:
        event = json.loads((EVENTS / f"{name}.json").read_text())
        headers = event["headers"] | changes.pop("headers", {})
        event["headers"] = {name: value for name, value in headers.items() if value is not None}
        return Answer(api.handler(event | changes, Context()))

    def post(self, body: object, **changes: Any) -> Answer:
        return self.send("create_instance", body=body if isinstance(body, str) else json.dumps(body), **changes)

    def with_instance(self, **different: Any) -> None:
        self.instances.create(an_instance(id=INSTANCE, organization_id=ORGANIZATION, **different))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(wiring, "accounts", lambda: world.accounts)
    monkeypatch.setattr(wiring, "instance_service", lambda: world.service)
    return world


def valid(**different: Any) -> dict[str, Any]:
    return {"organizationId": ORGANIZATION, "name": "my-redis", "maxMemory": 536870912, "region": "eu-central"} | (
        different
    )


def test_a_creation_answers_as_the_guide_shows(world: World) -> None:
    answer = world.send("create_instance")
    assert answer.status == 201
    instance = answer.body["instance"]
    assert {
        name: instance[name] for name in ("name", "status", "hostname", "maxMemoryMb", "region", "tier", "createdAt")
    } == {
        "name": "my-redis",
        "status": "PROVISIONING",
        "hostname": None,
        "maxMemoryMb": 512,
        "region": "eu-central",
        "tier": "dedicated",
        "createdAt": "2026-01-02T03:04:05Z",
    }
    assert instance["id"].startswith("inst_")


def test_a_creation_shows_the_first_key_once(world: World) -> None:
    created = world.send("create_instance").body
    key = created["createdDefaultKey"]
    assert key["plainTextKey"].startswith("sc_live_")
    assert key["name"] == "my-redis-default"
    [stored] = world.instances.stored.values()
    assert stored.keys[0].sha256 == sha256(key["plainTextKey"])
    assert key["plainTextKey"] not in json.dumps(created["instance"])


def test_a_creation_says_where_to_look_and_when(world: World) -> None:
    answer = world.send("create_instance")
    assert answer.headers["location"] == f"/api/v1/instances/{answer.body['instance']['id']}"
    assert answer.headers["retry-after"] == "1"


def test_the_default_policy_is_allkeys_lru(world: World) -> None:
    assert world.send("create_instance").body["instance"]["evictionPolicy"] == "allkeys-lru"


def test_a_provisioning_instance_has_no_hostname_and_no_connection(world: World) -> None:
    world.with_instance()
    instance = world.send("get_instance").body["instance"]
    assert (instance["status"], instance["hostname"], instance["connection"]) == ("PROVISIONING", None, None)


def test_a_running_instance_says_how_to_connect(world: World) -> None:
    world.with_instance(status=Status.RUNNING, hostname="abc123xyz.redis.example.com", port=6379)
    instance = world.send("get_instance").body["instance"]
    assert instance["hostname"] == "abc123xyz.redis.example.com"
    assert instance["port"] == 6379
    assert instance["connection"] == {
        "host": "abc123xyz.redis.example.com",
        "port": 6379,
        "tls": True,
        "urlTemplate": "rediss://:{key}@abc123xyz.redis.example.com:6379",
    }


def test_an_instance_shows_its_keys_without_the_keys(world: World) -> None:
    world.with_instance()
    answer = world.send("get_instance")
    assert answer.body["instance"]["apiKeys"] == [
        {"id": "key_1", "name": "my-redis-default", "createdAt": "2026-01-02T03:04:05Z"}
    ]
    assert "ab" * 32 not in answer.text


def test_a_failed_creation_says_why(world: World) -> None:
    failure = Failure("REDIS_STOPPED", "It stopped.", "DescribeNewTask", "request-1")
    world.with_instance(status=Status.ERROR, failure=failure)
    instance = world.send("get_instance").body["instance"]
    assert instance["status"] == "ERROR"
    assert instance["error"] == {
        "code": "REDIS_STOPPED",
        "message": "It stopped.",
        "step": "DescribeNewTask",
        "requestId": "request-1",
    }


def test_the_list_holds_every_status(world: World) -> None:
    for number, status in enumerate(Status):
        world.instances.create(an_instance(id=f"inst_{number}", organization_id=ORGANIZATION, status=status))
    answer = world.send("list_instances")
    assert [instance["status"] for instance in answer.body["instances"]] == [status.value for status in Status]
    assert answer.body["nextCursor"] is None


def test_the_list_comes_in_pages(world: World) -> None:
    for number in range(3):
        world.instances.create(an_instance(id=f"inst_{number}", organization_id=ORGANIZATION))
    query = {"organizationId": ORGANIZATION, "limit": "2"}
    first = world.send("list_instances", queryStringParameters=query).body
    second = world.send("list_instances", queryStringParameters={**query, "cursor": first["nextCursor"]}).body
    assert [len(first["instances"]), len(second["instances"]), second["nextCursor"]] == [2, 1, None]


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_a_limit_is_from_1_to_100(world: World, limit: str) -> None:
    answer = world.send("list_instances", queryStringParameters={"organizationId": ORGANIZATION, "limit": limit})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/limit")


def test_a_list_needs_an_organization(world: World) -> None:
    answer = world.send("list_instances", queryStringParameters={})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/organizationId")


def test_a_deletion_answers_as_the_guide_shows(world: World) -> None:
    world.with_instance()
    answer = world.send("delete_instance")
    assert answer.status == 202
    assert answer.body == {
        "message": "Instance deletion initiated",
        "instance": {"id": INSTANCE, "status": "DELETING"},
    }


def test_the_regions_are_public(world: World) -> None:
    answer = world.send("list_regions", headers={"authorization": None})
    assert answer.status == 200
    assert answer.body == {
        "regions": [
            {"region": "eu-central", "regionName": "Europe (Frankfurt)", "flag": "🇩🇪", "available": True},
        ]
    }


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
    world.accounts.create_organization("org_2", "Other", AT, sha256("sk_live_2"))
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


@pytest.mark.parametrize(
    ("different", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "a" * 65}, "/name"),
        ({"name": "a b"}, "/name"),
        ({"name": "a\n"}, "/name"),
        ({"name": "ä"}, "/name"),
        ({"name": 1}, "/name"),
        ({"name": None}, "/name"),
        ({"maxMemory": "536870912"}, "/maxMemory"),
        ({"maxMemory": 536870912.5}, "/maxMemory"),
        ({"maxMemory": True}, "/maxMemory"),
        ({"maxMemory": 10 * 1024 * 1024 - 1}, "/maxMemory"),
        ({"maxMemory": 4 * 1024**3 + 1}, "/maxMemory"),
        ({"maxMemory": 10**400}, "/maxMemory"),
        ({"maxMemory": -1}, "/maxMemory"),
        ({"region": "us-east"}, "/region"),
        ({"region": 1}, "/region"),
        ({"evictionPolicy": "lru"}, "/evictionPolicy"),
        ({"evictionPolicy": 1}, "/evictionPolicy"),
        ({"persistence": "false"}, "/persistence"),
        ({"persistence": True}, "/persistence"),
        ({"organizationId": 1}, "/organizationId"),
        ({"organizationId": ""}, "/organizationId"),
        ({"maxmemory": 1}, "/maxmemory"),
        ({"a/b~c": 1}, "/a~1b~0c"),
    ],
)
def test_an_invalid_value_is_named_and_nothing_is_written(
    world: World, different: dict[str, Any], pointer: str
) -> None:
    answer = world.post(valid(**different))
    assert (answer.status, [error["pointer"] for error in answer.body["errors"]]) == (422, [pointer])
    assert (world.instances.stored, world.workflows.started) == ({}, [])


@pytest.mark.parametrize("field", ["organizationId", "name", "maxMemory", "region"])
def test_a_missing_field_is_named(world: World, field: str) -> None:
    body = valid()
    del body[field]
    answer = world.post(body)
    assert answer.status == 422
    assert answer.body["errors"] == [{"pointer": f"/{field}", "detail": "this field is required"}]


def test_persistence_has_a_code_of_its_own(world: World) -> None:
    assert world.post(valid(persistence=True)).body["code"] == "PERSISTENCE_UNAVAILABLE"


def test_a_whole_number_may_be_written_with_a_fraction(world: World) -> None:
    answer = world.post(json.dumps(valid()).replace("536870912", "536870912.0"))
    assert (answer.status, answer.body["instance"]["maxMemory"]) == (201, 536870912)


def test_persistence_may_be_declined(world: World) -> None:
    assert world.post(valid(persistence=False)).status == 201


@pytest.mark.parametrize(
    "policy",
    [
        "noeviction",
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
    ],
)
def test_every_policy_of_redis_is_taken(world: World, policy: str) -> None:
    answer = world.post(valid(evictionPolicy=policy))
    assert (answer.status, answer.body["instance"]["evictionPolicy"]) == (201, policy)


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", '"x"', "1", '{"a":1,"a":2}', "NaN", '{"a":NaN}', "{}x", '{"a":' * 50 + "1" + "}" * 50],
)
def test_what_is_not_one_json_object_is_malformed(world: World, body: str) -> None:
    answer = world.post(body)
    assert (answer.status, answer.body["code"]) == (400, "MALFORMED_JSON")
    assert world.instances.stored == {}


def test_a_body_that_is_not_utf8_is_malformed(world: World) -> None:
    answer = world.post("eyJuYW1lIjoi/yJ9", isBase64Encoded=True)
    assert (answer.status, answer.body["detail"]) == (400, "the body is not UTF-8")


def test_a_body_in_base64_is_read(world: World) -> None:
    body = base64.b64encode(json.dumps(valid()).encode()).decode()
    assert world.post(body, isBase64Encoded=True).status == 201


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "application/xml", "application/json; charset=utf-16", "application/jsonx"]
)
def test_another_content_type_is_refused(world: World, content_type: str | None) -> None:
    answer = world.post(valid(), headers={"content-type": content_type})
    assert (answer.status, answer.body["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", 'application/json;charset="UTF-8"']
)
def test_json_may_name_its_charset(world: World, content_type: str) -> None:
    assert world.post(valid(), headers={"content-type": content_type}).status == 201


def test_a_body_over_64_kb_is_refused(world: World) -> None:
    answer = world.post(valid(name="a" * 64 * 1024))
    assert (answer.status, answer.body["code"]) == (413, "BODY_TOO_LARGE")


def test_an_unknown_address_is_a_problem_too(world: World) -> None:
    answer = world.send("anything_else")
    assert (answer.status, answer.body["code"]) == (404, "NO_SUCH_ROUTE")


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [
        ("/api/v1/instances", "DELETE", "GET, POST"),
        ("/api/v1/instances", "HEAD", "GET, POST"),
        ("/api/v1/instances", "QUERY", "GET, POST"),
        (f"/api/v1/instances/{INSTANCE}", "OPTIONS", "GET, DELETE"),
        ("/api/v1/instances/regions", "POST", "GET"),
    ],
)
def test_another_method_is_told_which_are_allowed(world: World, path: str, method: str, allow: str) -> None:
    event = json.loads((EVENTS / "anything_else.json").read_text())
    context = event["requestContext"]
    context = {**context, "http": {**context["http"], "method": method, "path": path}}
    answer = world.send("anything_else", rawPath=path, requestContext=context)
    assert (answer.status, answer.body["code"], answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", allow)


@pytest.mark.parametrize("name", ["get_instance", "delete_instance"])
@pytest.mark.parametrize("instance_id", ["ðð", "inst_A", "a b", "x" * 3000])
def test_what_cannot_be_an_id_is_not_there(world: World, name: str, instance_id: str) -> None:
    event = json.loads((EVENTS / f"{name}.json").read_text())
    context = event["requestContext"]
    path = f"/api/v1/instances/{instance_id}"
    context = {**context, "http": {**context["http"], "path": path}}
    answer = world.send(name, rawPath=path, requestContext=context)
    assert (answer.status, answer.body["code"], answer.body["detail"]) == (
        404,
        "NOT_FOUND",
        "there is no such instance",
    )


def test_the_regions_are_no_instance(world: World) -> None:
    event = json.loads((EVENTS / "delete_instance.json").read_text())
    context = event["requestContext"]
    path = "/api/v1/instances/regions"
    context = {**context, "http": {**context["http"], "path": path}}
    answer = world.send("delete_instance", rawPath=path, requestContext=context)
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_the_document_and_the_guard_agree_on_what_is_public() -> None:
    paths = json.loads(document())["paths"]
    public = {
        f"{method.upper()} {path}"
        for path, found in paths.items()
        for method in found
        if not found[method].get("security")
    }
    assert public == api.PUBLIC_ROUTES


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


def test_the_plain_key_is_in_no_log(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    created = world.send("create_instance").body
    assert created["createdDefaultKey"]["plainTextKey"] not in capsys.readouterr().out


def test_a_request_is_as_the_domain_has_it() -> None:
    body = json.dumps(valid(organizationId="org_1"))
    assert CreateInstanceRequest.model_validate_json(body).new_instance() == a_request()
