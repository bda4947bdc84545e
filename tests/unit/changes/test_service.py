"""Changing an instance, and planning to."""

from dataclasses import replace
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.access.identity import Role
from swiftcache.changes.request import ChangeRequest, Expiry
from swiftcache.changes.service import ChangeService
from swiftcache.instances.allowed_networks import AllowedNetworks, OwnGroup
from swiftcache.instances.change import ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    AllowedCidrsNotPossible,
    IllegalTransition,
    InvalidRequest,
    LimitExceeded,
    MemoryInUse,
    NotAllowed,
    NotFound,
    RedisUnreachable,
)
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FIGURES, FakeInspector
from tests.fakes.networks import FakeNetworkTrigger
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, OFFERS, ORGANIZATION, a_caller, an_account, an_entry, an_instance

OWNER = a_caller()
IN_PLACE = ChangeRequest(max_memory=600 * MIB)
REPLACE = ChangeRequest(max_memory=2048 * MIB)
LESS = ChangeRequest(max_memory=400 * MIB)


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.configure_trigger = FakeConfigureTrigger()
        self.network_trigger = FakeNetworkTrigger()
        self.inspector = FakeInspector({"inst_a1": replace(FIGURES, used_memory=450 * MIB)})
        self.changes = ChangeService(
            self.instances,
            FakeConfigurationStore(self.instances),
            self.configure_trigger,
            self.network_trigger,
            self.inspector,
            OFFERS,
            lambda: NOW,
        )
        self.instances.create(an_instance(status=Status.RUNNING), an_entry())

    def found(self) -> Instance:
        found = self.instances.get(ORGANIZATION, "inst_a1")
        assert found is not None
        return found


@pytest.fixture
def world() -> World:
    return World()


def test_a_change_in_place_is_stored_and_configured(world: World) -> None:
    changed = world.changes.change(OWNER, "inst_a1", IN_PLACE)
    assert changed == world.found()
    assert (changed.max_memory, changed.status) == (600 * MIB, Status.RUNNING)
    assert world.configure_trigger.asked == [(ORGANIZATION, "inst_a1")]


def test_a_change_in_place_counts_against_the_limit_at_once(world: World) -> None:
    world.changes.change(OWNER, "inst_a1", IN_PLACE)
    assert world.accounts.organizations[ORGANIZATION].used.memory == 600 * MIB


def test_a_replacement_is_only_begun(world: World) -> None:
    begun = world.changes.change(OWNER, "inst_a1", REPLACE)
    assert begun.max_memory == 512 * MIB
    assert begun.change is not None
    assert (begun.change.kind, begun.change.status) == (ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS)
    assert world.configure_trigger.asked == []


def test_what_redis_does_not_need_to_know_asks_for_no_configuration(world: World) -> None:
    changed = world.changes.change(OWNER, "inst_a1", ChangeRequest(name="other", deletion_protection=True))
    assert (changed.name, changed.deletion_protection, changed.revision) == ("other", True, 1)
    assert world.configure_trigger.asked == []


def test_what_is_already_so_writes_nothing(world: World) -> None:
    world.changes.change(OWNER, "inst_a1", ChangeRequest(name="my-redis"))
    assert [entry.action for entry in world.accounts.audit if entry.action is Action.INSTANCE_CHANGED] == []


def test_the_audit_log_tells_what_was_and_what_is(world: World) -> None:
    begun = world.changes.change(OWNER, "inst_a1", replace(REPLACE, name="other"))
    assert begun.change is not None
    assert world.accounts.audit[-1].action is Action.INSTANCE_CHANGED
    assert world.accounts.audit[-1].details == {
        "nameFrom": "my-redis",
        "nameTo": "other",
        "maxMemoryFrom": 512 * MIB,
        "maxMemoryTo": 2048 * MIB,
        "changeId": begun.change.id,
    }


def test_a_change_is_made_as_a_whole_or_not_at_all(world: World) -> None:
    world.accounts.use(ORGANIZATION, 0, 9 * 1024 * MIB)
    with pytest.raises(LimitExceeded):
        world.changes.change(OWNER, "inst_a1", replace(REPLACE, name="other"))
    assert world.found() == an_instance(status=Status.RUNNING)


def test_who_may_not_changes_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.changes.change(
            a_caller(role=Role.DEVELOPER),
            "inst_a1",
            ChangeRequest(name="other", expiry=Expiry("2026-01-03T00:00:00Z")),
        )
    assert world.found() == an_instance(status=Status.RUNNING)


def test_less_memory_than_is_in_use_is_refused(world: World) -> None:
    with pytest.raises(MemoryInUse):
        world.changes.change(OWNER, "inst_a1", LESS)
    assert world.found() == an_instance(status=Status.RUNNING)


def test_less_memory_than_is_in_use_is_accepted_from_who_lets_go_of_the_rest(world: World) -> None:
    assert world.changes.change(OWNER, "inst_a1", replace(LESS, allow_eviction=True)).max_memory == 400 * MIB


def test_nobody_looks_into_redis_where_it_does_not_matter(world: World) -> None:
    world.inspector.figures.clear()
    world.changes.change(OWNER, "inst_a1", replace(IN_PLACE, name="other"))


def test_less_memory_needs_a_look(world: World) -> None:
    world.inspector.figures.clear()
    with pytest.raises(RedisUnreachable):
        world.changes.change(OWNER, "inst_a1", LESS)


