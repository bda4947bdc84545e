"""A pass of the reconciler: what it takes for an orphan, what it does with it, and what it leaves alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.domain.errors import DependencyUnavailable, RecordChanged
from swiftcache.domain.instance import Endpoint, Instance
from swiftcache.domain.organization import Limits
from swiftcache.domain.orphans import GRACE, LIMIT, MOST_KEPT, Kind, Thing
from swiftcache.domain.ports import Target
from swiftcache.domain.recovery import Cause
from swiftcache.domain.status import Status
from swiftcache.use_cases.reconcile import PATROL_PAGES, OneInstance, Order, Reconciler, Report
from swiftcache.use_cases.reconcile_removal import NOBODY, RECONCILED, Remover
from swiftcache.use_cases.reconcile_work import Resumer
from tests.fakes import FakeAccounts, FakeEmptying, FakeInstances, FakeWorkflows
from tests.fakes_reconciler import (
    FakeCensus,
    FakeExecutions,
    FakeInventory,
    FakeLost,
    FakePasses,
    FakePatrol,
    FakeTasks,
)
from tests.fakes_recovery import FakeRecoveryWorkflow
from tests.fakes_webhooks import FakeSigningSecrets
from tests.samples import NOW, ORGANIZATION, an_account, an_entry, an_instance

STRAY = "inst_stray"


def thing(kind: Kind = Kind.TASK, owner: str = STRAY, name: str = "") -> Thing:
    return Thing(kind, name or f"{kind}-{owner}", owner)


class World:
    """Two inventories, that of a machine's executions the second."""

    def __init__(self) -> None:
        self.time = NOW
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.census = FakeCensus(self.instances)
        self.parts, self.others = FakeInventory(), FakeInventory()
        self.patrol = FakePatrol()
        self.passes = FakePasses()
        self.workflows = FakeWorkflows()
        self.executions = FakeExecutions()
        self.secrets = FakeSigningSecrets()
        self.tasks = FakeTasks()
        self.lost = FakeLost()
        self.emptying = FakeEmptying()
        resumer = Resumer(self.workflows, FakeRecoveryWorkflow(), self.emptying, self.executions)
        remover = Remover(self.workflows, self.executions, self.secrets, self.patrol, self.instances, lambda: self.time)
        self.reconciler = Reconciler(
            self.census,
            [self.parts, self.others],
            self.patrol,
            self.passes,
            resumer,
            remover,
            self.tasks,
            self.lost,
            lambda: self.time,
        )
        self.one = OneInstance(self.instances, self.census, [self.parts], resumer, remover)

    def holding(self, name: str = "inst_a1", **different: Any) -> Instance:
        instance = an_instance(id=name, max_memory=1, **{"status": Status.RUNNING} | different)
        self.instances.create(instance, an_entry())
        return instance

    def report(self, out_of_time: Callable[[], bool] = lambda: False, **order: Any) -> Report:
        return self.reconciler(Order("reconcile-1", **order), out_of_time)

    def run(self, **order: Any) -> set[tuple[str, str, str]]:
        """What one pass finds: kind, owner, action."""
        return {(found.kind, found.owner, found.action) for found in self.report(**order).findings}

    def later(self, time: timedelta = GRACE) -> "World":
        self.time += time
        return self


@pytest.fixture
def world() -> World:
    return World()


PARTS = [Kind.TASK, Kind.TASK_DEFINITION, Kind.DNS_RECORD, Kind.SECRET]


@pytest.mark.parametrize("kind", PARTS)
def test_what_has_an_owner_stays(world: World, kind: Kind) -> None:
    world.holding()
    world.parts.things = [thing(kind, "inst_a1")]
    assert (world.run(), world.later().run(), world.workflows.started) == (set(), set(), [])


@pytest.mark.parametrize("kind", PARTS)
def test_a_young_orphan_is_left_alone(world: World, kind: Kind) -> None:
    world.parts.things = [thing(kind)]
    assert world.run() == {(kind, STRAY, "wait")}
    assert world.later(GRACE - timedelta(seconds=1)).run() == {(kind, STRAY, "wait")}
    assert world.workflows.started == []


