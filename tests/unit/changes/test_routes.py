"""PATCH, its plan, and what they add to an instance."""

import json
from dataclasses import replace
from typing import Any

import pytest

from swiftcache.access.identity import Role
from swiftcache.changes.replacement import ReplacementService
from swiftcache.changes.service import ChangeService
from swiftcache.changes.wiring import change_service, replacement_service
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint
from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.network import makes_private_tasks
from tests.api_world import INSTANCE, ORGANIZATION, Answer, World, valid
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.metrics import FIGURES, FakeInspector
from tests.fakes.networks import FakeNetworkTrigger
from tests.samples import AT, NOW, OFFERS, an_account

FUTURE = "2026-02-01T00:00:00Z"


@pytest.fixture(autouse=True)
def running(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    service = ChangeService(
        world.instances,
        FakeConfigurationStore(world.instances),
        FakeConfigureTrigger(),
        FakeNetworkTrigger(),
        FakeInspector({INSTANCE: replace(FIGURES, used_memory=450 * MIB)}),
        OFFERS,
        lambda: NOW,
    )
    world.injector.given[change_service] = service
    world.injector.given[replacement_service] = ReplacementService(
        world.instances, FakeConfigurationStore(world.instances), lambda: NOW
    )
    world.with_instance(status=Status.RUNNING, hostname="abc123xyz.redis.example.com", port=6379)


def patch(world: World, **body: Any) -> Answer:
    return world.send("change_instance", body=json.dumps(body))


def plan(world: World, **body: Any) -> dict[str, Any]:
    answer = world.send("plan_change", body=json.dumps(body))
    assert answer.status == 200
    found: dict[str, Any] = answer.body["plan"]
    return found


@pytest.mark.parametrize("wanted", [True, False])
def test_whether_data_are_kept_cannot_be_changed(world: World, wanted: bool) -> None:
    answer = patch(world, persistence=wanted)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/persistence")


def test_the_plan_for_data_that_are_kept_counts_their_volume_and_the_task_they_need(world: World) -> None:
    cached = plan(world, maxMemory=1024 * MIB)
    world.with_instance(status=Status.RUNNING, hostname="abc123xyz.redis.example.com", port=6379, persistence=True)
    kept = plan(world, maxMemory=1024 * MIB)
    assert (cached["taskAfter"]["memoryGb"], kept["taskAfter"]["memoryGb"]) == (2.0, 3.0)
    assert kept["costMonthlyAfter"] > cached["costMonthlyAfter"] + 2 * 0.36


@pytest.mark.parametrize("persistence", [False, True])
@pytest.mark.parametrize("megabytes", [10, 307, 308, 1024, 3000, 4096])
def test_by_the_sizes_anybody_reckons_what_a_plan_says(world: World, megabytes: int, persistence: bool) -> None:
    sizes = world.send("list_sizes", headers={"authorization": None}).body
    carries = "largestMemoryWithPersistence" if persistence else "largestMemory"
    size = next(size for size in sizes["sizes"] if megabytes * MIB <= size[carries])
    volume = sizes["persistenceCostMonthlyPerGb"] * megabytes / 1024 if persistence else 0
    address = {"hostname": "abc123xyz.redis.example.com", "port": 6379}
    world.with_instance(status=Status.RUNNING, persistence=persistence, **address)
    planned = plan(world, maxMemory=megabytes * MIB)
    assert planned["taskAfter"] == {"vcpu": size["vcpu"], "memoryGb": size["memoryGb"]}
    assert planned["costMonthlyAfter"] == pytest.approx(size["costMonthly"] + volume, abs=0.011)


ADDRESS_MONTHLY = 3.65


def test_where_tasks_get_no_public_address_nothing_says_that_one_is_paid_for(world: World) -> None:
    [size, *_] = world.send("list_sizes").body["sizes"]
    world.injector.given[makes_private_tasks] = True
    [private, *_] = world.send("list_sizes").body["sizes"]
    assert size["costMonthly"] - private["costMonthly"] == pytest.approx(ADDRESS_MONTHLY, abs=0.011)


def test_on_the_way_to_a_private_network_a_replacement_saves_the_public_address_and_a_change_in_place_does_not(
    world: World,
) -> None:
    public = Endpoint("203.0.113.10", 6379, "arn:task", private_address="10.0.1.10")
    world.with_instance(status=Status.RUNNING, hostname="abc123xyz.redis.example.com", port=6379, endpoint=public)
    world.injector.given[makes_private_tasks] = True
    replaced = plan(world, maxMemory=4096 * MIB)
    world.injector.given[makes_private_tasks] = False
    stays_public = plan(world, maxMemory=4096 * MIB)
    assert replaced["costMonthlyBefore"] == stays_public["costMonthlyBefore"]
    saved = stays_public["costMonthlyAfter"] - replaced["costMonthlyAfter"]
    assert saved == pytest.approx(ADDRESS_MONTHLY, abs=0.011)
    world.injector.given[makes_private_tasks] = True
    in_place = plan(world, evictionPolicy="noeviction")
    assert (in_place["kind"], in_place["costMonthlyAfter"]) == ("IN_PLACE", in_place["costMonthlyBefore"])


def test_a_change_in_place_shows_itself(world: World) -> None:
    answer = world.send("change_instance")
    instance = answer.body["instance"]
    assert (answer.status, instance["status"], instance["maxMemory"], instance["evictionPolicy"]) == (
        200,
        "RUNNING",
        640 * MIB,
        "allkeys-lfu",
    )
    assert instance["change"] == {
        "id": instance["change"]["id"],
        "kind": "IN_PLACE",
        "reason": None,
        "status": "IN_PROGRESS",
        "maxMemory": 640 * MIB,
        "evictionPolicy": "allkeys-lfu",
        "startedAt": AT,
        "endedAt": None,
        "engine": None,
        "version": None,
        "error": None,
    }


def test_a_change_that_failed_says_why(world: World) -> None:
    failure = Failure("RESIZE_FAILED", "It did not work.", "StartRedisTask", "request-2")
    change = Change(
        "chg_1", ChangeKind.REPLACE, ChangeStatus.FAILED, MIB, EvictionPolicy.NOEVICTION, AT, "request-2", AT, failure
    )
    stored = world.instances.stored[ORGANIZATION, INSTANCE]
    world.instances.stored[ORGANIZATION, INSTANCE] = replace(stored, change=change)
    shown = world.send("get_instance").body["instance"]["change"]
    assert (shown["status"], shown["endedAt"]) == ("FAILED", AT)
    assert shown["error"] == {
        "code": "RESIZE_FAILED",
        "message": "It did not work.",
        "step": "StartRedisTask",
        "requestId": "request-2",
    }


def test_name_protection_and_expiry_change_too(world: World) -> None:
    instance = patch(world, name="other", deletionProtection=True).body["instance"]
    assert (instance["name"], instance["deletionProtection"], instance["change"]) == ("other", True, None)
    instance = patch(world, deletionProtection=False, expiresAt=FUTURE).body["instance"]
    assert (instance["deletionProtection"], instance["expiresAt"]) == (False, "2026-02-01T00:00:00.000Z")
    assert patch(world, expiresAt=None).body["instance"]["expiresAt"] is None


def test_null_is_what_is_there_but_for_the_expiry(world: World) -> None:
    patch(world, expiresAt=FUTURE)
    before = world.send("get_instance").body
    assert patch(world, name=None, maxMemory=None, evictionPolicy=None, deletionProtection=None).body == before
    assert patch(world, expiresAt=None).body["instance"]["expiresAt"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"name": "a b"}, "/name"),
        ({"maxMemory": 1}, "/maxMemory"),
        ({"maxMemory": 4 * 1024**3 + 1}, "/maxMemory"),
        ({"maxMemory": "1"}, "/maxMemory"),
        ({"evictionPolicy": "lru"}, "/evictionPolicy"),
        ({"deletionProtection": "true"}, "/deletionProtection"),
        ({"expiresAt": "2026-02-01"}, "/expiresAt"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
        ({"expiresAt": 1}, "/expiresAt"),
        ({"expiresAt": FUTURE, "deletionProtection": True}, "/expiresAt"),
        ({"region": "eu-central"}, "/region"),
        ({"status": "RUNNING"}, "/status"),
    ],
)
@pytest.mark.parametrize("name", ["change_instance", "plan_change"])
def test_an_invalid_value_is_named_and_nothing_is_written(
    world: World, name: str, body: dict[str, Any], pointer: str
) -> None:
    before = dict(world.instances.stored)
    answer = world.send(name, body=json.dumps(body))
    assert (answer.status, [error["pointer"] for error in answer.body["errors"]]) == (422, [pointer])
    assert world.instances.stored == before


