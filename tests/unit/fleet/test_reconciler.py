"""What a pass of the reconciler takes for an orphan, what it does with it, and what it leaves alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.fleet.orphans import GRACE, ResourceKind
from swiftcache.fleet.ports import ReconcileCheckpoint
from swiftcache.fleet.reconciler import SCAN_PAGES
from swiftcache.fleet.removal import NOBODY, RECONCILED
from swiftcache.instances.model import Endpoint
from swiftcache.instances.ports import Target
from swiftcache.instances.status import Status
from tests.samples import ORGANIZATION, an_account
from tests.unit.fleet.reconcile_world import ORPHAN, World, resource


@pytest.fixture
def world() -> World:
    return World()


PARTS = [
    ResourceKind.TASK,
    ResourceKind.TASK_DEFINITION,
    ResourceKind.SECRET,
    ResourceKind.VOLUME,
]


@pytest.mark.parametrize("kind", PARTS)
def test_what_has_an_owner_stays(world: World, kind: ResourceKind) -> None:
    world.holding()
    world.parts.resources = [resource(kind, "inst_a1")]
    assert (world.run(), world.later().run(), world.workflows.started) == (set(), set(), [])


@pytest.mark.parametrize("kind", PARTS)
def test_a_young_orphan_is_left_alone(world: World, kind: ResourceKind) -> None:
    world.parts.resources = [resource(kind)]
    assert world.run() == {(kind, ORPHAN, "wait")}
    assert world.later(GRACE - timedelta(seconds=1)).run() == {(kind, ORPHAN, "wait")}
    assert world.workflows.started == []


@pytest.mark.parametrize("kind", PARTS)
def test_an_old_orphan_goes_by_the_ordinary_deletion(world: World, kind: ResourceKind) -> None:
    world.parts.resources = [resource(kind)]
    world.run()
    assert world.later().run() == {(kind, ORPHAN, "deprovision")}
    assert world.workflows.started == [("delete", Target(NOBODY, ORPHAN, "reconcile-1"), 0)]


def test_all_orphans_of_one_owner_are_one_deletion(world: World) -> None:
    world.parts.resources = [resource(kind) for kind in PARTS]
    world.run()
    world.later().run()
    assert len(world.workflows.started) == 1


@pytest.mark.parametrize(("known", "started"), [(False, 1), (True, 0)])
def test_a_removal_that_ended_is_repeated_and_one_under_way_is_not(world: World, known: bool, started: int) -> None:
    world.parts.resources = [resource()]
    world.executions.known = {f"delete-{ORPHAN}-0": False, f"delete-{ORPHAN}-1": known}
    world.run()
    world.later().run()
    assert [arguments[2] for arguments in world.workflows.started] == [2] * started


def test_an_orphan_that_was_not_there_for_a_pass_is_young_again(world: World) -> None:
    world.parts.resources = [resource()]
    world.run()
    world.parts.resources = []
    world.later().run()
    world.parts.resources = [resource()]
    assert world.run() == {("task", ORPHAN, "wait")}


def test_an_owner_that_the_index_has_not_yet_is_found_in_its_organization(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.holding()
    monkeypatch.setattr(world.record_index, "fleet", lambda: iter(()))
    world.parts.resources = [resource(owner="inst_a1")]
    assert world.run() == set()


def test_an_organization_that_the_index_has_not_yet_is_found_by_its_instance(world: World) -> None:
    world.holding()
    world.record_index.hidden = {ORGANIZATION}
    world.parts.resources = [resource(owner="inst_a1")]
    assert world.run() == set()


def test_an_instance_that_is_made_while_the_pass_is_on_its_way_has_an_owner(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = world.parts.page

    def while_made(token: str | None) -> Any:
        monkeypatch.undo()
        world.holding()
        world.parts.resources = [resource(owner="inst_a1")]
        return page(token)

    monkeypatch.setattr(world.parts, "page", while_made)
    assert world.run() == set()


def test_what_a_failed_instance_has_left_is_rolled_back(world: World) -> None:
    world.holding(status=Status.ERROR)
    world.parts.resources = [resource(ResourceKind.DNS_RECORD, "inst_a1")]
    world.run()
    assert world.later().run() == {("dns_record", "inst_a1", "roll_back")}
    target = Target(ORGANIZATION, "inst_a1", "reconcile-1")
    assert world.workflows.started == [("roll_back", target, 0, RECONCILED)]


def test_what_a_failed_instance_has_left_in_another_life_is_rolled_back_there(world: World) -> None:
    world.holding(status=Status.ERROR, generation=7)
    world.parts.resources = [resource(ResourceKind.DNS_RECORD, "inst_a1")]
    world.run()
    world.later().run()
    target = Target(ORGANIZATION, "inst_a1", "reconcile-1", 7)
    assert world.workflows.started == [("roll_back", target, 0, RECONCILED)]


def at_the_last_moment(world: World, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Acts when a pass has decided what to remove, and has not begun with it."""
    store = world.checkpoints.store

    def storing(checkpoint: ReconcileCheckpoint) -> ReconcileCheckpoint:
        if checkpoint.before.resources and not checkpoint.found.resources:
            act()
        return store(checkpoint)

    monkeypatch.setattr(world.checkpoints, "store", storing)


