"""Waiting, filters, timelines and receipts over HTTP."""

import pytest

from swiftcache.access.identity import Role
from swiftcache.instances.model import Endpoint
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.status import Status
from swiftcache.timeline.model import OperationKind, StateVisit, WorkflowRecord
from swiftcache.timeline.ports import Creation
from tests.api_world import INSTANCE, ORGANIZATION, World
from tests.samples import AT, NOW, a_backup, a_content, an_account, an_entry, an_instance


def removed(world: World) -> None:
    world.with_instance(status=Status.RUNNING, hostname="abc123xyz.redis.example.com", port=6379)
    world.instances.mark_deleting(ORGANIZATION, INSTANCE, an_entry(at="2026-01-02T03:04:00.000Z"))
    world.instances.remove(ORGANIZATION, INSTANCE, RemovedResources(1, 1, 1, 1, 1), AT)


def test_a_wait_answers_as_soon_as_the_status_is_reached(world: World) -> None:
    world.with_instance()
    world.clock.then = {4.0: lambda: mark_running(world)}
    assert world.send("wait_for_instance").body["instance"]["status"] == "RUNNING"
    assert world.clock.seconds < 4.3


def mark_running(world: World) -> None:
    endpoint = Endpoint("203.0.113.10", 6379)
    world.instances.mark_running(ORGANIZATION, INSTANCE, "abc123xyz.redis.example.com", endpoint, AT)


def test_a_wait_is_25_seconds_at_most_unless_it_says_otherwise(world: World) -> None:
    world.with_instance()
    answer = world.send("wait_for_instance", queryStringParameters={"waitFor": "RUNNING"})
    assert (answer.status, answer.body["instance"]["status"]) == (200, "PROVISIONING")
    assert world.clock.seconds == pytest.approx(25.0)


def test_a_wait_is_as_long_as_it_says(world: World) -> None:
    world.with_instance()
    world.send("wait_for_instance", queryStringParameters={"waitFor": "RUNNING", "timeout": "3"})
    assert world.clock.seconds == pytest.approx(3.0)


def test_without_waitfor_nothing_is_waited_for(world: World) -> None:
    world.with_instance()
    assert world.send("wait_for_instance", queryStringParameters={"timeout": "3"}).status == 200
    assert world.clock.seconds == 0


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"waitFor": "ERROR"}, "/waitFor"),
        ({"waitFor": "RUNNING", "timeout": "26"}, "/timeout"),
        ({"waitFor": "RUNNING", "timeout": "-1"}, "/timeout"),
        ({"waitFor": "RUNNING", "timeout": "long"}, "/timeout"),
    ],
)
def test_what_cannot_be_waited_for_is_refused(world: World, query: dict[str, str], pointer: str) -> None:
    world.with_instance()
    answer = world.send("wait_for_instance", queryStringParameters=query)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_what_is_gone_is_deleted_and_has_no_connection(world: World) -> None:
    removed(world)
    answer = world.send("wait_for_instance", queryStringParameters={"waitFor": "DELETED"})
    instance = answer.body["instance"]
    assert (answer.status, instance["status"], instance["connection"]) == (200, "DELETED", None)
    assert world.send("get_instance").status == 404


def test_a_list_can_be_of_one_status_and_name(world: World) -> None:
    for number, status in enumerate(Status):
        instance = an_instance(id=f"inst_{number}", organization_id=ORGANIZATION, status=status, name=f"name-{number}")
        world.instances.create(instance, an_entry())
    query = {"organizationId": ORGANIZATION, "status": "RUNNING"}
    [found] = world.send("list_instances", queryStringParameters=query).body["instances"]
    assert found["status"] == "RUNNING"
    named = world.send("list_instances", queryStringParameters={**query, "name": "name-0"})
    assert named.body["instances"] == []


@pytest.mark.parametrize("query", [{"status": "GONE"}, {"name": "no spaces"}, {"name": ""}])
def test_a_filter_that_no_instance_can_meet_is_refused(world: World, query: dict[str, str]) -> None:
    answer = world.send("list_instances", queryStringParameters={"organizationId": ORGANIZATION, **query})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, f"/{next(iter(query))}")


def test_a_timeline_tells_each_step(world: World) -> None:
    world.with_instance()
    visit = StateVisit("StartRedisTask", "10:00", "10:01", calls=2, errors=("Ecs.ServerException",))
    world.histories.records[OperationKind.CREATION, f"provision-{INSTANCE}"] = WorkflowRecord(
        "10:00", None, "RUNNING", (visit,)
    )
    world.creations.add(Creation("inst_1", AT, 31.0))
    timeline = world.send("get_timeline").body["timeline"]
    assert timeline["operations"] == [
        {
            "kind": "CREATION",
            "attempt": 1,
            "startedAt": "10:00",
            "endedAt": None,
            "outcome": "IN_PROGRESS",
            "cause": None,
            "steps": [
                {
                    "name": "StartRedisTask",
                    "title": "Start the Redis task",
                    "startedAt": "10:00",
                    "endedAt": "10:01",
                    "attempts": 2,
                    "outcome": "SUCCEEDED",
                    "cause": "AWS answered Ecs.ServerException.",
                }
            ],
        }
    ]
    assert timeline["estimate"] == {
        "elapsedSeconds": 0.0,
        "p50Seconds": None,
        "p95Seconds": None,
        "creations": 1,
        "waitsForAws": False,
    }


def test_a_receipt_tells_what_was_removed(world: World) -> None:
    removed(world)
    backup = a_backup(organization_id=ORGANIZATION, instance_id=INSTANCE).available(a_content(), NOW)
    world.backups.create(backup, an_entry())
    receipt = world.send("get_receipt").body["receipt"]
    assert receipt == {
        "instanceId": INSTANCE,
        "organizationId": ORGANIZATION,
        "name": "my-redis",
        "requestedBy": {"role": "owner", "keyId": "key_owner", "memberId": "mem_owner"},
        "requestId": "request-1",
        "requestedAt": "2026-01-02T03:04:00.000Z",
        "removedAt": AT,
        "durationSeconds": 5.678,
        "removed": [
            {"kind": "TASK", "count": 1, "names": None},
            {"kind": "TASK_DEFINITION", "count": 1, "names": None},
            {"kind": "DNS_RECORD", "count": 1, "names": ["abc123xyz.redis.example.com"]},
            {"kind": "SECRET", "count": 1, "names": None},
            {"kind": "VOLUME", "count": 1, "names": None},
            {"kind": "KEY", "count": 1, "names": ["my-redis-default"]},
            {"kind": "DATA_SET", "count": 1, "names": None},
        ],
        "complete": True,
        "finalBackup": None,
        "backups": {
            "count": 1,
            "sizeBytes": 1000000,
            "newest": [
                {
                    "id": "bkp_a1",
                    "kind": "MANUAL",
                    "createdAt": AT,
                    "expiresAt": "2026-02-01T03:04:05.678Z",
                    "sizeBytes": 1000000,
                }
            ],
        },
        "expiresAt": "2026-01-03T03:04:05.678Z",
    }


def test_a_receipt_is_for_owners_only(world: World) -> None:
    an_account(world.accounts, ORGANIZATION, "sk_live_2", Role.ADMIN)
    removed(world)
    assert world.send("get_receipt", headers={"authorization": "Bearer sk_live_2"}).status == 403


def test_there_is_no_receipt_before_the_deletion(world: World) -> None:
    world.with_instance()
    assert world.send("get_receipt").status == 404
