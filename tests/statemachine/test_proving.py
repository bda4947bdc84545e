"""Backups that are proved when they have been taken: what becomes of them, whatever fails on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sfnx.testing import Failure

from swiftcache.access.audit import Action
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.proof_tasks import EcsProofTasks
from swiftcache.backups.proof_wiring import proof_tasks
from swiftcache.backups.wiring import backups, object_store, proof_starter
from swiftcache.organizations.wiring import audit_service
from tests.statemachine.backups import left_of, reports_of
from tests.statemachine.cloud import Answer, Cloud, Fault, answers, fails, loses_reply, wait_for
from tests.statemachine.test_backups import Kept


@pytest.fixture
def kept(cloud: Cloud) -> Iterator[Kept]:
    kept = Kept(cloud)
    yield kept
    assert object_store(cloud.injector).page("proofs/", None).keys == []
    cloud.delete(kept.instance_id)
    cloud.wait(kept.instance_id, "GONE")


def taken(kept: Kept) -> Backup:
    backup = kept.ended(kept.take())
    assert list(proof_tasks(kept.cloud.injector).of(backup.id)) == [], "no task of it is left"
    return backup


def assert_proved(backup: Backup) -> None:
    assert (backup.status, backup.failure, backup.prove_at) == (BackupStatus.AVAILABLE, None, None)
    assert backup.content
    assert backup.verified
    assert backup.verified.keys == backup.content.keys


def assert_untried(kept: Kept, backup: Backup) -> None:
    """It is as good as before, and is tried later."""
    assert (backup.status, backup.failure, backup.verified) == (BackupStatus.AVAILABLE, None, None)
    assert (backup.proof_tries, backup.prove_at is not None) == (1, True)
    assert backup.due_at == backup.prove_at
    assert kept.execution(backup) == ("SUCCEEDED", None)


def test_a_backup_is_proved_when_it_is_taken(kept: Kept) -> None:
    backup = taken(kept)
    assert_proved(backup)
    service, owner = audit_service(kept.cloud.injector), kept.cloud.caller.organization_id
    told = [one.entry for one in service.page(kept.cloud.caller, owner, 50, None).recorded]
    actions = [entry.action for entry in told if entry.target_id == backup.id]
    assert actions == [Action.BACKUP_VERIFIED, Action.BACKUP_AVAILABLE, Action.BACKUP_REQUESTED]


@pytest.mark.parametrize("state", ["StartProof", "AwaitProof", "RecordProof"])
def test_an_answer_that_is_lost_changes_nothing(kept: Kept, state: str) -> None:
    kept.cloud.faults.plan(state, loses_reply)
    assert_proved(taken(kept))
    assert kept.cloud.faults.happened == [state]


def test_an_event_that_never_comes_is_made_up_for(kept: Kept) -> None:
    kept.cloud.faults.plan("AwaitProof", *[fails("States.Timeout")] * 100)
    assert_proved(taken(kept))


def test_a_task_that_finds_no_room_is_waited_for(kept: Kept) -> None:
    refused = {"Payload": {"task": "", "seconds": 0, "refused": "Capacity is unavailable at this time"}}
    kept.cloud.faults.plan("StartProof", lambda _: refused, lambda _: refused)
    assert_proved(taken(kept))


def test_a_lack_of_room_is_not_the_backups_fault(kept: Kept) -> None:
    refused = {"Payload": {"task": "", "seconds": 0, "refused": "Capacity is unavailable at this time"}}
    kept.cloud.faults.plan("StartProof", *[lambda _: refused] * 1_000)
    assert_untried(kept, taken(kept))


@pytest.mark.parametrize("error", ["Lambda.Unknown", "AccessDeniedException", "ProofNotMade"])
def test_what_cannot_be_started_is_tried_later(kept: Kept, error: str) -> None:
    kept.cloud.faults.plan("StartProof", fails(error))
    assert_untried(kept, taken(kept))


def test_a_task_that_was_lost_is_followed_by_another(kept: Kept) -> None:
    kept.cloud.faults.plan("RecordProof", fails("ProofNotMade"), fails("ProofNotMade"))
    assert_proved(taken(kept))


def test_three_that_were_lost_are_enough_for_now(kept: Kept) -> None:
    kept.cloud.faults.plan("RecordProof", *[fails("ProofNotMade")] * 3)
    assert_untried(kept, taken(kept))


def loses_report(kept: Kept, *, forgets: bool) -> Fault:
    """Somebody has erased it; and ECS may have forgotten the task."""

    def lost(answer: Answer) -> object:
        store = object_store(kept.cloud.injector)
        store.erase_all("proofs/")
        if not forgets:
            return answer()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(EcsProofTasks, "look", lambda *_: None)
            return answer()

    return lost


@pytest.mark.parametrize("forgets", [False, True], ids=["", "with its task"])
def test_a_report_that_is_lost_is_made_anew(kept: Kept, forgets: bool) -> None:
    kept.cloud.faults.plan("RecordProof", loses_report(kept, forgets=forgets))
    assert_proved(taken(kept))


@pytest.mark.parametrize("forgets", [False, True], ids=["", "with their tasks"])
def test_reports_that_are_lost_each_time_are_not_the_backups_fault(kept: Kept, forgets: bool) -> None:
    kept.cloud.faults.plan("RecordProof", *[loses_report(kept, forgets=forgets)] * 3)
    backup = taken(kept)
    assert_untried(kept, backup)
    assert reports_of(kept.cloud, backup) == []


@pytest.mark.parametrize("state", ["StartProof", "RecordProof"])
def test_one_that_cannot_be_restored_is_of_no_use(kept: Kept, state: str) -> None:
    def is_of_no_use(answer: Answer) -> object:
        answer()
        raise Failure("CannotBeRestored", "injected")

    kept.cloud.faults.plan(state, fails("CannotBeRestored") if state == "StartProof" else is_of_no_use)
    backup = kept.ended(kept.take())
    assert backup.status is BackupStatus.FAILED
    assert backup.failure
    assert (backup.failure.code, backup.failure.step) == ("CANNOT_BE_RESTORED", state)
    assert kept.execution(backup) == ("FAILED", "CannotBeRestored")
    assert left_of(kept.cloud, backup) == {}


def test_one_that_is_deleted_while_it_is_proved_goes(kept: Kept) -> None:
    taken: list[Backup] = []

    def deleted(answer: Answer) -> object:
        wait_for(lambda: bool(taken))
        found = kept.find(taken[0])
        backups(kept.cloud.injector).change(found, found.deleting(), None)
        return answer()

    kept.cloud.faults.plan("RecordProof", deleted)
    taken.append(kept.take())
    [backup] = taken
    owner = kept.cloud.caller.organization_id
    wait_for(lambda: backups(kept.cloud.injector).get(owner, backup.id) is None, 60)
    kept.cloud.quiet(60)
    assert kept.execution(backup) == ("SUCCEEDED", None)
    assert list(proof_tasks(kept.cloud.injector).of(backup.id)) == []


def later(kept: Kept, backup: Backup) -> Backup:
    """As KeepBackups has it tried once more."""
    again = backup.unproved(datetime.now(UTC))
    backups(kept.cloud.injector).change(backup, again, None)
    proof_starter(kept.cloud.injector).prove(again)
    kept.cloud.quiet(60)
    return again


def test_a_later_try_proves_it_and_copies_nothing(kept: Kept) -> None:
    kept.cloud.faults.plan("StartProof", fails("Lambda.Unknown"))
    backup = taken(kept)
    assert_untried(kept, backup)
    kept.cloud.faults.plan("TakeBackup", fails("Lambda.Unknown"))
    later(kept, backup)
    assert_proved(kept.find(backup))


def test_a_later_try_that_cannot_be_made_leaves_it_as_it_is(kept: Kept) -> None:
    kept.cloud.faults.plan("StartProof", fails("Lambda.Unknown"), fails("Lambda.Unknown"))
    backup = taken(kept)
    again = later(kept, backup)
    assert kept.find(backup) == again


def test_a_task_that_takes_too_long_is_ended(kept: Kept) -> None:
    hurried = answers(lambda answer: {**answer, "Payload": {**answer["Payload"], "seconds": -1}})
    kept.cloud.faults.plan("StartProof", hurried, hurried, hurried)
    kept.cloud.faults.plan("AwaitProof", *[fails("States.Timeout")] * 100)
    kept.cloud.faults.plan("DescribeProof", *[lambda _: {"Tasks": []}] * 100)
    backup = taken(kept)
    assert backup.status is BackupStatus.AVAILABLE
    assert backup.verified or backup.prove_at
