"""How maintenance comes to be pending, and what owners do about it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.access.identity import Actor
from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode
from swiftcache.instances.model import Endpoint
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    ChangeInProgress,
    DependencyUnavailable,
    FinalBackupInProgress,
    MaintenanceNotDeferrable,
    NotFound,
    RecoveryInProgress,
)
from swiftcache.platform.timestamps import timestamp
from tests.samples import AT, NOW, ORGANIZATION, a_caller
from tests.unit.maintenance.maintenance_world import AGAIN, DEADLINE, OPENS, OTHER_TASK, World

IMAGE = ChangeReason.IMAGE
CALLER, OWNER = a_caller(), Actor("owner", "key_owner", "mem_owner")


@pytest.fixture
def world() -> World:
    world = World()
    world.running()
    return world


def starts(world: World) -> list[str]:
    return [one.starts_at for one in world.found().maintenance]


def test_what_is_required_is_pending_in_the_next_window_and_its_owner_is_told(world: World) -> None:
    [one] = world.require().maintenance
    assert (one.reason, one.not_before, one.deadline, one.starts_at) == (IMAGE, AT, timestamp(DEADLINE), OPENS)
    assert world.found().maintenance == (one,)
    assert world.told(Action.INSTANCE_MAINTENANCE_SCHEDULED) == [
        {"reason": "IMAGE", "startsAt": OPENS, "deadline": timestamp(DEADLINE), "failure": None}
    ]


def test_what_is_required_again_is_told_once(world: World) -> None:
    assert world.require() == world.require()
    assert len(world.told(Action.INSTANCE_MAINTENANCE_SCHEDULED)) == 1


def test_of_two_deadlines_the_earlier_counts(world: World) -> None:
    world.require()
    world.require(deadline=NOW + timedelta(hours=30))
    world.require(deadline=DEADLINE)
    assert starts(world) == [timestamp(NOW + timedelta(hours=6))]


def test_each_reason_is_pending_by_itself(world: World) -> None:
    world.require()
    world.require(reason=ChangeReason.RETIREMENT)
    assert [one.reason for one in world.found().maintenance] == [IMAGE, ChangeReason.RETIREMENT]


def test_a_finder_may_say_that_it_is_not_to_begin_before_a_time(world: World) -> None:
    world.require(not_before=NOW + timedelta(days=4))
    assert starts(world) == [AGAIN]


def test_nothing_is_pending_for_a_task_that_serves_no_more(world: World) -> None:
    world.require()
    world.becomes(endpoint=Endpoint("203.0.113.11", 6379, OTHER_TASK))
    assert world.found().maintenance == ()


def test_what_was_done_is_required_anew_of_another_task(world: World) -> None:
    world.require()
    world.becomes(endpoint=Endpoint("203.0.113.11", 6379, OTHER_TASK))
    [one] = world.require().pending_maintenance
    assert one.task == OTHER_TASK


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_nothing_is_required_of_what_does_not_run(world: World, status: Status) -> None:
    world.becomes(status=status)
    assert world.require().pending_maintenance == ()


def test_nothing_is_required_of_what_is_gone(world: World) -> None:
    assert world.service.require(ORGANIZATION, "inst_b2", IMAGE, DEADLINE, "finder-1") is None


def test_an_owner_has_it_done_at_once(world: World) -> None:
    world.require()
    instance = world.service.begin_now(CALLER, "inst_a1", IMAGE)
    assert instance.change is not None
    assert (instance.change.reason, instance.change.status) == (IMAGE, ChangeStatus.IN_PROGRESS)
    [asked] = [one for one in world.accounts.audit if one.action is Action.INSTANCE_MAINTENANCE_REQUESTED]
    assert (asked.actor_key_id, asked.details["reason"]) == (CALLER.key_id, "IMAGE")


def test_what_is_under_way_is_not_begun_again(world: World) -> None:
    world.require()
    first = world.service.begin_now(CALLER, "inst_a1", IMAGE)
    assert world.service.begin_now(CALLER, "inst_a1", IMAGE) == first
    assert len(world.told(Action.INSTANCE_MAINTENANCE_REQUESTED)) == 1


def test_what_an_owner_asks_for_begins_although_the_request_dies(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise DependencyUnavailable("busy")

    world.require()
    with monkeypatch.context() as patch:
        patch.setattr(type(world.replacements), "begin", dies)
        assert not world.service.begin_now(CALLER, "inst_a1", IMAGE).changing
    assert world.run().begun == ["inst_a1"]


@pytest.mark.parametrize(
    ("different", "refusal"),
    [
        ({"recovery": Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.REDIS_STOPPED, AT)}, RecoveryInProgress),
        ({"final_backup": FinalBackup(FinalBackupMode.REQUIRED, AT, "request-1", OWNER)}, FinalBackupInProgress),
        ({"status": Status.DELETING}, NotFound),
    ],
)
def test_what_cannot_be_done_now_is_refused(world: World, different: dict[str, Any], refusal: type[Exception]) -> None:
    world.require()
    world.becomes(**different)
    with pytest.raises(refusal):
        world.service.begin_now(CALLER, "inst_a1", IMAGE)
    assert world.told(Action.INSTANCE_MAINTENANCE_REQUESTED) == []


def test_an_owner_puts_it_off_to_the_next_window(world: World) -> None:
    world.require()
    instance = world.service.defer(CALLER, "inst_a1", IMAGE)
    assert [(one.not_before, one.starts_at) for one in instance.maintenance] == [(AGAIN, AGAIN)]
    assert world.told(Action.INSTANCE_MAINTENANCE_DEFERRED) == [
        {"reason": "IMAGE", "startsAt": AGAIN, "deadline": timestamp(DEADLINE)}
    ]


def test_it_cannot_be_put_off_beyond_the_last_window_before_its_deadline(world: World) -> None:
    world.require()
    world.service.defer(CALLER, "inst_a1", IMAGE)
    world.service.defer(CALLER, "inst_a1", IMAGE)
    with pytest.raises(MaintenanceNotDeferrable, match="a day before its deadline; have it done now"):
        world.service.defer(CALLER, "inst_a1", IMAGE)
    assert starts(world) == ["2026-01-18T03:00:00.000Z"]


def test_what_is_open_now_is_put_off_to_the_next_window(world: World) -> None:
    world.require()
    world.at("2026-01-04T05:00:00Z")
    world.service.defer(CALLER, "inst_a1", IMAGE)
    assert starts(world) == [AGAIN]


def test_what_has_begun_is_not_put_off(world: World) -> None:
    world.require()
    world.service.begin_now(CALLER, "inst_a1", IMAGE)
    with pytest.raises(ChangeInProgress):
        world.service.defer(CALLER, "inst_a1", IMAGE)


@pytest.mark.parametrize("reason", [ChangeReason.RETIREMENT, ChangeReason.OWNER, None])
def test_what_is_not_pending_is_not_found(world: World, reason: ChangeReason | None) -> None:
    world.require()
    for ask in (world.service.begin_now, world.service.defer):
        with pytest.raises(NotFound, match="no such maintenance is pending"):
            ask(CALLER, "inst_a1", reason)


def test_what_is_another_organizations_is_not_found(world: World) -> None:
    world.require()
    stranger = replace(CALLER, organization_id="org_2")
    for ask in (world.service.begin_now, world.service.defer):
        with pytest.raises(NotFound, match="there is no instance"):
            ask(stranger, "inst_a1", IMAGE)


def withdraw(world: World, instance_id: str = "inst_a1") -> None:
    world.service.withdraw(ORGANIZATION, instance_id, IMAGE, "finder-2")


def test_what_is_withdrawn_is_not_pending_any_more_and_its_owner_is_told_once(world: World) -> None:
    world.require()
    world.require(reason=ChangeReason.RETIREMENT)
    withdraw(world)
    withdraw(world)
    assert [one.reason for one in world.found().maintenance] == [ChangeReason.RETIREMENT]
    assert world.told(Action.INSTANCE_MAINTENANCE_WITHDRAWN) == [
        {"reason": "IMAGE", "startsAt": OPENS, "deadline": timestamp(DEADLINE)}
    ]


def test_what_has_begun_is_not_withdrawn(world: World) -> None:
    before = world.require()
    world.replacements.begin(ORGANIZATION, "inst_a1", IMAGE, "keep-1")
    withdraw(world)
    assert world.found().maintenance == before.maintenance
    assert world.told(Action.INSTANCE_MAINTENANCE_WITHDRAWN) == []


def test_where_nothing_is_pending_or_nobody_is_there_nothing_is_withdrawn(world: World) -> None:
    before = world.found()
    withdraw(world)
    withdraw(world, "inst_gone")
    assert world.found() == before


def test_what_was_withdrawn_may_be_required_again(world: World) -> None:
    world.require()
    withdraw(world)
    assert [one.reason for one in world.require().maintenance] == [IMAGE]