def test_what_can_end_the_instance_is_not_a_developers(world: World) -> None:
    an_account(world.accounts, ORGANIZATION, "sk_live_other", Role.DEVELOPER)
    headers = {"authorization": "Bearer sk_live_other"}
    allowed = world.send("change_instance", headers=headers)
    refused = world.send("change_instance", headers=headers, body=json.dumps({"expiresAt": FUTURE}))
    assert (allowed.status, refused.status, refused.body["code"]) == (200, 403, "ROLE_TOO_LOW")


@pytest.mark.parametrize("name", ["change_instance", "plan_change"])
def test_a_viewer_may_neither_change_nor_plan_a_change(world: World, name: str) -> None:
    an_account(world.accounts, ORGANIZATION, "sk_live_other", Role.VIEWER)
    assert world.send(name, headers={"authorization": "Bearer sk_live_other"}).status == 403


@pytest.mark.parametrize("name", ["change_instance", "plan_change"])
def test_anothers_instance_does_not_exist(world: World, name: str) -> None:
    an_account(world.accounts, "org_2", "sk_live_2")
    assert world.send(name, headers={"authorization": "Bearer sk_live_2"}).status == 404


def test_less_than_is_in_use_is_a_409_with_the_figures(world: World) -> None:
    answer = patch(world, maxMemory=400 * MIB)
    assert (answer.status, answer.body["code"]) == (409, "MEMORY_IN_USE")
    assert str(450 * MIB) in answer.body["detail"]
    assert patch(world, maxMemory=400 * MIB, allowEviction=True).status == 200


