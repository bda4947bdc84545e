"""What a recovery decides."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from swiftcache.fleet.repair import EndedExecution, repair
from swiftcache.instances.capacity import Capacity
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.recovery_state import MOST_DEATHS, Cause, Recovery, RecoveryStatus, StartedEmpty
from swiftcache.instances.restore import Restore
from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.errors import InstanceSuperseded
from swiftcache.provisioning.steps import StatusRecorder
from swiftcache.recovery.ports import LostTask, Recovering
from swiftcache.recovery.service import GIVEN_UP, EndedRecovery, RecoverySteps, TaskWatch, repair_recovery
from swiftcache.recovery.step_input import recovery_plan_output
from swiftcache.redis.control_passwords import NO_RESTORE
from swiftcache.redis.options import redis_options
from swiftcache.redis.shared_definition import SharedDefinition, packed
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeFleet
from tests.fakes.organizations import FakeAccounts
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.recovery import FakeRecoveries, FakeRecoveryWorkflow
from tests.fakes.redis import FakeCredentials
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance

OLD = Endpoint("203.0.113.10", 6379, "arn:task/old", "data-1")
NEW = Endpoint("203.0.113.11", 6379, "arn:task/new")
LOST = LostTask("inst_a1", OLD.task, Cause.OUT_OF_MEMORY)
RESTORE = Restore("bkp_a1", "backups/org_1/bkp_a1.rdb", "v1", "5e" * 32, 1_000_000, 60, 1_000, AT)
FIRST_ERROR = FirstError("TaskNotPlaced", "StartRedisTask")
RESIZE = Change(
    "chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 1024 * MIB, EvictionPolicy.ALLKEYS_LRU, AT, "request-2"
)


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.recoveries = FakeRecoveries(self.instances)
        self.workflow = FakeRecoveryWorkflow()
        self.credentials = FakeCredentials({"inst_a1": ("old acl", "password")})
        self.time = NOW
        running = an_instance(status=Status.RUNNING, hostname="a1.redis.example.com", port=6379, endpoint=OLD)
        self.instances.create(running, an_entry())
        fleet = FakeFleet(self.instances)
        self.watch = TaskWatch(fleet, self.instances, self.recoveries, self.workflow, self.now)
        self.recovery_steps = RecoverySteps(self.instances, self.recoveries, self.credentials, self.now)

    def now(self) -> datetime:
        return self.time

    @property
    def instance(self) -> Instance:
        return self.instances.stored[ORGANIZATION, "inst_a1"]

    @property
    def recovery(self) -> Recovery:
        assert self.instance.recovery
        return self.instance.recovery

    @property
    def this(self) -> Recovering:
        return Recovering(ORGANIZATION, "inst_a1", self.recovery.id, self.recovery.attempt)

    def make(self, **different: Any) -> None:
        self.instances.stored[ORGANIZATION, "inst_a1"] = replace(self.instance, **different)

    def lose(self) -> Recovering:
        self.watch.task_stopped(replace(LOST, task=self.instance.endpoint.task if self.instance.endpoint else ""))
        return self.this


@pytest.fixture
def world() -> World:
    return World()


def test_a_lost_task_is_recovered_and_told(world: World) -> None:
    this = world.lose()
    assert world.recovery == Recovery(this.recovery_id, RecoveryStatus.IN_PROGRESS, Cause.OUT_OF_MEMORY, AT)
    assert world.workflow.started == [(this, None, "")]
    entry = world.accounts.audit[-1]
    assert (entry.action, entry.actor_role, entry.request_id) == ("instance.recovering", "recovery", this.recovery_id)
    assert entry.details["cause"] == "OUT_OF_MEMORY"


@pytest.mark.parametrize(
    "lost",
    [replace(LOST, task="arn:task/other"), replace(LOST, instance_id="inst_none")],
    ids=["another task", "nobody's"],
)
def test_a_task_that_does_not_serve_may_stop_without_a_recovery(world: World, lost: LostTask) -> None:
    world.watch.task_stopped(lost)
    assert (world.instance.recovery, world.workflow.started) == (None, [])


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_only_a_running_instance_is_recovered(world: World, status: Status) -> None:
    world.make(status=status)
    world.watch.task_stopped(LOST)
    assert (world.instance.recovery, world.workflow.started) == (None, [])


def test_a_death_that_is_told_twice_is_one(world: World) -> None:
    this = world.lose()
    assert world.lose() == this
    assert len(world.workflow.started) == 1


def test_whoever_finds_the_task_gone_may_begin_the_recovery(world: World) -> None:
    before = world.instance
    assert world.watch.task_lost(before, OLD.task, Cause.TASK_LOST)
    assert not world.watch.task_lost(before, OLD.task, Cause.TASK_LOST), "what was read is old by now"
    assert world.recovery.cause is Cause.TASK_LOST


def test_a_recovery_begins_even_if_its_workflow_cannot_be_started_yet(world: World) -> None:
    world.workflow.available = False
    world.lose()
    assert world.instance.recovering


def test_the_plan_says_what_to_start(world: World) -> None:
    plan = world.recovery_steps.plan(world.lose(), "")
    assert (plan.hostname, plan.wait, plan.hopeless, plan.resizing) == ("a1.redis.example.com", 0, False, False)
    assert plan.capacity == Capacity(512 * MIB, EvictionPolicy.ALLKEYS_LRU)


def test_the_new_task_begins_with_the_keys_as_they_are_now(world: World) -> None:
    this = world.lose()
    world.make(keys=(replace(world.instance.keys[0], sha256="cd" * 32),))
    world.recovery_steps.plan(this, "")
    acl, password = world.credentials.issued["inst_a1"]
    assert f"#{'cd' * 32}" in acl
    assert "ab" * 32 not in acl
    assert password == "password"


def test_the_new_task_of_a_shared_definition_is_given_the_acl_as_it_is_now(world: World) -> None:
    this = world.lose()
    world.make(shared_definition=True)
    plan = world.recovery_steps.plan(this, "")
    assert plan.shared == SharedDefinition("256-1024", packed(world.credentials.issued["inst_a1"][0]))
    assert recovery_plan_output(plan)["redisLimits"] == redis_options(plan.size, False, DEFAULT_SETTINGS)


def test_what_the_task_begins_with_is_to_be_decided_where_the_owner_wants_a_backup(world: World) -> None:
    this = world.lose()
    assert not world.recovery_steps.plan(this, "").from_backup
    world.make(recover_from_backup=True)
    output = recovery_plan_output(world.recovery_steps.plan(this, ""))
    assert (output["fromBackup"], output["taskCpu"], output["taskMemory"]) == (True, "256", "1024")


def test_what_an_attempt_began_with_is_gone_on_with_though_the_owner_wants_it_no_more(world: World) -> None:
    this = world.lose()
    world.make(recovery=replace(world.recovery, restore=RESTORE))
    world.credentials.restore_links["inst_a1"] = "https://bucket/it"
    assert world.recovery_steps.plan(replace(this, attempt=1), "TaskNotPlaced").from_backup
    assert world.credentials.restore_links["inst_a1"] == "https://bucket/it"


@pytest.mark.parametrize(("before", "after"), [("https://bucket/it", NO_RESTORE), (None, None)])
def test_a_link_that_an_attempt_left_leads_nowhere_where_no_backup_is_wanted(
    world: World, before: str | None, after: str | None
) -> None:
    this = world.lose()
    world.credentials.restore_links["inst_a1"] = before
    world.recovery_steps.plan(this, "")
    assert world.credentials.restore_links["inst_a1"] == after


@pytest.mark.parametrize("error", ["TaskStopped", "RestoreIncomplete", "RestoreTimedOut"])
def test_a_task_that_did_not_come_to_have_its_backup_is_no_death(world: World, error: str) -> None:
    this = replace(world.lose(), attempt=1)
    world.make(recovery=replace(world.recovery, restore=RESTORE), recover_from_backup=True)
    for _ in range(2):
        world.recovery_steps.plan(this, error)
    assert (world.recovery.deaths, world.recovery.failed_loads, world.recovery.restore) == (1, 1, None)


def test_a_task_that_began_with_nothing_and_stopped_is_a_death(world: World) -> None:
    this = replace(world.lose(), attempt=1)
    world.make(recovery=replace(world.recovery, started_empty=StartedEmpty.NO_BACKUP), recover_from_backup=True)
    world.recovery_steps.plan(this, "TaskStopped")
    assert (world.recovery.deaths, world.recovery.failed_loads) == (2, 0)


def test_while_a_resize_decides_who_serves_nothing_is_prepared(world: World) -> None:
    this = world.lose()
    world.make(change=RESIZE)
    assert world.recovery_steps.plan(this, "").resizing
    assert world.credentials.issued["inst_a1"] == ("old acl", "password")


def test_an_attempt_whose_task_stopped_is_one_more_death(world: World) -> None:
    this = replace(world.lose(), attempt=1)
    plan = world.recovery_steps.plan(this, "TaskStopped")
    assert (plan.wait, world.recovery.deaths, world.recovery.attempt) == (2, 2, 1)
    assert world.recovery_steps.plan(this, "TaskStopped").wait == 2


def test_an_attempt_that_failed_otherwise_is_no_death(world: World) -> None:
    world.recovery_steps.plan(replace(world.lose(), attempt=1), "TaskNotPlaced")
    assert world.recovery.deaths == 1


@pytest.mark.parametrize(("error", "refusals"), [("TaskNotPlaced", 1), ("Ecs.EcsException", 1), ("TaskStopped", 0)])
def test_an_attempt_that_aws_refused_is_noted_as_such(world: World, error: str, refusals: int) -> None:
    world.recovery_steps.plan(replace(world.lose(), attempt=1), error)
    assert (world.recovery.attempt, world.recovery.refusals) == (1, refusals)


def test_the_last_death_is_hopeless_though_there_are_no_credentials_any_more(world: World) -> None:
    this = world.lose()
    world.make(recovery=replace(world.recovery, deaths=MOST_DEATHS))
    world.credentials.issued.clear()
    assert world.recovery_steps.plan(this, "").hopeless


def test_the_new_task_has_the_old_ones_folder_and_is_to_be_configured(world: World) -> None:
    world.make(applied_revision=1, persistence=True)
    world.recovery_steps.mark_recovered(world.lose(), NEW)
    assert world.instance.endpoint == replace(NEW, folder="data-1")
    assert (world.instance.applied_revision, world.recovery.status) == (0, RecoveryStatus.SUCCEEDED)
    assert world.accounts.audit[-1].details["dataKept"] is True


@pytest.mark.parametrize(
    ("recovery", "told"),
    [
        ({}, {}),
        ({"restore": RESTORE}, {"backupId": "bkp_a1", "takenAt": AT}),
        ({"started_empty": StartedEmpty.NO_BACKUP}, {"startedEmpty": "NO_BACKUP"}),
    ],
    ids=["no backup wanted", "from a backup", "there was none"],
)
def test_the_audit_log_tells_what_a_recovery_began_with(
    world: World, recovery: dict[str, Any], told: dict[str, str]
) -> None:
    this = world.lose()
    world.make(recovery=replace(world.recovery, **recovery))
    world.recovery_steps.mark_recovered(this, NEW)
    details = world.accounts.audit[-1].details
    found = {name: details[name] for name in ("backupId", "takenAt", "startedEmpty") if details.get(name) is not None}
    assert found == told


def test_a_deletion_ends_a_recovery(world: World) -> None:
    this = world.lose()
    world.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry())
    with pytest.raises(InstanceSuperseded):
        world.recovery_steps.plan(this, "")
    with pytest.raises(InstanceSuperseded):
        world.recovery_steps.mark_recovered(this, NEW)


def test_an_instance_that_is_gone_needs_no_recovery(world: World) -> None:
    this = world.lose()
    world.instances.stored.clear()
    with pytest.raises(InstanceSuperseded):
        world.recovery_steps.mark_recovered(this, NEW)


def test_deaths_are_counted_on_after_a_recovery_that_did_not_last(world: World) -> None:
    world.recovery_steps.mark_recovered(world.lose(), NEW)
    world.time += timedelta(minutes=9)
    world.lose()
    assert world.recovery.deaths == 2
    assert world.recovery_steps.plan(world.this, "").wait == 2


def ended(world: World, last_error: str = "TaskStopped", **different: Any) -> FakeWorkflows:
    """What else than recoveries was started."""
    workflows = FakeWorkflows()
    execution = EndedRecovery(replace(world.this, **different), FIRST_ERROR, last_error)
    repair_recovery(execution, world.instances, world.workflow, workflows)
    return workflows


def test_an_attempt_that_ended_badly_is_followed_by_the_next(world: World) -> None:
    this = world.lose()
    ended(world)
    assert world.workflow.started[1:] == [(replace(this, attempt=1), FIRST_ERROR, "TaskStopped")]


def test_an_attempt_that_gave_up_is_followed_by_its_rollback_which_it_may_not_have_started(world: World) -> None:
    this = world.lose()
    workflows = ended(world, last_error=GIVEN_UP)
    assert len(world.workflow.started) == 1
    target = Target(ORGANIZATION, "inst_a1", this.recovery_id)
    assert workflows.started == [("roll_back", target, 0, FIRST_ERROR, this.recovery_id)]


@pytest.mark.parametrize("what", ["recovered", "deleted", "gone", "another"])
def test_an_attempt_that_is_not_wanted_any_more_is_followed_by_none(world: World, what: str) -> None:
    this = world.lose()
    if what == "recovered":
        world.recovery_steps.mark_recovered(this, NEW)
    elif what == "deleted":
        world.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry())
    elif what == "another":
        world.make(recovery=replace(world.recovery, id="rec_other"))
    if what == "gone":
        world.instances.stored.clear()
    workflows = FakeWorkflows()
    repair_recovery(EndedRecovery(this, FIRST_ERROR, "TaskStopped"), world.instances, world.workflow, workflows)
    assert (len(world.workflow.started), workflows.started) == (1, [])


def test_a_recovery_that_is_given_up_is_an_error_with_its_reason(world: World) -> None:
    this = world.lose()
    world.make(recovery=replace(world.recovery, deaths=MOST_DEATHS))
    target = Target(ORGANIZATION, "inst_a1", this.recovery_id)
    StatusRecorder(world.instances, world.now).mark_error(target, FIRST_ERROR)
    assert (world.instance.status, world.recovery.status) == (Status.ERROR, RecoveryStatus.FAILED)
    assert world.instance.failure
    assert world.instance.failure.code == "CRASH_LOOP"


def test_a_rollback_of_a_recovery_is_repeated_under_its_own_name(world: World) -> None:
    this = world.lose()
    workflows = FakeWorkflows()
    target = Target(ORGANIZATION, "inst_a1", this.recovery_id)
    repair(EndedExecution(target, FIRST_ERROR, rollback=0), world.instances, workflows)
    assert workflows.started == [("roll_back", target, 1, FIRST_ERROR, this.recovery_id)]


def test_a_late_rollback_of_the_creation_is_not_repeated(world: World) -> None:
    world.lose()
    workflows = FakeWorkflows()
    target = Target(ORGANIZATION, "inst_a1", "request-1")
    repair(EndedExecution(target, FIRST_ERROR, rollback=0), world.instances, workflows)
    assert workflows.started == []
