"""How the whole fleet is, for the operator: what a pass has seen, and what the API answers of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from swiftcache.access.identity import Role
from swiftcache.fleet.overview import OverviewService
from swiftcache.fleet.overview_wiring import overview_service
from swiftcache.fleet.summary import FindingCount
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Endpoint
from swiftcache.instances.silence import Silence
from swiftcache.instances.sizes import SIZES
from swiftcache.instances.status import Status
from swiftcache.organizations.model import Limits
from swiftcache.pool.levels import PoolLevel, pool_levels
from swiftcache.pool.model import PoolTarget
from tests import api_world
from tests.fakes.pool import a_member
from tests.fakes.pool_record import FakePoolRecord
from tests.samples import AT, ORGANIZATION, an_account
from tests.unit.fleet.reconcile_world import World, resource

SMALL, MIDDLE = SIZES[:2]


@pytest.fixture
def world() -> World:
    return World()


def service(world: World) -> OverviewService:
    return OverviewService(world.checkpoints, FakePoolRecord(world.instances), (PoolTarget(SMALL, 2),))


def test_a_pass_counts_the_instances_of_all_organizations_and_not_those_of_the_pool(world: World) -> None:
    an_account(world.accounts, "org_2", "sk_live_2")
    change = Change("chg_1", ChangeKind.IN_PLACE, ChangeStatus.IN_PROGRESS, 1, EvictionPolicy.NOEVICTION, AT, "r")
    serving = Endpoint("203.0.113.7", 6379, "arn:1")
    world.holding("inst_a1", change=change)
    world.holding("inst_a2", organization_id="org_2", endpoint=serving, silence=Silence("arn:1", AT))
    world.holding("inst_a3", status=Status.ERROR)
    world.instances.stored[a_member().organization_id, "inst_m1"] = a_member()
    world.run()
    found = world.checkpoints.load().summary
    assert found
    assert (found.organizations, found.instances, found.memory) == (2, {"RUNNING": 2, "ERROR": 1}, 3)
    assert (found.changing, found.recovering, found.not_answering) == (1, 0, 1)


def test_a_pass_keeps_what_it_put_right_and_what_it_could_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    used = replace(world.accounts.organizations[ORGANIZATION], used=Limits(instances=7, memory=0))
    world.accounts.organizations[ORGANIZATION] = used

    def fail(*_: object) -> None:
        raise RuntimeError("the table does not answer")

    monkeypatch.setattr(world.record_index, "correct", fail)
    world.run()
    found = world.checkpoints.load().summary
    assert found
    assert found.findings == (FindingCount("count", "correct", 1, 1),)


def test_a_pass_that_ran_out_of_time_leaves_the_figures_of_the_last_complete_one(world: World) -> None:
    world.run()
    before = world.checkpoints.load().summary
    world.later().holding()
    assert not world.report(lambda: True).complete
    overview = service(world).get()
    assert (overview.last_pass, overview.passing) == (before, True)
    world.run()
    assert (world.checkpoints.load().summary != before, service(world).get().passing) == (True, False)


def test_a_dry_run_keeps_nothing(world: World) -> None:
    world.run(dry_run=True)
    assert service(world).get().last_pass is None


def test_what_belongs_to_nobody_is_due_when_its_time_of_grace_has_passed(world: World) -> None:
    world.parts.resources = [resource()]
    world.run()
    [found] = service(world).get().candidates
    assert (found.resource, found.due) == (resource(), False)
    world.later(timedelta(minutes=15)).run()
    [found] = service(world).get().candidates
    assert (found.due, service(world).get().refused) == (True, False)


def test_too_much_at_once_is_told_as_refused(world: World) -> None:
    world.holding()
    world.parts.resources = [resource(owner=f"inst_orphan{number}") for number in range(11)]
    world.run()
    world.later().run()
    assert service(world).get().refused


def test_the_levels_of_the_pool_are_told_by_size() -> None:
    members = [
        a_member(),
        a_member(id="inst_m2", status=Status.PROVISIONING, endpoint=None),
        a_member(id="inst_m3", status=Status.ERROR),
        a_member(id="inst_m4", status=Status.DELETING),
    ]
    assert pool_levels(members, (PoolTarget(MIDDLE, 3),)) == [
        PoolLevel(SMALL, 0, 1, 1, 1),
        PoolLevel(MIDDLE, 3, 0, 0, 0),
    ]


def test_the_operator_is_answered_with_figures_pool_and_findings(world: World) -> None:
    world.holding()
    world.instances.stored[a_member().organization_id, "inst_m1"] = a_member()
    world.parts.resources = [resource()]
    world.run()
    asked = api_world.World()
    an_account(asked.accounts, "org_operator", "sk_live_of_the_operator", Role.OPERATOR)
    asked.injector.given[overview_service] = service(world)
    answer = asked.send("get_fleet", headers={"authorization": "Bearer sk_live_of_the_operator"})
    assert answer.body == {
        "organizations": 1,
        "instances": {
            "byStatus": {"PROVISIONING": 0, "RUNNING": 1, "ERROR": 0, "DELETING": 0},
            "memory": 1,
            "changing": 0,
            "recovering": 0,
            "notAnswering": 0,
        },
        "pool": [
            {"taskMemory": 512, "largestMemory": 322122547, "wanted": 2, "ready": 1, "starting": 0, "failed": 0},
        ],
        "reconciler": {
            "lastPassAt": "2026-01-02T03:04:05.678Z",
            "passing": False,
            "refused": False,
            "findings": [],
            "candidates": [
                {
                    "kind": "task",
                    "name": "task-inst_orphan",
                    "owner": "inst_orphan",
                    "firstSeen": "2026-01-02T03:04:05.678Z",
                    "due": False,
                }
            ],
            "candidatesInAll": 1,
        },
    }


def test_before_a_pass_has_ended_the_figures_are_not_known(world: World) -> None:
    asked = api_world.World()
    an_account(asked.accounts, "org_operator", "sk_live_of_the_operator", Role.OPERATOR)
    asked.injector.given[overview_service] = service(world)
    body = asked.send("get_fleet", headers={"authorization": "Bearer sk_live_of_the_operator"}).body
    assert (body["organizations"], body["instances"], body["reconciler"]["lastPassAt"]) == (None, None, None)