def test_a_second_change_waits_for_the_first(world: World) -> None:
    assert patch(world, maxMemory=2048 * MIB).body["instance"]["change"]["kind"] == "REPLACE"
    answer = patch(world, maxMemory=600 * MIB)
    assert (answer.status, answer.body["code"]) == (409, "CHANGE_IN_PROGRESS")


def test_more_than_the_limit_is_a_429(world: World) -> None:
    world.accounts.use(ORGANIZATION, 0, 9 * 1024 * MIB)
    assert patch(world, maxMemory=4096 * MIB).status == 429


def test_the_plan_of_a_replacement(world: World) -> None:
    assert plan(world, maxMemory=2048 * MIB) == {
        "kind": "REPLACE",
        "restart": True,
        "memory": {"used": 450 * MIB, "target": 2048 * MIB, "fits": True},
        "evictionNeeded": False,
        "engineBefore": "redis",
        "engineAfter": "redis",
        "versionBefore": None,
        "versionAfter": None,
        "expectedPauseMilliseconds": 500,
        "taskBefore": {"vcpu": 0.25, "memoryGb": 1},
        "taskAfter": {"vcpu": 0.5, "memoryGb": 3},
        "costMonthlyBefore": 13.83,
        "costMonthlyAfter": 26.6,
        "blockedBy": [],
    }


def test_the_plan_of_a_change_in_place(world: World) -> None:
    found = plan(world, maxMemory=400 * MIB)
    assert (found["kind"], found["restart"], found["expectedPauseMilliseconds"]) == ("IN_PLACE", False, 0)
    assert (found["memory"]["fits"], found["evictionNeeded"]) == (False, True)
    assert [obstacle["code"] for obstacle in found["blockedBy"]] == ["MEMORY_IN_USE"]


def test_the_plan_of_nothing(world: World) -> None:
    found = plan(world, maxMemory=512 * MIB)
    assert (found["kind"], found["memory"]) == ("NONE", {"used": None, "target": 512 * MIB, "fits": None})