def test_anothers_instance_does_not_exist(world: World) -> None:
    for attempt in (world.changes.change, world.changes.plan):
        for caller, instance_id in ((a_caller(organization_id="org_2"), "inst_a1"), (OWNER, "inst_A")):
            with pytest.raises(NotFound):
                attempt(caller, instance_id, IN_PLACE)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (ChangeRequest(name="other"), None),
        (ChangeRequest(eviction_policy=EvictionPolicy.NOEVICTION), ChangeKind.IN_PLACE),
        (IN_PLACE, ChangeKind.IN_PLACE),
        (REPLACE, ChangeKind.REPLACE),
    ],
)
def test_a_plan_says_how_and_changes_nothing(world: World, request_: ChangeRequest, kind: ChangeKind | None) -> None:
    plan = world.changes.plan(OWNER, "inst_a1", request_)
    assert (plan.kind, plan.obstacles) == (kind, ())
    assert plan.used_memory == (450 * MIB if kind else None)
    assert world.found() == an_instance(status=Status.RUNNING)
    assert world.configure_trigger.asked == []


def test_a_plan_says_all_that_is_in_the_way(world: World) -> None:
    request = replace(LESS, expiry=Expiry("2026-01-03T00:00:00Z"))
    plan = world.changes.plan(a_caller(role=Role.DEVELOPER), "inst_a1", request)
    assert [obstacle.code for obstacle in plan.obstacles] == ["ROLE_TOO_LOW", "MEMORY_IN_USE"]


def test_a_plan_for_less_says_if_nobody_knows_what_is_in_use(world: World) -> None:
    world.inspector.figures.clear()
    plan = world.changes.plan(OWNER, "inst_a1", LESS)
    assert (plan.used_memory, [obstacle.code for obstacle in plan.obstacles]) == (None, ["REDIS_UNREACHABLE"])
    assert world.changes.plan(OWNER, "inst_a1", IN_PLACE).obstacles == ()


def test_settings_are_told_in_the_audit_log_by_their_names(world: World) -> None:
    world.changes.change(OWNER, "inst_a1", ChangeRequest(settings={"timeout": 300, "notify-keyspace-events": "KEA"}))
    entry = world.accounts.audit[-1]
    assert entry.details == {
        "notifyKeyspaceEventsFrom": "",
        "notifyKeyspaceEventsTo": "AKE",
        "settingsFrom": "timeout=600",
        "settingsTo": "timeout=300",
        "changeId": entry.details["changeId"],
    }


def test_settings_of_a_change_that_needs_another_task_are_the_instances_once_it_has_taken_over(world: World) -> None:
    changed = world.changes.change(OWNER, "inst_a1", replace(REPLACE, settings={"timeout": 300}))
    assert changed.settings.values["timeout"] == 600
    assert changed.change is not None
    assert changed.change.settings is not None
    assert changed.change.settings.values["timeout"] == 300


LIMITED = {"allowed_networks": AllowedNetworks(("10.1.0.0/16",), 3), "own_group": OwnGroup("sg-1", 3)}
NETWORKS = ChangeRequest(allowed_cidrs=("10.2.0.0/16", "10.3.0.0/16"))


def limited(world: World, **different: Any) -> None:
    world.instances.stored[ORGANIZATION, "inst_a1"] = replace(world.found(), **{**LIMITED, **different})


def test_other_networks_are_stored_and_let_in_at_once_without_a_look_into_redis(world: World) -> None:
    limited(world)
    changed = world.changes.change(OWNER, "inst_a1", NETWORKS)
    assert changed.allowed_networks == AllowedNetworks(("10.2.0.0/16", "10.3.0.0/16"), 4)
    assert not changed.networks_in_force
    assert world.network_trigger.asked == [(ORGANIZATION, "inst_a1")]
    assert world.configure_trigger.asked == []
    assert world.accounts.audit[-1].details == {
        "allowedCidrsFrom": "10.1.0.0/16",
        "allowedCidrsTo": "10.2.0.0/16 10.3.0.0/16",
    }


def test_a_change_of_networks_is_planned_as_one_in_place(world: World) -> None:
    limited(world)
    plan = world.changes.plan(OWNER, "inst_a1", NETWORKS)
    assert (plan.kind, plan.obstacles) == (ChangeKind.IN_PLACE, ())
    same = world.changes.plan(OWNER, "inst_a1", ChangeRequest(allowed_cidrs=("10.1.0.0/16",)))
    assert same.kind is None
    assert world.network_trigger.asked == []


def test_an_instance_that_was_made_without_networks_gets_none_and_its_plan_says_why(world: World) -> None:
    before = world.found()
    with pytest.raises(AllowedCidrsNotPossible, match="made without allowedCidrs"):
        world.changes.change(OWNER, "inst_a1", NETWORKS)
    assert world.found() == before
    [obstacle] = world.changes.plan(OWNER, "inst_a1", NETWORKS).obstacles
    assert obstacle.code == "ALLOWED_CIDRS_NOT_POSSIBLE"


def test_networks_of_an_instance_that_does_not_run_cannot_be_changed(world: World) -> None:
    limited(world, status=Status.PROVISIONING)
    with pytest.raises(IllegalTransition, match="allowedCidrs of a RUNNING instance"):
        world.changes.change(OWNER, "inst_a1", NETWORKS)


def test_what_is_no_network_changes_nothing(world: World) -> None:
    limited(world)
    before = world.found()
    with pytest.raises(InvalidRequest):
        world.changes.change(OWNER, "inst_a1", ChangeRequest(name="other", allowed_cidrs=("10.1.0.1/16",)))
    assert world.found() == before
