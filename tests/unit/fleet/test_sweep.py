"""What is due by itself. Time passes only while somebody waits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.access.identity import Actor
from swiftcache.configuration.model import new_run
from swiftcache.fleet.sweep import OUTDATED, Sweep
from swiftcache.instances.final_backup import OVERDUE, FinalBackup, FinalBackupMode
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Target
from swiftcache.instances.status import Status
from swiftcache.platform.timestamps import timestamp
from tests.fakes.configuration import FakeConfigureTrigger, FakeDue
from tests.fakes.final import FakeSettler
from tests.fakes.instances import FakeInstances
from tests.fakes.networks import FakeNetworkTrigger
from tests.fakes.organizations import FakeAccounts
from tests.fakes.provisioning import FakeWorkflows
from tests.samples import NOW, ORGANIZATION, an_account, an_entry, an_instance


class World:
    def __init__(self) -> None:
        self.time = NOW
        self.waiting: Callable[[], None] = lambda: None
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.workflows = FakeWorkflows()
        self.configure_trigger = FakeConfigureTrigger()
        self.network_trigger = FakeNetworkTrigger()
        self.settler = FakeSettler()
        self.sweep = Sweep(
            FakeDue(self.instances),
            self.instances,
            self.workflows,
            self.configure_trigger,
            self.network_trigger,
            self.settler,
            lambda: self.time,
            self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.waiting()
        self.time += timedelta(seconds=seconds)

    def holding(self, name: str, expires_in: float | None = None, **different: Any) -> None:
        expires_at = None if expires_in is None else timestamp(NOW + timedelta(seconds=expires_in))
        instance = an_instance(
            id=name,
            max_memory=1,
            **{"status": Status.RUNNING, "applied_revision": 1, "expires_at": expires_at} | different,
        )
        self.instances.create(instance, an_entry())

    def found(self, name: str) -> Instance:
        found = self.instances.get(ORGANIZATION, name)
        assert found is not None
        return found

    def run(self, seconds: float = 100) -> list[tuple[str, str, bool]]:
        """One pass: whose turn it was, for what, and whether it worked."""
        swept = self.sweep.run("sweep-1", self.time + timedelta(seconds=seconds))
        return [(turn.instance_id, turn.work.value, turn.error is None) for turn in swept]

    def deleting(self) -> list[str]:
        return sorted(found.id for found in self.instances.stored.values() if found.status is Status.DELETING)


@pytest.fixture
def world() -> World:
    return World()


def test_each_instance_expires_at_its_time_and_not_before(world: World) -> None:
    world.holding("inst_late", 50)
    world.holding("inst_soon", 10)
    world.holding("inst_over", -300)
    world.run()
    at = {found.id: found.changed_at for found in world.instances.stored.values()}
    assert at == {
        "inst_over": timestamp(NOW),
        "inst_soon": timestamp(NOW + timedelta(seconds=10)),
        "inst_late": timestamp(NOW + timedelta(seconds=50)),
    }
    assert world.deleting() == ["inst_late", "inst_over", "inst_soon"]


def test_what_is_due_later_is_left_to_the_next_pass(world: World) -> None:
    world.holding("inst_later", 61)
    world.holding("inst_never")
    assert world.run() == []
    world.time += timedelta(seconds=60)
    assert world.run() == [("inst_later", "expired", True)]


def test_an_expiry_goes_the_ordinary_way_of_a_deletion(world: World) -> None:
    world.holding("inst_a1", -1)
    world.run()
    assert world.workflows.started == [("delete", Target(ORGANIZATION, "inst_a1", "sweep-1"), 0)]
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.actor_role, entry.actor_key_id, entry.target_id) == (
        Action.INSTANCE_DELETION_REQUESTED,
        "expiry",
        None,
        "inst_a1",
    )


@pytest.mark.parametrize("expires_at", [None, "2026-02-01T00:00:00.000Z"])
def test_a_change_while_the_sweep_waits_wins(world: World, expires_at: str | None) -> None:
    world.holding("inst_a1", 10)

    def change() -> None:
        world.instances.stored[ORGANIZATION, "inst_a1"] = replace(world.found("inst_a1"), expires_at=expires_at)

    world.waiting = change
    assert world.run() == []
    assert world.found("inst_a1").status is Status.RUNNING


def test_an_instance_that_is_deleted_while_the_sweep_waits_is_left_alone(world: World) -> None:
    world.holding("inst_a1", 10)
    world.waiting = lambda: world.instances.force_deleting(ORGANIZATION, "inst_a1", an_entry(request_id="request-2"))
    assert world.run() == []
    assert world.found("inst_a1").request_id == "request-2"


def test_ones_trouble_is_nobody_elses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("inst_a1", "inst_b1", "inst_c1"):
        world.holding(name, -1)
    mark = world.instances.mark_expired

    def troubled(organization_id: str, instance_id: str, *others: Any) -> None:
        if instance_id == "inst_b1":
            raise RuntimeError
        mark(organization_id, instance_id, *others)

    monkeypatch.setattr(world.instances, "mark_expired", troubled)
    assert world.run() == [("inst_a1", "expired", True), ("inst_b1", "expired", False), ("inst_c1", "expired", True)]
    monkeypatch.undo()
    assert world.run() == [("inst_b1", "expired", True)]


def test_a_workflow_that_cannot_start_is_left_to_the_stream(world: World) -> None:
    world.holding("inst_a1", -1)
    world.workflows.available = False
    assert world.run() == [("inst_a1", "expired", True)]


def test_a_pass_begins_nothing_after_its_end(world: World) -> None:
    world.holding("inst_a1", 5)
    world.holding("inst_b1", 20)
    assert world.run(seconds=10) == [("inst_a1", "expired", True)]
    assert world.run() == [("inst_b1", "expired", True)]


def test_a_pass_that_takes_too_long_leaves_the_rest_to_the_next(world: World) -> None:
    world.holding("inst_a1", 5)
    world.holding("inst_b1", 6)
    world.waiting = lambda: setattr(world, "time", world.time + timedelta(minutes=5))
    assert world.run() == []
    assert world.run() == [("inst_a1", "expired", True), ("inst_b1", "expired", True)]


def test_what_a_redis_was_not_configured_with_is_tried_again(world: World) -> None:
    world.holding("inst_behind", revision=2)
    world.holding("inst_dead", configuration_runs=frozenset({new_run(NOW - timedelta(minutes=1))}))
    world.holding("inst_alive", configuration_runs=frozenset({new_run(NOW)}))
    assert world.run() == [("inst_behind", "configured", True), ("inst_dead", "configured", True)]
    assert world.configure_trigger.asked == [(ORGANIZATION, "inst_behind"), (ORGANIZATION, "inst_dead")]


def test_a_new_edition_of_what_keys_may_do_comes_to_a_part_of_the_fleet_with_each_pass(world: World) -> None:
    world.holding("inst_behind", revision=2, key_rules=1)
    before = {f"inst_{number}": an_instance(id=f"inst_{number}") for number in range(OUTDATED + 20)}
    for name, instance in before.items():
        outdated = replace(instance, status=Status.RUNNING, applied_revision=1, key_rules=1)
        world.instances.stored[ORGANIZATION, name] = outdated
    asked = [name for name, work, done in world.run() if (work, done) == ("configured", True)]
    assert asked[0] == "inst_behind"
    assert len(set(asked)) == len(asked) == 1 + OUTDATED


def test_a_configuration_that_fails_does_not_keep_others_from_expiring(world: World) -> None:
    world.holding("inst_behind", revision=2)
    world.holding("inst_over", -1)
    world.configure_trigger.available = False
    assert world.run() == [("inst_behind", "configured", False), ("inst_over", "expired", True)]


def waiting(since: datetime) -> FinalBackup:
    actor = Actor("owner", "key_1", "mem_1")
    return FinalBackup(FinalBackupMode.REQUIRED, timestamp(since), "request-2", actor, "bkp_a1")


def test_a_deletion_that_waits_in_vain_for_its_backup_is_settled(world: World) -> None:
    world.holding("inst_vain", final_backup=waiting(NOW - OVERDUE))
    world.holding("inst_soon", final_backup=waiting(NOW - OVERDUE + timedelta(seconds=30)))
    world.holding("inst_b1", -1)
    assert ("inst_vain", "settled", True) in world.run()
    assert world.settler.settled == ["inst_vain"]
    assert world.deleting() == ["inst_b1"]


def test_one_that_cannot_be_settled_keeps_nobody_else_waiting(world: World) -> None:
    world.settler.available = False
    world.holding("inst_vain", final_backup=waiting(NOW - OVERDUE))
    world.holding("inst_b1", -1)
    assert ("inst_vain", "settled", False) in world.run()
    assert world.deleting() == ["inst_b1"]
