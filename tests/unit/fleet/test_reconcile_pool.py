"""The reconciler and the warm pool: it is nobody's organization, and its members are looked after as all instances."""

from dataclasses import replace
from typing import Any

import pytest

from swiftcache.fleet.orphans import GRACE, ResourceKind
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Target
from swiftcache.instances.recovery_state import Cause
from swiftcache.instances.status import Status
from swiftcache.pool.model import POOL
from tests.samples import an_instance
from tests.unit.fleet.reconcile_world import ORPHAN, World, resource

MEMBER = an_instance(organization_id=POOL, id="inst_warm", status=Status.RUNNING, keys=())


@pytest.fixture
def world() -> World:
    return World()


def holding(world: World, **different: Any) -> Instance:
    member = replace(MEMBER, **different)
    world.instances.stored[POOL, member.id] = member
    return member


def test_what_a_member_has_stays_and_so_does_its_record(world: World) -> None:
    holding(world)
    world.parts.resources = [resource(ResourceKind.TASK, MEMBER.id), resource(ResourceKind.SECRET, MEMBER.id)]
    assert (world.run(), world.later().run(), world.workflows.started) == (set(), set(), [])


def test_a_member_that_the_index_does_not_have_yet_has_an_owner_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding(world)
    monkeypatch.setattr(world.record_index, "fleet", lambda: iter([]))
    world.parts.resources = [resource(ResourceKind.TASK, MEMBER.id)]
    assert world.run() == set()


def test_what_a_member_that_failed_has_left_goes_and_its_record_stays(world: World) -> None:
    holding(world, status=Status.ERROR)
    world.parts.resources = [resource(ResourceKind.DNS_RECORD, MEMBER.id)]
    world.run()
    assert world.later().run() == {(ResourceKind.DNS_RECORD, MEMBER.id, "roll_back")}


@pytest.mark.parametrize(("status", "work"), [(Status.PROVISIONING, "provision"), (Status.DELETING, "delete")])
def test_a_members_work_that_nobody_is_at_is_resumed(world: World, status: Status, work: str) -> None:
    holding(world, status=status)
    assert world.run() == set()
    assert world.later(GRACE).run() == {("work", MEMBER.id, "resume")}
    assert world.workflows.started[0][:2] == (work, Target(POOL, MEMBER.id, "request-1"))


def test_a_member_whose_task_has_gone_is_recovered(world: World) -> None:
    holding(world, endpoint=Endpoint("203.0.113.1", 6379, "task-1"))
    world.tasks.stopped = {"task-1"}
    assert world.run() == {("task", MEMBER.id, "recover")}
    assert world.recovery_starter.lost == [(MEMBER.id, "task-1", Cause.TASK_LOST)]


def test_a_record_that_has_the_pool_alone_is_no_record(world: World) -> None:
    holding(world)
    world.parts.resources = [resource()]
    world.run()
    world.accounts.organizations.clear()
    assert world.later().run() == {("task", ORPHAN, "refuse")}
