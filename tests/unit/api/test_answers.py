"""What the API answers, as the public guides show it."""

import json

import pytest

from swiftcache.instances.failure import Failure
from swiftcache.instances.status import Status
from swiftcache.platform.tokens import sha256
from tests.api_world import INSTANCE, ORGANIZATION, World
from tests.samples import an_entry, an_instance


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
        "urlTemplate": "rediss://default:{key}@abc123xyz.redis.example.com:6379",
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
        world.instances.create(
            an_instance(id=f"inst_{number}", organization_id=ORGANIZATION, status=status), an_entry()
        )
    answer = world.send("list_instances")
    assert [instance["status"] for instance in answer.body["instances"]] == [status.value for status in Status]
    assert answer.body["nextCursor"] is None


def test_the_list_comes_in_pages(world: World) -> None:
    for number in range(3):
        world.instances.create(an_instance(id=f"inst_{number}", organization_id=ORGANIZATION), an_entry())
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
