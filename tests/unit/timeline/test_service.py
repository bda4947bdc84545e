"""Timelines and receipts: which workflows belong to an instance, and who gets what."""

from datetime import timedelta
from typing import Any

import pytest

from swiftcache.instances.change import Change, ChangeKind, ChangeReason, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.failure import Failure
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.platform.errors import NotFound
from swiftcache.timeline.model import OperationKind, Outcome, StateVisit, WorkflowRecord
from swiftcache.timeline.ports import Creation
from swiftcache.timeline.service import TimelineService
from tests.fakes.backups import FakeBackups
from tests.fakes.instances import FakeInstances, FakeReceipts
from tests.fakes.organizations import FakeAccounts
from tests.fakes.timeline import FakeCreations, FakeHistories
from tests.samples import AT, NOW, ORGANIZATION, a_backup, a_caller, a_content, an_account, an_entry, an_instance

FAILURE = Failure("REDIS_STOPPED", "It stopped.", "DescribeNewTask", "request-1")


class Past:
    def __init__(self) -> None:
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(accounts)
        self.histories = FakeHistories()
        self.creations = FakeCreations()
        receipts = FakeReceipts(self.instances)
        now = NOW + timedelta(seconds=12)
        self.backups = FakeBackups(self.instances.accounts)
        self.timelines = TimelineService(
            self.instances, self.histories, self.creations, receipts, self.backups, lambda: now
        )

    def had(self, kind: OperationKind, name: str, started_at: str, *visits: StateVisit) -> None:
        self.histories.records[kind, name] = WorkflowRecord(started_at, None, "RUNNING", visits)

    def operations(self, **instance: Any) -> list[tuple[OperationKind, int]]:
        self.instances.create(an_instance(**instance), an_entry())
        timeline = self.timelines.timeline(a_caller(), "inst_a1")
        return [(operation.kind, operation.attempt) for operation in timeline.operations]


@pytest.fixture
def past() -> Past:
    past = Past()
    past.had(OperationKind.CREATION, "provision-inst_a1", "10:00")
    past.had(OperationKind.CLEAN_UP, "rollback-inst_a1-0", "10:02")
    past.had(OperationKind.CLEAN_UP, "rollback-inst_a1-1", "10:05")
    past.had(OperationKind.DELETION, "delete-inst_a1-0", "10:07")
    past.had(OperationKind.RESIZE, "resize-inst_a1-chg_1-0", "10:06")
    return past


def test_of_a_running_instance_the_creation_is_told(past: Past) -> None:
    assert past.operations(status=Status.RUNNING) == [(OperationKind.CREATION, 1)]


def test_of_a_failed_instance_every_attempt_to_clean_up_is_told(past: Past) -> None:
    told = past.operations(status=Status.ERROR, failure=FAILURE)
    assert told == [(OperationKind.CREATION, 1), (OperationKind.CLEAN_UP, 1), (OperationKind.CLEAN_UP, 2)]


def test_of_an_instance_that_is_deleted_the_deletion_is_told(past: Past) -> None:
    assert past.operations(status=Status.DELETING) == [(OperationKind.CREATION, 1), (OperationKind.DELETION, 1)]


def test_of_an_instance_that_was_undeleted_only_its_present_life_is_told(past: Past) -> None:
    past.had(OperationKind.CREATION, "provision-inst_a1_7", "12:00")
    past.had(OperationKind.CLEAN_UP, "rollback-inst_a1_7-0", "12:01")
    told = past.operations(status=Status.ERROR, failure=FAILURE, generation=7)
    assert told == [(OperationKind.CREATION, 1), (OperationKind.CLEAN_UP, 1)]


def test_of_an_instance_that_was_replaced_the_resize_is_told(past: Past) -> None:
    change = Change(
        "chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 1, EvictionPolicy.NOEVICTION, AT, "request-1"
    )
    assert past.operations(status=Status.RUNNING, change=change) == [
        (OperationKind.CREATION, 1),
        (OperationKind.RESIZE, 1),
    ]


def test_a_replacement_is_told_as_one(past: Past) -> None:
    past.had(OperationKind.REPLACEMENT, "resize-inst_a1-chg_1-0", "10:06")
    change = Change(
        *("chg_1", ChangeKind.REPLACE, ChangeStatus.SUCCEEDED, 1, EvictionPolicy.NOEVICTION, AT, "request-1"),
        reason=ChangeReason.IMAGE,
    )
    assert past.operations(status=Status.RUNNING, change=change) == [
        (OperationKind.CREATION, 1),
        (OperationKind.REPLACEMENT, 1),
    ]


def test_of_an_instance_whose_task_died_the_recovery_is_told_and_its_end(past: Past) -> None:
    past.had(OperationKind.RECOVERY, "recover-inst_a1-rec_1-0", "11:00")
    past.had(OperationKind.RECOVERY, "recover-inst_a1-rec_1-1", "11:01")
    past.had(OperationKind.CLEAN_UP, "rollback-inst_a1-rec_1-0", "11:02")
    lost = Recovery("rec_1", RecoveryStatus.FAILED, Cause.TASK_LOST, AT)
    told = past.operations(status=Status.RUNNING, recovery=lost)
    assert told == [
        (OperationKind.CREATION, 1),
        (OperationKind.RECOVERY, 1),
        (OperationKind.RECOVERY, 2),
        (OperationKind.CLEAN_UP, 1),
    ]