@pytest.mark.parametrize("kind", PARTS)
def test_an_old_one_goes_by_the_ordinary_deletion(world: World, kind: Kind) -> None:
    world.parts.things = [thing(kind)]
    world.run()
    assert world.later().run() == {(kind, STRAY, "deprovision")}
    assert world.workflows.started == [("delete", Target(NOBODY, STRAY, "reconcile-1"), 0)]


def test_all_that_one_has_is_one_deletion(world: World) -> None:
    world.parts.things = [thing(kind) for kind in PARTS]
    world.run()
    world.later().run()
    assert len(world.workflows.started) == 1


@pytest.mark.parametrize(("known", "started"), [(False, 1), (True, 0)])
def test_a_removal_that_ended_is_repeated_and_one_under_way_is_not(world: World, known: bool, started: int) -> None:
    world.parts.things = [thing()]
    world.executions.known = {f"delete-{STRAY}-0": False, f"delete-{STRAY}-1": known}
    world.run()
    world.later().run()
    assert [arguments[2] for arguments in world.workflows.started] == [2] * started


def test_one_that_was_not_there_for_a_pass_is_young_again(world: World) -> None:
    world.parts.things = [thing()]
    world.run()
    world.parts.things = []
    world.later().run()
    world.parts.things = [thing()]
    assert world.run() == {("task", STRAY, "wait")}