def test_a_creation_takes_protection_or_expiry(world: World) -> None:
    assert world.post(valid(deletionProtection=True)).body["instance"]["deletionProtection"] is True
    assert world.post(valid(expiresAt=FUTURE)).body["instance"]["expiresAt"] == "2026-02-01T00:00:00.000Z"
    for refused in ({"deletionProtection": True, "expiresAt": FUTURE}, {"expiresAt": "2020-01-01T00:00:00Z"}):
        answer = world.post(valid(**refused))
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/expiresAt")


def test_a_protected_instance_is_not_deleted(world: World) -> None:
    patch(world, deletionProtection=True)
    answer = world.send("delete_instance")
    assert (answer.status, answer.body["code"]) == (409, "DELETION_PROTECTED")
    patch(world, deletionProtection=False)
    assert world.send("delete_instance").status == 202


def test_settings_are_changed_one_by_one_and_shown_with_their_defaults(world: World) -> None:
    answer = patch(world, settings={"timeout": 300, "lazyfree-lazy-expire": True}, notifyKeyspaceEvents="KEx")
    shown = answer.body["instance"]
    assert (answer.status, shown["notifyKeyspaceEvents"]) == (200, "xKE")
    assert shown["settings"] == DEFAULT_SETTINGS.values | {"timeout": 300, "lazyfree-lazy-expire": True}


def test_null_is_the_default_of_a_setting_and_an_empty_text_turns_events_off(world: World) -> None:
    settings = DEFAULT_SETTINGS.changed({"timeout": 300, "slowlog-max-len": 5, "notify-keyspace-events": "KEA"})
    world.with_instance(status=Status.RUNNING, settings=settings)
    shown = patch(world, settings={"timeout": None}, notifyKeyspaceEvents="").body["instance"]
    assert shown["notifyKeyspaceEvents"] == ""
    assert shown["settings"] == DEFAULT_SETTINGS.values | {"slowlog-max-len": 5}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"settings": {"timeout": 0}}, "/settings/timeout"),
        ({"settings": {"timeout": "300"}}, "/settings/timeout"),
        ({"settings": {"maxmemory": 1}}, "/settings/maxmemory"),
        ({"settings": {"lazyfree-lazy-expire": 1}}, "/settings/lazyfree-lazy-expire"),
        ({"settings": []}, "/settings"),
        ({"notifyKeyspaceEvents": "KEq"}, "/notifyKeyspaceEvents"),
        ({"notifyKeyspaceEvents": "x"}, "/notifyKeyspaceEvents"),
    ],
)
def test_a_setting_that_may_not_be_chosen_is_named_and_nothing_is_changed(
    world: World, body: dict[str, Any], pointer: str
) -> None:
    answer = patch(world, **body)
    assert (answer.status, [each["pointer"] for each in answer.body["errors"]]) == (422, [pointer])
    assert world.instances.stored[ORGANIZATION, INSTANCE].settings == DEFAULT_SETTINGS


def test_the_plan_for_settings_alone_is_a_change_in_place(world: World) -> None:
    assert plan(world, settings={"timeout": 300})["kind"] == "IN_PLACE"
    assert plan(world, settings={"timeout": 600})["kind"] == "NONE"


def test_a_schedule_is_set_shown_and_ended(world: World) -> None:
    assert patch(world, name="x").body["instance"]["backupSchedule"] is None
    shown = patch(world, backupSchedule={"every": "1d", "at": "02:00", "keep": 7}).body["instance"]
    assert shown["backupSchedule"] == {"every": "1d", "at": "02:00", "keep": 7}
    assert "2026-01-03T02:00:00.000Z" <= shown["nextBackupAt"] < "2026-01-03T02:15:00.000Z"
    assert shown["change"] is None
    entry = world.accounts.audit[-1]
    assert entry.details == {"backupScheduleFrom": None, "backupScheduleTo": "every 1d at 02:00, keep 7"}
    ended = patch(world, backupSchedule=None).body["instance"]
    assert (ended["backupSchedule"], ended["nextBackupAt"]) == (None, None)


