"""Replacing a task by an equal one: asked for by an owner, or decided by the service."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from swiftcache.access.audit import Action, AuditEntry
from swiftcache.access.identity import Actor
from swiftcache.changes.ports import Replacements
from swiftcache.changes.replacement import ReplacementService
from swiftcache.instances.capacity import Capacity, capacity_after, capacity_in_force
from swiftcache.instances.change import Change, ChangeKind, ChangeReason, ChangeStatus, Decision
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.silence import Silence
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.errors import NotFound, RecordChanged, SwiftCacheError
from tests.fakes.configuration import FakeConfigurationStore
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import AT, NOW, ORGANIZATION, a_caller, an_account, an_entry, an_instance

IN_PLACE = Change(
    "chg_1", ChangeKind.IN_PLACE, ChangeStatus.IN_PROGRESS, 600 * MIB, EvictionPolicy.NOEVICTION, AT, "request-0"
)


class World:
    def __init__(self, **different: Any) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.store = FakeConfigurationStore(self.instances)
        self.replacements = ReplacementService(self.instances, self.store, lambda: NOW)
        self.instances.create(an_instance(**{"status": Status.RUNNING, **different}), an_entry())

    def ask(self) -> Instance:
        return self.replacements.replace_task(a_caller(request_id="request-2"), "inst_a1")

    def begin(self, reason: ChangeReason = ChangeReason.IMAGE, request_id: str = "request-3") -> Instance:
        return self.replacements.begin(ORGANIZATION, "inst_a1", reason, request_id)

    @property
    def change(self) -> Change:
        change = self.instances.stored[ORGANIZATION, "inst_a1"].change
        assert change
        return change

    @property
    def told(self) -> list[AuditEntry]:
        return [entry for entry in self.accounts.audit if entry.action is Action.INSTANCE_REPLACING]

    def end(self) -> None:
        """What is under way, as a workflow ends it."""
        instance = self.instances.stored[ORGANIZATION, "inst_a1"]
        ended = replace(self.change, status=ChangeStatus.SUCCEEDED)
        self.instances.stored[ORGANIZATION, "inst_a1"] = replace(instance, change=ended)


@pytest.fixture
def world() -> World:
    return World()


def test_the_service_is_what_the_port_asks_for() -> None:
    port: Replacements = World().replacements
    assert port


def test_a_replacement_leads_to_what_is_there(world: World) -> None:
    before = world.instances.stored[ORGANIZATION, "inst_a1"]
    begun = world.ask()
    assert begun == replace(before, change=world.change)
    assert (world.change.kind, world.change.status, world.change.reason) == (
        ChangeKind.REPLACE,
        ChangeStatus.IN_PROGRESS,
        ChangeReason.OWNER,
    )
    assert capacity_after(begun, world.change) == Capacity(before.max_memory, before.eviction_policy, before.settings)


@pytest.mark.parametrize("decision", [None, *Decision])
def test_while_a_task_is_replaced_its_capacity_stays(world: World, decision: Decision | None) -> None:
    begun = world.ask()
    found = replace(begun, change=replace(world.change, decision=decision))
    assert capacity_in_force(found) == Capacity(begun.max_memory, begun.eviction_policy, begun.settings)


def test_a_replacement_takes_nothing_of_the_organizations_limits(world: World) -> None:
    before = world.accounts.organizations[ORGANIZATION].used
    world.ask()
    assert world.accounts.organizations[ORGANIZATION].used == before


def test_the_owner_is_told_who_asked_and_why(world: World) -> None:
    world.ask()
    [entry] = world.told
    assert (entry.actor_role, entry.actor_key_id, entry.request_id) == ("owner", "key_owner", "request-2")
    assert entry.details == {"changeId": world.change.id, "reason": "OWNER"}


@pytest.mark.parametrize("reason", ChangeReason)
def test_the_service_begins_one_by_itself_and_says_why(world: World, reason: ChangeReason) -> None:
    begun = world.begin(reason)
    assert (world.change.reason, world.change.request_id, begun.change) == (reason, "request-3", world.change)
    [entry] = world.told
    assert (entry.actor_role, entry.actor_key_id, entry.details["reason"]) == ("replacement", None, reason.value)


def test_what_the_service_began_is_not_begun_again_by_the_same_request(world: World) -> None:
    first = world.begin()
    assert world.begin() == first
    world.end()
    assert world.begin().change == world.change
    assert len(world.told) == 1


def test_another_reason_or_another_request_is_another_replacement(world: World) -> None:
    world.begin()
    for other in (lambda: world.begin(ChangeReason.CERTIFICATE), lambda: world.begin(request_id="request-4")):
        assert code_of(other) == "CHANGE_IN_PROGRESS"
    world.end()
    first = world.change.id
    world.begin(request_id="request-4")
    assert world.change.id != first


def test_what_is_not_there_is_not_replaced(world: World) -> None:
    with pytest.raises(NotFound):
        world.replacements.begin(ORGANIZATION, "inst_none", ChangeReason.IMAGE, "request-3")
    with pytest.raises(NotFound):
        world.replacements.replace_task(a_caller(organization_id="org_other"), "inst_a1")


def code_of(what: Callable[[], object]) -> str:
    with pytest.raises(SwiftCacheError) as refused:
        what()
    return refused.value.code


@pytest.mark.parametrize(
    ("different", "code"),
    [
        *(({"status": status}, "STATUS_CONFLICT") for status in Status if status is not Status.RUNNING),
        ({"change": IN_PLACE}, "CHANGE_IN_PROGRESS"),
        ({"change": replace(IN_PLACE, kind=ChangeKind.REPLACE)}, "CHANGE_IN_PROGRESS"),
        ({"recovery": Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.TASK_LOST, AT)}, "RECOVERY_IN_PROGRESS"),
        (
            {"final_backup": FinalBackup(FinalBackupMode.REQUIRED, AT, "request-0", Actor("owner", None, None))},
            "FINAL_BACKUP_IN_PROGRESS",
        ),
    ],
)
def test_what_keeps_a_resize_waiting_keeps_a_replacement_waiting(different: dict[str, Any], code: str) -> None:
    world = World(**different)
    assert (code_of(world.ask), code_of(world.begin), world.told) == (code, code, [])


def test_a_task_that_does_not_answer_is_left_to_its_recovery() -> None:
    silent = World(endpoint=Endpoint("203.0.113.10", 6379, "task-1"), silence=Silence("task-1", AT))
    assert (code_of(silent.ask), code_of(silent.begin), silent.told) == ("REDIS_UNREACHABLE", "REDIS_UNREACHABLE", [])
    another = World(endpoint=Endpoint("203.0.113.11", 6379, "task-2"), silence=Silence("task-1", AT))
    assert another.ask().change


def test_a_record_that_was_changed_at_the_same_moment_is_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one renamed it."""
    store = world.store.store
    refused: list[Instance] = []

    def once(before: Instance, after: Instance, audit: AuditEntry) -> None:
        if not refused:
            refused.append(before)
            world.instances.stored[ORGANIZATION, "inst_a1"] = replace(before, name="renamed")
            raise RecordChanged("renamed")
        store(before, after, audit)

    monkeypatch.setattr(world.store, "store", once)
    assert world.ask().name == "renamed"
    assert len(world.told) == 1
