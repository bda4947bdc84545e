"""What the API shows of a task that died."""

import json
from dataclasses import replace
from typing import Any

import pytest

from swiftcache.changes.service import ChangeService
from swiftcache.changes.wiring import change_service
from swiftcache.instances.failure import explain_recovery
from swiftcache.instances.model import Endpoint
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus, StartedEmpty
from swiftcache.instances.restore import Restore
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from tests.api_world import World
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.metrics import FakeInspector
from tests.fakes.networks import FakeNetworkTrigger
from tests.samples import AT, NOW, OFFERS

LOST = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.OUT_OF_MEMORY, AT, deaths=2)
DONE = Recovery("rec_1", RecoveryStatus.SUCCEEDED, Cause.TASK_LOST, AT, ended_at=AT)
RESTORE = Restore("bkp_a1", "backups/org_1/bkp_a1.rdb", "v1", "5e" * 32, 1_000_000, 60, 1_000, AT)
SERVING = Endpoint("203.0.113.10", 6379, "arn:task/1")


def running(world: World, **different: Any) -> None:
    world.with_instance(
        status=Status.RUNNING, hostname="abc123xyz.redis.example.com", port=6379, endpoint=SERVING, **different
    )


def shown(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.send("get_instance").body["instance"]
    return found


def test_an_instance_that_never_died_says_so(world: World) -> None:
    running(world)
    assert (shown(world)["recovering"], shown(world)["recovery"]) == (False, None)


def test_an_instance_whose_task_is_being_replaced_stays_running_and_says_so(world: World) -> None:
    running(world, recovery=LOST)
    found = shown(world)
    assert (found["status"], found["recovering"]) == ("RUNNING", True)
    assert found["connection"]["host"] == "abc123xyz.redis.example.com"
    assert found["recovery"] == {
        "id": "rec_1",
        "status": "IN_PROGRESS",
        "cause": "OUT_OF_MEMORY",
        "startedAt": AT,
        "endedAt": None,
        "deaths": 2,
        "dataKept": False,
        "backupId": None,
        "takenAt": None,
        "startedEmpty": None,
    }


@pytest.mark.parametrize(
    ("recovery", "told"),
    [
        (replace(DONE, restore=RESTORE), ("bkp_a1", AT, None)),
        (replace(DONE, started_empty=StartedEmpty.NO_BACKUP), (None, None, "NO_BACKUP")),
        (replace(DONE, started_empty=StartedEmpty.BACKUP_NOT_LOADED), (None, None, "BACKUP_NOT_LOADED")),
    ],
    ids=["from a backup", "there was none", "it was not loaded"],
)
def test_an_instance_says_with_which_backup_it_began_or_why_with_none(
    world: World, recovery: Recovery, told: tuple[str | None, ...]
) -> None:
    running(world, recovery=recovery, recover_from_backup=True)
    found = shown(world)["recovery"]
    assert (found["backupId"], found["takenAt"], found["startedEmpty"]) == told


def test_an_instance_that_was_recovered_says_what_happened(world: World) -> None:
    running(world, recovery=DONE, persistence=True)
    found = shown(world)
    assert (found["recovering"], found["recovery"]["status"], found["recovery"]["dataKept"]) == (
        False,
        "SUCCEEDED",
        True,
    )


def test_an_instance_that_was_given_up_says_why(world: World) -> None:
    given_up = Recovery("rec_1", RecoveryStatus.FAILED, Cause.REDIS_STOPPED, AT, deaths=5, ended_at=AT)
    failure = explain_recovery(given_up, "TaskStopped", "DescribeRedisTask", "rec_1")
    world.with_instance(status=Status.ERROR, recovery=given_up, failure=failure)
    found = shown(world)
    assert (found["recovering"], found["recovery"]["status"]) == (False, "FAILED")
    assert (found["error"]["code"], found["error"]["requestId"]) == ("CRASH_LOOP", "rec_1")


@pytest.fixture
def changeable(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Its Redis does not answer."""
    configuration_store, configure_trigger = (
        FakeConfigurationStore(world.instances),
        FakeConfigureTrigger(available=False),
    )
    service = ChangeService(
        world.instances,
        configuration_store,
        configure_trigger,
        FakeNetworkTrigger(),
        FakeInspector(),
        OFFERS,
        lambda: NOW,
    )
    world.injector.given[change_service] = service
    running(world, recovery=LOST)
    return world


def test_a_change_that_needs_another_task_is_refused_meanwhile(changeable: World) -> None:
    wanted = json.dumps({"maxMemory": 2048 * MIB})
    answer = changeable.send("change_instance", body=wanted)
    assert (answer.status, answer.body["code"]) == (409, "RECOVERY_IN_PROGRESS")
    blocked = changeable.send("plan_change", body=wanted).body["plan"]["blockedBy"]
    assert [obstacle["code"] for obstacle in blocked] == ["RECOVERY_IN_PROGRESS"]


def test_a_change_in_place_is_accepted_meanwhile(changeable: World) -> None:
    answer = changeable.send("change_instance", body=json.dumps({"evictionPolicy": "noeviction"}))
    assert (answer.status, answer.body["instance"]["change"]["status"]) == (200, "IN_PROGRESS")
