"""A pass of the reconciler as a whole: how much it may do, how it goes on, counts, tasks, and one instance at once."""

from dataclasses import replace
from typing import Any

import pytest

from swiftcache.fleet.orphans import LIMIT, MOST_KEPT, ResourceKind
from swiftcache.fleet.removal import NOBODY
from swiftcache.instances.model import Endpoint
from swiftcache.instances.ports import Target
from swiftcache.instances.recovery_state import Cause
from swiftcache.organizations.model import Limits
from swiftcache.platform.errors import DependencyUnavailable, RecordChanged
from swiftcache.pool.model import POOL
from tests.samples import ORGANIZATION
from tests.unit.fleet.reconcile_world import ORPHAN, World, resource


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("number", "limit", "removed"),
    [(LIMIT, None, LIMIT), (LIMIT + 1, None, 0), (LIMIT + 1, LIMIT + 1, LIMIT + 1), (2, 1, 0), (1, 0, 0)],
)
def test_more_than_the_limit_at_once_is_refused(world: World, number: int, limit: int | None, removed: int) -> None:
    world.parts.resources = [resource(owner=f"inst_{index}") for index in range(number)]
    world.run()
    found = {action for _, _, action in world.later().run(limit=limit)}
    assert found == {"deprovision" if removed else "refuse"}
    assert len(world.workflows.started) == removed


def test_a_record_without_any_organization_is_no_record(world: World) -> None:
    world.parts.resources = [resource()]
    world.run()
    world.accounts.organizations.clear()
    assert world.later().run() == {("task", ORPHAN, "refuse")}


def test_young_orphans_do_not_count_for_the_limit(world: World) -> None:
    world.parts.resources = [resource()]
    world.run()
    world.later().parts.resources += [resource(owner=f"inst_{index}") for index in range(LIMIT)]
    assert ("task", ORPHAN, "deprovision") in world.run()


def test_ones_trouble_is_nobody_elses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.parts.resources = [resource(owner=f"inst_{letter}") for letter in "abc"]
    world.run()
    delete = world.workflows.delete

    def troubled(target: Target, attempt: int, _: str | None) -> None:
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
    world.parts.resources = [resource()]
    wanted = {("task", ORPHAN, "wait"), ("count", ORGANIZATION, "correct")}
    assert (world.run(dry_run=True), world.checkpoints.stores) == (wanted, 0)
    world.run()
    stores = world.checkpoints.stores
    assert world.later().run(dry_run=True) == {("task", ORPHAN, "deprovision")}
    assert (world.checkpoints.stores, world.workflows.started) == (stores, [])


def test_what_is_remembered_has_a_bound(world: World) -> None:
    world.parts.resources = [resource(owner=f"inst_{index}") for index in range(MOST_KEPT + 10)]
    world.parts.size = 100
    world.run()
    assert len(world.checkpoints.stored.before.resources) == MOST_KEPT


def test_a_pass_out_of_time_goes_on_at_its_page(world: World) -> None:
    world.parts.resources = [resource(owner=f"inst_{index}") for index in range(3)]
    world.others.resources = [resource(ResourceKind.EXECUTION)]
    reports = [world.report(lambda: True) for _ in range(4)]
    assert [report.complete for report in reports] == [False, False, False, True]
    assert (world.parts.pages, world.others.pages) == (2, 1)
    assert len({finding.owner for finding in reports[-1].findings}) == 4


def test_a_pass_that_another_release_has_begun_begins_anew(world: World) -> None:
    world.parts.resources = [resource(owner=f"inst_{index}") for index in range(3)]
    assert not world.report(lambda: True).complete
    kept = world.checkpoints.stored
    assert (kept.stage, kept.token is None, world.parts.pages) == (0, False, 1)
    world.checkpoints.stored = replace(kept, stage=1, stages=kept.stages - 1)
    assert world.report().complete
    assert (world.parts.pages, world.others.pages) == (3, 1)


def test_a_pass_that_another_has_overtaken_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.parts.resources = [resource()]
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
        before = (len(world.record_index.looks), world.parts.pages, world.others.pages, world.item_scan.pages)
        world.run()
        after = (len(world.record_index.looks), world.parts.pages, world.others.pages, world.item_scan.pages)
        return tuple(b - a for a, b in zip(before, after, strict=True))

    world.holding()
    world.parts.resources = [resource(owner="inst_a1")] * 20
    calm = looks()
    world.parts.resources = [resource(owner=f"inst_{index}") for index in range(20)]
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
    correct = world.record_index.correct

    def late(snapshot: Any) -> bool:
        monkeypatch.undo()
        world.holding()
        return correct(snapshot)

    monkeypatch.setattr(world.record_index, "correct", late)
    assert world.run() == {("count", ORGANIZATION, "correct")}
    assert world.accounts.organizations[ORGANIZATION].used == Limits(1, 1)


def test_a_serving_task_that_has_gone_is_recovered(world: World) -> None:
    for name in ("inst_a1", "inst_b1"):
        world.holding(name, endpoint=Endpoint("192.0.2.1", 6379, f"task-{name}"))
    world.tasks.stopped = {"task-inst_a1"}
    assert world.run() == {("task", "inst_a1", "recover")}
    assert world.recovery_starter.lost == [("inst_a1", "task-inst_a1", Cause.TASK_LOST)]


def test_tasks_are_asked_for_a_hundred_at_a_time(world: World) -> None:
    organization = world.accounts.organizations[ORGANIZATION]
    world.accounts.organizations[ORGANIZATION] = replace(organization, limits=Limits(1000, 1000))
    for index in range(250):
        world.holding(f"inst_{index}", endpoint=Endpoint("192.0.2.1", 6379, f"task-{index}"))
    world.run()
    assert world.tasks.asked == [100, 100, 50]


def test_one_instance_is_cleared_at_once(world: World) -> None:
    world.parts.resources = [resource()]
    target = Target(ORGANIZATION, ORPHAN, "reconcile-1")
    assert world.one.run(target)
    assert world.workflows.started == [("delete", target, 0)]


def test_an_instance_that_has_left_nothing_is_left_alone(world: World) -> None:
    assert not world.one.run(Target(ORGANIZATION, ORPHAN, "reconcile-1"))
    assert world.workflows.started == []


def test_an_instance_that_lives_in_another_organization_is_left_alone(world: World) -> None:
    world.holding()
    world.parts.resources = [resource(owner="inst_a1")]
    assert not world.one.run(Target("org_mistaken", "inst_a1", "reconcile-1"))
    assert world.workflows.started == []


def test_an_instance_that_runs_is_left_alone(world: World) -> None:
    world.holding()
    world.parts.resources = [resource(owner="inst_a1")]
    assert not world.one.run(Target(ORGANIZATION, "inst_a1", "reconcile-1"))
    assert world.workflows.started == []


def test_a_member_that_is_not_in_the_pool_any_more_is_left_to_a_pass(world: World) -> None:
    """An owner has taken it over, and the index of all instances does not have that yet."""
    world.parts.resources = [resource(ResourceKind.SECRET, ORPHAN)]
    assert not world.one.run(Target(POOL, ORPHAN, "reconcile-1"))
    assert world.workflows.started == []
