"""What POST /instances takes, and how it says what it does not."""

import base64
import json
from typing import Any

import pytest

from swiftcache.access.identity import Actor
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.contract import CreateInstanceRequest
from swiftcache.instances.failure import Failure
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode
from swiftcache.instances.model import Endpoint
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.status import Status
from tests.api_world import INSTANCE, Answer, World, valid
from tests.samples import AT, a_request


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
        ({"persistence": None}, "/persistence"),
        ({"recoverFromBackup": "true"}, "/recoverFromBackup"),
        ({"recoverFromBackup": True, "persistence": True}, "/recoverFromBackup"),
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


@pytest.mark.parametrize(("asked", "shown"), [({"recoverFromBackup": True}, True), ({}, False)])
def test_an_instance_tells_whether_it_is_recovered_from_its_backup(
    world: World, asked: dict[str, Any], shown: bool
) -> None:
    answer = world.post(valid(**asked))
    assert (answer.status, answer.body["instance"]["recoverFromBackup"]) == (201, shown)


@pytest.mark.parametrize("field", ["organizationId", "name", "maxMemory", "region"])
def test_a_missing_field_is_named(world: World, field: str) -> None:
    body = valid()
    del body[field]
    answer = world.post(body)
    assert answer.status == 422
    assert answer.body["errors"] == [{"pointer": f"/{field}", "detail": "this field is required"}]


def test_a_whole_number_may_be_written_with_a_fraction(world: World) -> None:
    answer = world.post(json.dumps(valid()).replace("536870912", "536870912.0"))
    assert (answer.status, answer.body["instance"]["maxMemory"]) == (201, 536870912)


@pytest.mark.parametrize(
    ("asked", "shown"), [({"persistence": True}, True), ({"persistence": False}, False), ({}, False)]
)
def test_an_instance_tells_whether_its_data_are_kept(world: World, asked: dict[str, Any], shown: bool) -> None:
    answer = world.post(valid(**asked))
    assert (answer.status, answer.body["instance"]["persistence"]) == (201, shown)


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


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", ""])
def test_a_compressed_body_is_refused(world: World, encoding: str) -> None:
    answer = world.post(valid(), headers={"content-encoding": encoding})
    assert (answer.status, answer.body["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_may_say_that_it_is_not_compressed(world: World) -> None:
    assert world.post(valid(), headers={"content-encoding": "Identity"}).status == 201


def test_a_body_over_64_kb_is_refused(world: World) -> None:
    answer = world.post(valid(name="a" * 64 * 1024))
    assert (answer.status, answer.body["code"]) == (413, "BODY_TOO_LARGE")


def test_a_request_is_as_the_domain_has_it() -> None:
    body = json.dumps(valid(organizationId="org_1"))
    assert CreateInstanceRequest.model_validate_json(body).new_instance() == a_request()


def test_settings_of_a_creation_are_shown_with_the_defaults_of_the_others(world: World) -> None:
    body = valid(settings={"maxmemory-samples": 10}, notifyKeyspaceEvents="KEA")
    shown = world.send("create_instance", body=json.dumps(body)).body["instance"]
    assert shown["notifyKeyspaceEvents"] == "AKE"
    assert shown["settings"] == DEFAULT_SETTINGS.values | {"maxmemory-samples": 10}


def test_a_creation_with_events_that_redis_does_not_know_is_refused_and_makes_nothing(world: World) -> None:
    answer = world.send("create_instance", body=json.dumps(valid(notifyKeyspaceEvents="everything")))
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/notifyKeyspaceEvents")
    assert world.instances.stored == {}


def delete(world: World, mode: str | None = None) -> Answer:
    query: dict[str, Any] = {} if mode is None else {"queryStringParameters": {"finalBackup": mode}}
    return world.send("delete_instance", **query)


RUNNING: dict[str, Any] = {
    "status": Status.RUNNING,
    "hostname": "abc123xyz.redis.example.com",
    "endpoint": Endpoint("203.0.113.10", 6379, "arn:task"),
}


@pytest.mark.parametrize("mode", [None, "none"])
def test_a_deletion_is_plain_unless_its_owner_says_otherwise(world: World, mode: str | None) -> None:
    world.with_instance(**RUNNING)
    answer = delete(world, mode)
    assert answer.status == 202
    assert answer.body == {
        "message": "Instance deletion initiated",
        "instance": {"id": INSTANCE, "status": "DELETING"},
    }
    assert world.backups.stored == {}


@pytest.mark.parametrize("mode", ["required", "best-effort"])
def test_a_deletion_with_a_final_backup_says_that_it_follows(world: World, mode: str) -> None:
    world.with_instance(**RUNNING)
    answer = delete(world, mode)
    assert answer.status == 202
    assert answer.body == {
        "message": "Instance deletion follows its final backup",
        "instance": {"id": INSTANCE, "status": "RUNNING"},
    }
    [backup] = world.backups.stored.values()
    shown = world.send("get_instance").body["instance"]
    assert shown["finalBackup"] == {"backupId": backup.id, "mode": mode, "since": AT}
    assert (shown["status"], shown["finalBackupError"]) == ("RUNNING", None)


def test_what_does_not_run_cannot_be_backed_up(world: World) -> None:
    world.with_instance(status=Status.ERROR)
    answer = delete(world, "required")
    assert (answer.status, answer.body["code"]) == (409, "FINAL_BACKUP_NOT_POSSIBLE")
    answer = delete(world, "best-effort")
    assert (answer.status, answer.body["instance"]["status"]) == (202, "DELETING")


@pytest.mark.parametrize(
    ("query", "code"),
    [({"finalBackup": "always"}, 422), ({"finalbackup": "required"}, 422), ({"finalBackup": ""}, 422)],
)
def test_another_choice_is_not_taken(world: World, query: dict[str, str], code: int) -> None:
    world.with_instance(**RUNNING)
    assert world.send("delete_instance", queryStringParameters=query).status == code
    assert world.send("get_instance").body["instance"]["status"] == "RUNNING"


def test_why_a_required_backup_failed_is_shown(world: World) -> None:
    failure = Failure("S3_UNAVAILABLE", "S3 took nothing.", "TakeBackup", "request-2")
    final = FinalBackup(FinalBackupMode.REQUIRED, AT, "request-2", Actor("owner", "k", "m"), "bkp_a1", failure=failure)
    world.with_instance(**RUNNING, final_backup=final)
    shown = world.send("get_instance").body["instance"]
    assert shown["finalBackup"] is None
    assert shown["finalBackupError"] == {
        "code": "S3_UNAVAILABLE",
        "message": "S3 took nothing.",
        "step": "TakeBackup",
        "requestId": "request-2",
    }


@pytest.mark.parametrize(("task", "shown"), [("arn:task/1", True), ("arn:task/2", False)])
def test_an_instance_shows_the_certificate_of_the_task_that_serves_and_of_no_other(
    world: World, task: str, shown: bool
) -> None:
    served = Certificate("2026-04-02T03:04:05Z", "5e" * 32)
    where = {"endpoint": Endpoint("203.0.113.10", 6379, "arn:task/1"), "hostname": "a1.redis.example.com", "port": 6379}
    world.with_instance(status=Status.RUNNING, **where, observed=ObservedTask(task, "7.2.16", served))
    expected = {"notAfter": "2026-04-02T03:04:05Z", "sha256Fingerprint": "5e" * 32}
    assert world.send("get_instance").body["instance"]["certificate"] == (expected if shown else None)