def test_a_recovery_from_the_backup_is_asked_for_shown_and_ended(world: World) -> None:
    assert patch(world, name="x").body["instance"]["recoverFromBackup"] is False
    shown = patch(world, recoverFromBackup=True).body["instance"]
    assert (shown["recoverFromBackup"], shown["change"]) == (True, None)
    assert world.accounts.audit[-1].details == {"recoverFromBackupFrom": False, "recoverFromBackupTo": True}
    assert patch(world, name="y", recoverFromBackup=None).body["instance"]["recoverFromBackup"] is True
    assert patch(world, recoverFromBackup=False).body["instance"]["recoverFromBackup"] is False


def test_what_has_its_data_on_a_volume_is_not_recovered_from_a_backup(world: World) -> None:
    world.with_instance(status=Status.RUNNING, hostname="abc123xyz.redis.example.com", port=6379, persistence=True)
    answer = patch(world, recoverFromBackup=True)
    [error] = answer.body["errors"]
    assert (answer.status, error["pointer"]) == (422, "/recoverFromBackup")
    assert "the data of its volume" in error["detail"]
    assert patch(world, recoverFromBackup=False).status == 200


def test_other_changes_leave_the_schedule_as_it_is(world: World) -> None:
    patch(world, backupSchedule={"every": "6h", "keep": 4})
    shown = patch(world, name="other", expiresAt=None).body["instance"]
    assert shown["backupSchedule"] == {"every": "6h", "at": None, "keep": 4}


@pytest.mark.parametrize(
    ("schedule", "pointer"),
    [
        ({"every": "5h", "keep": 1}, "/backupSchedule/every"),
        ({"every": "8d", "keep": 1}, "/backupSchedule/every"),
        ({"every": "1d"}, "/backupSchedule/keep"),
        ({"keep": 1}, "/backupSchedule/every"),
        ({"every": "1d", "keep": 0}, "/backupSchedule/keep"),
        ({"every": "1d", "keep": 101}, "/backupSchedule/keep"),
        ({"every": "1d", "keep": 1.5}, "/backupSchedule/keep"),
        ({"every": "1d", "keep": 1, "at": "24:00"}, "/backupSchedule/at"),
        ({"every": "1d", "keep": 1, "at": "3:00"}, "/backupSchedule/at"),
        ({"every": "12h", "keep": 1, "at": "03:00"}, "/backupSchedule/at"),
        ({"every": "1d", "keep": 1, "zone": "CET"}, "/backupSchedule/zone"),
        ("daily", "/backupSchedule"),
    ],
    ids=str,
)
def test_a_schedule_that_cannot_be_is_named(world: World, schedule: object, pointer: str) -> None:
    answer = patch(world, backupSchedule=schedule)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_a_creation_takes_a_schedule(world: World) -> None:
    body = {**valid(), "backupSchedule": {"every": "1h", "keep": 24}}
    shown = world.post(body).body["instance"]
    assert shown["backupSchedule"] == {"every": "1h", "at": None, "keep": 24}
    assert AT < shown["nextBackupAt"] <= "2026-01-02T04:04:05.678Z"


def test_a_creation_with_a_schedule_that_cannot_be_is_refused(world: World) -> None:
    body = {**valid(), "backupSchedule": {"every": "1h", "keep": 24, "at": "03:00"}}
    answer = world.post(body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/backupSchedule/at")


def test_a_replacement_is_begun_and_shows_itself(world: World) -> None:
    answer = world.send("replace_instance")
    assert (answer.status, answer.headers["location"]) == (202, f"/api/v1/instances/{INSTANCE}")
    assert "retry-after" in answer.headers
    change = answer.body["instance"]["change"]
    assert (change["kind"], change["reason"], change["status"], change["maxMemory"]) == (
        "REPLACE",
        "OWNER",
        "IN_PROGRESS",
        512 * MIB,
    )


def test_a_second_replacement_waits_for_the_first(world: World) -> None:
    world.send("replace_instance")
    answer = world.send("replace_instance")
    assert (answer.status, answer.body["code"]) == (409, "CHANGE_IN_PROGRESS")