def test_of_an_instance_whose_creation_has_not_begun_nothing_is_told() -> None:
    assert Past().operations() == []


def test_while_an_instance_is_created_there_is_an_estimate(past: Past) -> None:
    for number in range(10):
        past.creations.add(Creation(f"inst_{number}", AT, 30.0 + number))
    past.instances.create(an_instance(), an_entry())
    timeline = past.timelines.timeline(a_caller(), "inst_a1")
    assert timeline.estimate is not None
    assert (timeline.estimate.elapsed, timeline.estimate.p50, timeline.estimate.p95) == (12.0, 34.0, 39.0)
    assert timeline.operations[0].outcome is Outcome.IN_PROGRESS


def test_an_estimate_says_that_the_instance_waits_for_its_turn(past: Past) -> None:
    past.instances.create(an_instance(), an_entry())
    calm = past.timelines.timeline(a_caller(), "inst_a1").estimate
    throttled = StateVisit("StartRedisTask", AT, None, calls=1, errors=("Ecs.EcsException",))
    past.had(OperationKind.CREATION, "provision-inst_a1", "10:30", throttled)
    waiting = past.timelines.timeline(a_caller(), "inst_a1").estimate
    assert calm
    assert waiting
    assert (calm.waits_for_aws, waiting.waits_for_aws) == (False, True)


def test_once_an_instance_runs_there_is_no_estimate(past: Past) -> None:
    past.instances.create(an_instance(status=Status.RUNNING), an_entry())
    assert past.timelines.timeline(a_caller(), "inst_a1").estimate is None


@pytest.mark.parametrize("instance_id", ["inst_a1", "inst_none", "../inst_a1"])
def test_another_organizations_past_is_not_there(past: Past, instance_id: str) -> None:
    past.instances.create(an_instance(status=Status.DELETING), an_entry())
    stranger = a_caller(organization_id="org_2")
    with pytest.raises(NotFound):
        past.timelines.timeline(stranger, instance_id)
    past.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    with pytest.raises(NotFound):
        past.timelines.receipt(stranger, instance_id)


def test_a_receipt_is_there_after_the_deletion(past: Past) -> None:
    past.instances.create(an_instance(status=Status.DELETING), an_entry())
    with pytest.raises(NotFound, match="after the deletion is done"):
        past.timelines.receipt(a_caller(), "inst_a1")
    past.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(tasks=1), AT)
    assert past.timelines.receipt(a_caller(), "inst_a1").removed.tasks == 1
    assert past.timelines.remaining_backups(a_caller(), "inst_a1").backups == ()


def test_a_receipt_says_which_backups_remain_and_how_large_they_are(past: Past) -> None:
    past.instances.create(an_instance(status=Status.DELETING), an_entry())
    past.instances.remove(ORGANIZATION, "inst_a1", RemovedResources(), AT)
    for number in range(120):
        backup = a_backup(id=f"bkp_{number:03}", created_at=f"2026-01-02T03:04:05.{number:03}Z")
        past.backups.create(backup.available(a_content(), NOW), an_entry())
    past.backups.create(a_backup(id="bkp_failed").failed(FAILURE, NOW), an_entry())
    past.backups.create(a_backup(id="bkp_other", instance_id="inst_b2").available(a_content(), NOW), an_entry())
    remaining = past.timelines.remaining_backups(a_caller(), "inst_a1")
    assert (len(remaining.backups), remaining.size_bytes) == (120, 120_000_000)
    assert remaining.backups[0].id == "bkp_119"


def test_of_a_claimed_instance_the_creation_is_the_claim_and_not_the_pools(past: Past) -> None:
    past.had(OperationKind.CREATION, "claim-inst_a1", "10:30")
    past.instances.create(an_instance(status=Status.RUNNING, claimed=True), an_entry())
    [told] = past.timelines.timeline(a_caller(), "inst_a1").operations
    assert (told.kind, told.started_at) == (OperationKind.CREATION, "10:30")


@pytest.mark.parametrize(("claimed", "expected"), [(False, 30.0), (True, 15.0)])
def test_an_estimate_is_from_creations_of_its_kind(past: Past, claimed: bool, expected: float) -> None:
    for second in range(10):
        at = f"2026-01-02T03:04:0{second}.000Z"
        past.creations.add(Creation(f"inst_{second}", at, 15.0 if second % 2 else 30.0, claimed=bool(second % 2)))
    past.instances.create(an_instance(claimed=claimed), an_entry())
    estimate = past.timelines.timeline(a_caller(), "inst_a1").estimate
    assert estimate
    assert (estimate.p50, estimate.creations) == (expected, 5)