def test_an_owner_that_the_index_has_not_yet_is_found_in_its_organization(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.holding()
    monkeypatch.setattr(world.census, "fleet", lambda: iter(()))
    world.parts.things = [thing(owner="inst_a1")]
    assert world.run() == set()


def test_an_organization_that_the_index_has_not_yet_is_found_by_its_instance(world: World) -> None:
    world.holding()
    world.census.hidden = {ORGANIZATION}
    world.parts.things = [thing(owner="inst_a1")]
    assert world.run() == set()


def test_one_that_is_made_while_the_pass_is_on_its_way_has_an_owner(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = world.parts.page

    def while_made(token: str | None) -> Any:
        monkeypatch.undo()
        world.holding()
        world.parts.things = [thing(owner="inst_a1")]
        return page(token)

    monkeypatch.setattr(world.parts, "page", while_made)
    assert world.run() == set()


def test_what_a_failed_instance_has_left_is_rolled_back(world: World) -> None:
    world.holding(status=Status.ERROR)
    world.parts.things = [thing(Kind.DNS_RECORD, "inst_a1")]
    world.run()
    assert world.later().run() == {("dns_record", "inst_a1", "roll_back")}
    target = Target(ORGANIZATION, "inst_a1", "reconcile-1")
    assert world.workflows.started == [("roll_back", target, 0, RECONCILED)]


def test_one_that_ran_before_it_failed_keeps_what_it_has(world: World) -> None:
    world.holding(status=Status.ERROR, endpoint=Endpoint("192.0.2.1", 6379))
    world.parts.things = [thing(Kind.SECRET, "inst_a1")]
    world.run()
    assert world.later().run() == set()


def test_an_orphaned_execution_is_stopped(world: World) -> None:
    world.others.things = [thing(Kind.EXECUTION)]
    world.run()
    assert world.later().run() == {("execution", STRAY, "stop")}
    assert (world.executions.stopped, world.workflows.started) == ([f"execution-{STRAY}"], [])


def test_a_webhooks_secret_goes_only_without_it(world: World) -> None:
    world.census.webhooks = {ORGANIZATION: ("wh_1",)}
    for webhook_id in ("wh_1", "wh_stray"):
        world.secrets.keep(webhook_id, "whsec")
    world.others.things = [thing(Kind.WEBHOOK_SECRET, owner) for owner in ("wh_1", "wh_stray")]
    world.run()
    world.later().run()
    assert (world.secrets.find("wh_1"), world.secrets.find("wh_stray")) == ("whsec", None)


def test_items_of_an_organization_that_is_gone_go(world: World) -> None:
    gone = thing(Kind.ITEM, "org_gone", "ORG#org_gone/MEMBER#mem_1")
    own = thing(Kind.ITEM, ORGANIZATION, f"ORG#{ORGANIZATION}/MEMBER#mem_1")
    world.patrol.things = [gone, own]
    world.run()
    assert world.later().run() == {("item", "org_gone", "delete")}
    assert world.patrol.things == [own]


def test_an_item_is_looked_at_again_though_the_patrol_is_elsewhere(world: World) -> None:
    gone = thing(Kind.ITEM, "org_gone", "ORG#org_gone/MEMBER#mem_1")
    world.patrol.things = [gone, *(thing(Kind.ITEM, ORGANIZATION, f"ORG#x/{number}") for number in range(40))]
    world.run()
    pages = world.patrol.pages
    assert world.later().run() == {("item", "org_gone", "delete")}
    assert (pages, world.patrol.pages) == (PATROL_PAGES, 2 * PATROL_PAGES)


def test_an_instance_whose_organization_is_gone_is_deleted(world: World) -> None:
    world.holding()
    del world.accounts.organizations[ORGANIZATION]
    world.patrol.things = [thing(Kind.ITEM, ORGANIZATION, f"ORG#{ORGANIZATION}/INSTANCE#inst_a1")]
    an_account(world.accounts, "org_2", "sk_live_2")
    world.parts.things = [thing(owner="inst_a1")]
    world.run()
    assert world.later().run() == {("item", ORGANIZATION, "delete")}
    found = world.instances.get(ORGANIZATION, "inst_a1")
    assert found
    assert found.status is Status.DELETING
    assert found.deleted_by
    assert found.deleted_by.role == "reconciler"


@pytest.mark.parametrize(
    ("number", "limit", "removed"),
    [(LIMIT, None, LIMIT), (LIMIT + 1, None, 0), (LIMIT + 1, LIMIT + 1, LIMIT + 1), (2, 1, 0), (1, 0, 0)],
)
def test_more_than_the_limit_at_once_is_refused(world: World, number: int, limit: int | None, removed: int) -> None:
    world.parts.things = [thing(owner=f"inst_{index}") for index in range(number)]
    world.run()
    found = {action for _, _, action in world.later().run(limit=limit)}
    assert found == {"deprovision" if removed else "refuse"}
    assert len(world.workflows.started) == removed


def test_a_record_without_any_organization_is_no_record(world: World) -> None:
    world.parts.things = [thing()]
    world.run()
    world.accounts.organizations.clear()
    assert world.later().run() == {("task", STRAY, "refuse")}


def test_young_orphans_do_not_count_for_the_limit(world: World) -> None:
    world.parts.things = [thing()]
    world.run()
    world.later().parts.things += [thing(owner=f"inst_{index}") for index in range(LIMIT)]
    assert ("task", STRAY, "deprovision") in world.run()


def test_ones_trouble_is_nobody_elses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.parts.things = [thing(owner=f"inst_{letter}") for letter in "abc"]
    world.run()
    delete = world.workflows.delete

    def troubled(target: Target, attempt: int) -> None:
        if target.instance_id == "inst_b":
            raise DependencyUnavailable("busy")
        delete(target, attempt)

    monkeypatch.setattr(world.workflows, "delete", troubled)
    found = world.later().report().findings
    assert [finding.owner for finding in found if finding.error] == ["inst_b"]
    assert [arguments[1] for arguments in world.workflows.started] == [
        Target(NOBODY, name, "reconcile-1") for name in ("inst_a", "inst_c")
    ]
    monkeypatch.undo()
    world.run()
    assert world.workflows.started[-2][1] == Target(NOBODY, "inst_b", "reconcile-1")


def test_a_dry_run_says_the_same_and_changes_nothing(world: World) -> None:
    world.holding()
    world.accounts.organizations[ORGANIZATION] = replace(world.accounts.organizations[ORGANIZATION], used=Limits(5, 5))
    world.parts.things = [thing()]
    wanted = {("task", STRAY, "wait"), ("count", ORGANIZATION, "correct")}
    assert (world.run(dry_run=True), world.passes.stores) == (wanted, 0)
    world.run()
    stores = world.passes.stores
    assert world.later().run(dry_run=True) == {("task", STRAY, "deprovision")}
    assert (world.passes.stores, world.workflows.started) == (stores, [])


def test_what_is_remembered_has_a_bound(world: World) -> None:
    world.parts.things = [thing(owner=f"inst_{index}") for index in range(MOST_KEPT + 10)]
    world.parts.size = 100
    world.run()
    assert len(world.passes.stored.before.things) == MOST_KEPT


def test_a_pass_out_of_time_goes_on_at_its_page(world: World) -> None:
    world.parts.things = [thing(owner=f"inst_{index}") for index in range(3)]
    world.others.things = [thing(Kind.EXECUTION)]
    reports = [world.report(lambda: True) for _ in range(3)]
    assert [report.complete for report in reports] == [False, False, True]
    assert (world.parts.pages, world.others.pages) == (2, 1)
    assert len({finding.owner for finding in reports[-1].findings}) == 4


def test_a_pass_that_another_has_overtaken_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.parts.things = [thing()]
    world.run()
    world.later()
    page = world.others.page

    def overtaken(token: str | None) -> Any:
        monkeypatch.undo()
        world.run()
        return page(token)

    monkeypatch.setattr(world.others, "page", overtaken)
    with pytest.raises(RecordChanged):
        world.run()
    assert len(world.workflows.started) == 1


def test_a_pass_looks_the_same_in_calm_and_storm(world: World) -> None:
    def looks() -> tuple[int, ...]:
        before = (len(world.census.looks), world.parts.pages, world.others.pages, world.patrol.pages)
        world.run()
        after = (len(world.census.looks), world.parts.pages, world.others.pages, world.patrol.pages)
        return tuple(b - a for a, b in zip(before, after, strict=True))

    world.holding()
    world.parts.things = [thing(owner="inst_a1")] * 20
    calm = looks()
    world.parts.things = [thing(owner=f"inst_{index}") for index in range(20)]
    assert looks() == calm
    world.later()
    assert looks() == calm


def test_a_wrong_count_is_corrected(world: World) -> None:
    world.holding()
    organization = world.accounts.organizations[ORGANIZATION]
    world.accounts.organizations[ORGANIZATION] = replace(organization, used=Limits(3, 9))
    assert world.run() == {("count", ORGANIZATION, "correct")}
    assert world.accounts.organizations[ORGANIZATION].used == Limits(1, 1)
    assert world.run() == set()


def test_a_count_that_others_change_meanwhile_is_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = world.accounts.organizations[ORGANIZATION]
    world.accounts.organizations[ORGANIZATION] = replace(organization, used=Limits(3, 9))
    correct = world.census.correct

    def late(household: Any) -> bool:
        monkeypatch.undo()
        world.holding()
        return correct(household)

    monkeypatch.setattr(world.census, "correct", late)
    assert world.run() == {("count", ORGANIZATION, "correct")}
    assert world.accounts.organizations[ORGANIZATION].used == Limits(1, 1)


def test_a_serving_task_that_has_gone_is_recovered(world: World) -> None:
    for name in ("inst_a1", "inst_b1"):
        world.holding(name, endpoint=Endpoint("192.0.2.1", 6379, f"task-{name}"))
    world.tasks.stopped = {"task-inst_a1"}
    assert world.run() == {("task", "inst_a1", "recover")}
    assert world.lost.lost == [("inst_a1", "task-inst_a1", Cause.TASK_LOST)]


def test_tasks_are_asked_for_a_hundred_at_a_time(world: World) -> None:
    organization = world.accounts.organizations[ORGANIZATION]
    world.accounts.organizations[ORGANIZATION] = replace(organization, limits=Limits(1000, 1000))
    for index in range(250):
        world.holding(f"inst_{index}", endpoint=Endpoint("192.0.2.1", 6379, f"task-{index}"))
    world.run()
    assert world.tasks.asked == [100, 100, 50]


def test_one_instance_is_cleared_at_once(world: World) -> None:
    world.parts.things = [thing()]
    target = Target(ORGANIZATION, STRAY, "reconcile-1")
    assert world.one(target)
    assert world.workflows.started == [("delete", target, 0)]


def test_one_that_has_left_nothing_is_left_alone(world: World) -> None:
    assert not world.one(Target(ORGANIZATION, STRAY, "reconcile-1"))
    assert world.workflows.started == []


def test_one_that_lives_in_another_organization_is_left_alone(world: World) -> None:
    world.holding()
    world.parts.things = [thing(owner="inst_a1")]
    assert not world.one(Target("org_mistaken", "inst_a1", "reconcile-1"))
    assert world.workflows.started == []


def test_one_that_runs_is_left_alone(world: World) -> None:
    world.holding()
    world.parts.things = [thing(owner="inst_a1")]
    assert not world.one(Target(ORGANIZATION, "inst_a1", "reconcile-1"))
    assert world.workflows.started == []