def test_an_instance_that_is_undeleted_at_the_last_moment_keeps_what_it_has(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.parts.resources = [resource()]
    world.run()
    at_the_last_moment(world, monkeypatch, lambda: world.holding(ORPHAN, generation=7))
    assert (world.later().run(), world.workflows.started) == (set(), [])


def test_a_failed_instance_that_is_undeleted_at_the_last_moment_is_not_rolled_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.holding(status=Status.ERROR)
    world.parts.resources = [resource(owner="inst_a1")]
    world.run()

    def undelete() -> None:
        world.instances.stored.clear()
        world.holding(status=Status.PROVISIONING, generation=7)

    at_the_last_moment(world, monkeypatch, undelete)
    world.later().run()
    assert world.workflows.started == []


def test_an_instance_that_ran_before_it_failed_keeps_what_it_has(world: World) -> None:
    world.holding(status=Status.ERROR, hostname="a1.redis.example.com", endpoint=Endpoint("192.0.2.1", 6379))
    world.parts.resources = [resource(ResourceKind.SECRET, "inst_a1")]
    world.run()
    assert world.later().run() == set()


def test_an_orphaned_execution_is_stopped(world: World) -> None:
    world.others.resources = [resource(ResourceKind.EXECUTION)]
    world.run()
    assert world.later().run() == {("execution", ORPHAN, "stop")}
    assert (world.executions.stopped, world.workflows.started) == ([f"execution-{ORPHAN}"], [])


def test_a_webhooks_secret_goes_only_without_it(world: World) -> None:
    world.record_index.webhooks = {ORGANIZATION: ("wh_1",)}
    for webhook_id in ("wh_1", "wh_orphan"):
        world.secrets.keep(webhook_id, "whsec")
    world.others.resources = [resource(ResourceKind.WEBHOOK_SECRET, owner) for owner in ("wh_1", "wh_orphan")]
    world.run()
    world.later().run()
    assert (world.secrets.find("wh_1"), world.secrets.find("wh_orphan")) == ("whsec", None)


def test_items_of_an_organization_that_is_gone_go(world: World) -> None:
    gone = resource(ResourceKind.ITEM, "org_gone", "ORG#org_gone/MEMBER#mem_1")
    own = resource(ResourceKind.ITEM, ORGANIZATION, f"ORG#{ORGANIZATION}/MEMBER#mem_1")
    world.item_scan.resources = [gone, own]
    world.run()
    assert world.later().run() == {("item", "org_gone", "delete")}
    assert world.item_scan.resources == [own]


def test_an_item_is_looked_at_again_though_the_scan_is_elsewhere(world: World) -> None:
    gone = resource(ResourceKind.ITEM, "org_gone", "ORG#org_gone/MEMBER#mem_1")
    world.item_scan.resources = [
        gone,
        *(resource(ResourceKind.ITEM, ORGANIZATION, f"ORG#x/{number}") for number in range(40)),
    ]
    world.run()
    pages = world.item_scan.pages
    assert world.later().run() == {("item", "org_gone", "delete")}
    assert (pages, world.item_scan.pages) == (SCAN_PAGES, 2 * SCAN_PAGES)


def test_an_instance_whose_organization_is_gone_is_deleted(world: World) -> None:
    world.holding()
    del world.accounts.organizations[ORGANIZATION]
    world.item_scan.resources = [resource(ResourceKind.ITEM, ORGANIZATION, f"ORG#{ORGANIZATION}/INSTANCE#inst_a1")]
    an_account(world.accounts, "org_2", "sk_live_2")
    world.parts.resources = [resource(owner="inst_a1")]
    world.run()
    assert world.later().run() == {("item", ORGANIZATION, "delete")}
    found = world.instances.get(ORGANIZATION, "inst_a1")
    assert found
    assert found.status is Status.DELETING
    assert found.deleted_by
    assert found.deleted_by.role == "reconciler"
