"""What a resize decides; that no write is lost is shown with real servers in tests/integration/redis."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from swiftcache.access.audit import Action
from swiftcache.changes.ports import Replacement
from swiftcache.changes.replication_ports import Access, Pair
from swiftcache.changes.resize import Abandoned, Resizer
from swiftcache.changes.step_input import resize_plan_output
from swiftcache.engines.model import EngineName
from swiftcache.fleet.repair import EndedExecution, repair
from swiftcache.instances.capacity import Capacity, capacity_in_force
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.change import Change, ChangeKind, ChangeReason, ChangeStatus, Decision
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.failure import explain_replacement, explain_resize
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.pending_maintenance import PendingMaintenance
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.sizes import MIB, TaskSize
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    DependencyUnavailable,
    ImageTooOld,
    InstanceSuperseded,
    RedisUnreachable,
    ServingTaskGone,
    StandbyBehind,
)
from swiftcache.redis.acl import acl_file
from swiftcache.redis.shared_definition import SharedDefinition, packed
from swiftcache.stream.service import start_resize
from tests.fakes.changes import FakeChanges
from tests.fakes.configuration import FakeConfigurationStore
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeObservedTasks
from tests.fakes.organizations import FakeAccounts
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.redis import FakeCredentials
from tests.samples import AT, NOW, OFFERS, ORGANIZATION, an_account, an_entry, an_instance

OLD, NEW = Endpoint("203.0.113.10", 6379), Endpoint("203.0.113.11", 6379)
LARGER = Change(
    "chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 1024 * MIB, EvictionPolicy.ALLKEYS_LRU, AT, "request-2"
)
SMALLER = replace(LARGER, max_memory=128 * MIB, eviction_policy=EvictionPolicy.VOLATILE_TTL)
EQUAL = replace(LARGER, max_memory=512 * MIB, reason=ChangeReason.IMAGE)
FIRST_ERROR = FirstError("TaskStopped", "DescribeNewTask")


@dataclass
class FakeReplication:
    """`done` is what was asked of the two Redis. `behind` lets holding fail, `down` everything."""

    done: list[str] = field(default_factory=list)
    behind: bool = False
    down: bool = False

    def make_room(self, serving: Endpoint, access: Access, capacity: Capacity) -> None:
        self._note(f"make_room {capacity.max_memory // MIB}")

    def follow(self, pair: Pair, source: Endpoint) -> None:
        self._note("follow")

    def is_close(self, pair: Pair) -> bool:
        self._note("is_close")
        return not self.behind

    def version(self, serving: Endpoint, access: Access) -> str:
        if self.down:
            raise RedisUnreachable("it does not answer")
        return "7.2.16"

    def hold(self, pair: Pair) -> None:
        self._note(f"hold {pair.serving.address}")
        if self.behind:
            raise StandbyBehind("it is behind")

    def hand_over(self, pair: Pair, users: Mapping[str, str]) -> None:
        self._note(f"hand_over {pair.serving.address} {pair.standby.address}")

    def resume(self, serving: Endpoint, access: Access, capacity: Capacity) -> None:
        self._note(f"resume {serving.address} {capacity.max_memory // MIB}")

    def _note(self, what: str) -> None:
        if self.down:
            raise DependencyUnavailable("no answer")
        self.done.append(what)


@dataclass
class World:
    replication: FakeReplication = field(default_factory=FakeReplication)

    def __post_init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.changes = FakeChanges(self.instances)
        running = an_instance(status=Status.RUNNING, hostname="a1.redis.example.com", port=6379, endpoint=OLD)
        self.instances.create(running, an_entry())
        self.credentials = FakeCredentials({"inst_a1": ("", "password")})
        observed = FakeObservedTasks(self.instances)
        self.resizer = Resizer(
            self.instances, self.changes, self.credentials, self.replication, observed, OFFERS, lambda: NOW
        )

    @property
    def instance(self) -> Instance:
        return self.instances.stored[ORGANIZATION, "inst_a1"]

    @property
    def change(self) -> Change:
        assert self.instance.change
        return self.instance.change

    def begin(self, change: Change) -> Replacement:
        FakeConfigurationStore(self.instances).store(self.instance, replace(self.instance, change=change), an_entry())
        return Replacement(ORGANIZATION, "inst_a1", change.id, "request-2")

    def ready(self, change: Change = LARGER) -> Replacement:
        this = self.begin(change)
        self.resizer.start_replication(this, NEW, OLD)
        return this


@pytest.fixture
def world() -> World:
    return World()


def test_the_plan_notes_its_attempt(world: World) -> None:
    this = replace(world.begin(LARGER), attempt=2)
    plan = world.resizer.plan(this)
    assert (plan.size, plan.serving, world.change.attempt) == (TaskSize(256, 2048), OLD, 2)


def test_a_larger_task_needs_no_room_made(world: World) -> None:
    world.ready(LARGER)
    assert world.replication.done == ["follow"]


def test_a_smaller_task_gets_what_fits(world: World) -> None:
    world.ready(SMALLER)
    assert world.replication.done == ["make_room 128", "follow"]


def test_the_switch_over_holds_commits_and_hands_over(world: World) -> None:
    this = world.ready()
    assert world.resizer.switch_over(this) == NEW
    assert world.replication.done[1:] == ["hold 203.0.113.10", "hand_over 203.0.113.10 203.0.113.11"]
    assert (world.instance.endpoint, world.instance.standby) == (NEW, OLD)


def test_a_repeated_switch_over_holds_nothing_any_more(world: World) -> None:
    this = world.ready()
    world.resizer.switch_over(this)
    assert world.resizer.switch_over(this) == NEW
    assert world.replication.done[3:] == ["hand_over 203.0.113.10 203.0.113.11"]


def test_writes_go_on_when_the_standby_is_behind(world: World) -> None:
    this = world.ready()
    world.replication.behind = True
    with pytest.raises(StandbyBehind):
        world.resizer.switch_over(this)
    assert world.replication.done[-1] == "resume 203.0.113.10 512"
    assert (world.change.turn, world.change.decision) == (2, None)


def test_an_abandoned_resize_is_not_switched_over(world: World) -> None:
    this = world.ready()
    world.resizer.abandon(this, FIRST_ERROR)
    with pytest.raises(InstanceSuperseded, match="abandoned"):
        world.resizer.switch_over(this)


def test_the_new_task_of_a_shared_definition_is_of_the_new_size_and_is_given_the_acl(world: World) -> None:
    this = world.ready()
    world.instances.stored[ORGANIZATION, "inst_a1"] = replace(world.instance, shared_definition=True)
    shared = world.resizer.plan(this).shared
    hashes = world.credentials.control_passwords("inst_a1").hashes
    assert shared == SharedDefinition("256-2048", packed(acl_file(world.instance.keys, *hashes)))
    assert world.resizer.abandon(this, FIRST_ERROR).shared_definition


def test_abandoning_lets_writes_go_on(world: World) -> None:
    this = world.ready(SMALLER)
    assert world.resizer.abandon(this, FIRST_ERROR) == Abandoned(
        Decision.ABANDONED, OLD, "a1.redis.example.com", shared_definition=False
    )
    assert world.replication.done[-1] == "resume 203.0.113.10 512"


def test_abandoning_does_not_depend_on_redis(world: World) -> None:
    this = world.ready()
    world.replication.down = True
    assert world.resizer.abandon(this, FIRST_ERROR) == Abandoned(
        Decision.ABANDONED, OLD, "a1.redis.example.com", shared_definition=False
    )


def test_failing_is_not_final_before_writes_are_known_to_go_on(world: World) -> None:
    this = world.ready()
    world.resizer.abandon(this, FIRST_ERROR)
    world.replication.down = True
    with pytest.raises(DependencyUnavailable):
        world.resizer.finish(this)
    assert world.change.status is ChangeStatus.IN_PROGRESS


def test_what_is_committed_is_not_abandoned(world: World) -> None:
    this = world.ready()
    world.resizer.switch_over(this)
    assert world.resizer.abandon(this, FIRST_ERROR) == Abandoned(
        Decision.COMMITTED, NEW, "a1.redis.example.com", shared_definition=False
    )
    assert "resume" not in world.replication.done[-1]


@pytest.mark.parametrize("change", [LARGER, SMALLER])
def test_a_resize_takes_what_the_new_size_takes(world: World, change: Change) -> None:
    this = world.ready(change)
    world.resizer.switch_over(this)
    world.resizer.finish(this)
    world.resizer.finish(this)
    assert world.accounts.organizations[ORGANIZATION].used.memory == change.max_memory
    assert (world.instance.max_memory, world.instance.eviction_policy) == (change.max_memory, change.eviction_policy)


def test_a_resize_is_in_the_audit_log_as_the_services_own(world: World) -> None:
    this = world.ready()
    world.resizer.switch_over(this)
    world.resizer.finish(this)
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.actor_role, entry.actor_key_id) == (Action.INSTANCE_RESIZED, "resize", None)
    assert (entry.details["fromMaxMemory"], entry.details["toMaxMemory"]) == (512 * MIB, 1024 * MIB)


def test_an_equal_task_is_made_without_room_and_takes_nothing(world: World) -> None:
    this = world.ready(EQUAL)
    world.resizer.switch_over(this)
    world.resizer.finish(this)
    assert world.replication.done == ["follow", "hold 203.0.113.10", "hand_over 203.0.113.10 203.0.113.11"]
    assert world.accounts.organizations[ORGANIZATION].used.memory == 512 * MIB
    assert (world.instance.endpoint, world.instance.max_memory) == (NEW, 512 * MIB)


def test_a_replacement_is_in_the_audit_log_with_its_reason(world: World) -> None:
    this = world.ready(EQUAL)
    world.resizer.switch_over(this)
    world.resizer.finish(this)
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.actor_role, entry.actor_key_id) == (Action.INSTANCE_REPLACED, "replacement", None)
    assert entry.details == {"changeId": "chg_1", "reason": "IMAGE", "failure": None}


@pytest.mark.parametrize(
    ("reason", "by_owner", "who"),
    [(ChangeReason.OWNER, True, "Try the replacement again"), (ChangeReason.IMAGE, False, "by itself")],
)
def test_a_failed_replacement_leaves_the_old_task_and_says_who_tries_again(
    world: World, reason: ChangeReason, by_owner: bool, who: str
) -> None:
    this = world.ready(replace(EQUAL, reason=reason))
    world.resizer.abandon(this, FirstError("ResizeTimedOut", "CheckReplication"))
    world.resizer.finish(this)
    expected = explain_replacement("ResizeTimedOut", "CheckReplication", "request-2", by_owner=by_owner)
    assert (world.change.failure, world.instance.endpoint, world.instance.standby) == (expected, OLD, None)
    assert (expected.code, who in expected.message) == ("REPLACE_TIMED_OUT", True)
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.details["failure"]) == (Action.INSTANCE_REPLACE_FAILED, "REPLACE_TIMED_OUT")


def test_a_failed_resize_says_why_and_takes_what_it_took(world: World) -> None:
    this = world.ready()
    world.resizer.abandon(this, FIRST_ERROR)
    world.resizer.finish(this)
    assert world.change.failure == explain_resize("TaskStopped", "DescribeNewTask", "request-2")
    assert world.accounts.organizations[ORGANIZATION].used.memory == 512 * MIB
    assert world.accounts.audit[-1].details["failure"] == "REDIS_STOPPED"


def test_the_failure_tells_what_to_do_and_nothing_of_aws() -> None:
    failure = explain_resize("Ecs.ServerException", "StartRedisTask", "request-2")
    assert failure.code == "RESIZE_FAILED"
    assert "runs on as it was" in failure.message
    assert "Ecs" not in failure.message


@pytest.mark.parametrize(
    ("change", "capacity"),
    [
        (None, 512),
        (LARGER, 512),
        (SMALLER, 128),
        (replace(LARGER, decision=Decision.COMMITTED), 1024),
        (replace(SMALLER, decision=Decision.ABANDONED), 512),
        (replace(SMALLER, status=ChangeStatus.FAILED), 512),
    ],
)
def test_the_capacity_in_force_always_fits_both_tasks(change: Change | None, capacity: int) -> None:
    assert capacity_in_force(an_instance(change=change)).max_memory == capacity * MIB


def test_a_deletion_ends_every_step(world: World) -> None:
    this = world.ready()
    world.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry())
    for step in (
        lambda: world.resizer.plan(this),
        lambda: world.resizer.start_replication(this, NEW, OLD),
        lambda: world.resizer.is_close(this),
        lambda: world.resizer.switch_over(this),
        lambda: world.resizer.abandon(this, FIRST_ERROR),
        lambda: world.resizer.finish(this),
    ):
        with pytest.raises(InstanceSuperseded):
            step()


def test_another_change_is_not_this_one(world: World) -> None:
    this = world.ready()
    with pytest.raises(InstanceSuperseded, match="another change"):
        world.resizer.is_close(replace(this, change_id="chg_other"))


def test_an_attempt_that_ended_badly_is_followed_by_the_next(world: World) -> None:
    this = replace(world.begin(LARGER), attempt=2)
    target, workflows = Target(ORGANIZATION, "inst_a1", "request-2"), FakeWorkflows()
    repair(EndedExecution(target, FIRST_ERROR, resize=this), world.instances, workflows)
    assert workflows.started == [("resize", target, LARGER.id, 3, FIRST_ERROR)]


def test_a_change_that_has_ended_needs_no_repair(world: World) -> None:
    this = world.ready()
    world.resizer.abandon(this, FIRST_ERROR)
    world.resizer.finish(this)
    workflows = FakeWorkflows()
    repair(EndedExecution(Target(ORGANIZATION, "inst_a1", "r"), FIRST_ERROR, resize=this), world.instances, workflows)
    assert workflows.started == []


def test_a_resize_starts_with_its_first_attempt() -> None:
    workflows = FakeWorkflows()
    start_resize(Replacement(ORGANIZATION, "inst_a1", "chg_1", "request-2"), workflows)
    assert workflows.started == [("resize", Target(ORGANIZATION, "inst_a1", "request-2"), "chg_1", 0, None)]


def die(world: World) -> None:
    """The task that serves is lost, and its recovery waits."""
    lost = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.TASK_LOST, AT)
    world.instances.stored[ORGANIZATION, "inst_a1"] = replace(world.instance, recovery=lost)


@pytest.mark.parametrize("step", ["is_close", "switch_over"])
def test_there_is_nothing_to_copy_from_a_task_that_has_died(world: World, step: str) -> None:
    this = world.ready()
    die(world)
    with pytest.raises(ServingTaskGone):
        getattr(world.resizer, step)(this)


def test_a_task_that_has_died_need_not_answer_for_the_change_to_end(world: World) -> None:
    this = world.ready()
    die(world)
    world.replication.down = True
    assert world.resizer.abandon(this, FIRST_ERROR) == Abandoned(
        Decision.ABANDONED, OLD, "a1.redis.example.com", shared_definition=False
    )
    world.resizer.finish(this)
    assert world.change.status is ChangeStatus.FAILED


def test_a_task_that_dies_before_it_is_handed_anything_still_is_the_one_that_serves(world: World) -> None:
    this = world.ready()
    world.resizer.switch_over(this)
    die(world)
    world.replication.down = True
    assert world.resizer.switch_over(this) == NEW
    world.resizer.finish(this)
    assert world.change.status is ChangeStatus.SUCCEEDED


TO_VALKEY = replace(LARGER, max_memory=512 * MIB, engine=EngineName.VALKEY, version="8.1.10")


def test_an_upgrade_is_planned_as_a_task_of_the_other_engine(world: World) -> None:
    shared = replace(world.instance, shared_definition=True)
    world.instances.stored[ORGANIZATION, "inst_a1"] = shared
    plan = world.resizer.plan(world.begin(TO_VALKEY))
    assert plan.shared
    assert plan.shared.family == "256-1024-valkey"
    assert resize_plan_output(plan)["engine"] == "valkey"


def test_an_instance_is_of_the_other_engine_once_its_task_serves(world: World) -> None:
    this = world.ready(TO_VALKEY)
    assert world.instance.engine is EngineName.REDIS
    world.resizer.switch_over(this)
    world.resizer.finish(this)
    assert (world.instance.engine, world.instance.version) == (EngineName.VALKEY, "7.2.16")


def test_the_certificate_that_the_new_task_was_seen_to_serve_meanwhile_stays(world: World) -> None:
    this, shown = world.ready(), Certificate("2026-03-02T03:04:05Z", "5e" * 32)
    world.resizer.switch_over(this)
    world.instances.stored[ORGANIZATION, "inst_a1"] = replace(
        world.instance, observed=ObservedTask(NEW.task, certificate=shown)
    )
    world.resizer.finish(this)
    assert world.instance.observed == ObservedTask(NEW.task, "7.2.16", shown)


def test_a_new_task_that_does_not_tell_its_version_ends_the_change_all_the_same(world: World) -> None:
    this = world.ready()
    world.resizer.switch_over(this)
    world.replication.down = True
    world.resizer.finish(this)
    assert (world.change.status, world.instance.version) == (ChangeStatus.SUCCEEDED, None)


def test_an_upgrade_that_is_abandoned_leaves_the_engine(world: World) -> None:
    this = world.ready(TO_VALKEY)
    world.resizer.abandon(this, FIRST_ERROR)
    world.resizer.finish(this)
    assert world.instance.engine is EngineName.REDIS


def test_nothing_is_made_of_an_image_that_is_older_than_what_runs(world: World) -> None:
    serving = replace(world.instance, observed=ObservedTask(OLD.task, "7.2.17"))
    world.instances.stored[ORGANIZATION, "inst_a1"] = serving
    this = world.begin(LARGER)
    with pytest.raises(ImageTooOld, match=r"redis 7\.2\.16, and the instance runs 7\.2\.17"):
        world.resizer.plan(this)
    failure = explain_resize("ImageTooOld", "PlanResize", "request-2")
    assert failure.code == "IMAGE_TOO_OLD"


@pytest.mark.parametrize(("task", "is_allowed"), [(OLD.task, True), ("arn:task/before", False)])
def test_an_earlier_patch_is_started_only_where_the_task_that_serves_is_to_go_back(
    world: World, task: str, is_allowed: bool
) -> None:
    back = PendingMaintenance(ChangeReason.ROLLBACK, AT, AT, AT, task)
    serving = replace(world.instance, observed=ObservedTask(OLD.task, "7.2.17"), pending_maintenance=(back,))
    world.instances.stored[ORGANIZATION, "inst_a1"] = serving
    this = world.begin(LARGER)
    if is_allowed:
        assert world.resizer.plan(this).change.decision is None
        return
    with pytest.raises(ImageTooOld):
        world.resizer.plan(this)


def test_a_decided_change_goes_on_whatever_the_image_is(world: World) -> None:
    this = world.ready()
    world.resizer.switch_over(this)
    newer = replace(world.instance, observed=ObservedTask(NEW.task, "7.2.17"))
    world.instances.stored[ORGANIZATION, "inst_a1"] = newer
    assert world.resizer.plan(replace(this, attempt=1)).change.decision is Decision.COMMITTED
