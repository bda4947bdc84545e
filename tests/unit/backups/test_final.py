"""The last act of a deletion: the instance runs until there is a backup, and goes exactly once."""

from dataclasses import replace
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.access.identity import Actor
from swiftcache.backups.model import BackupKind, BackupStatus
from swiftcache.instances.final_backup import OVERDUE, FinalBackupMode
from swiftcache.instances.recovery_state import RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    BackupSuperseded,
    DeletionProtected,
    FinalBackupNotPossible,
    LimitExceeded,
    NotFound,
)
from tests.samples import ORGANIZATION
from tests.unit.backups.final_world import BEST_EFFORT, OTHER, RECOVERY, REQUIRED, World
from tests.unit.backups.final_world import world as world


def test_the_instance_runs_until_its_backup_is_there(world: World) -> None:
    world.add()
    assert world.delete() is Status.RUNNING
    assert (world.backup.kind, world.backup.status) == (BackupKind.FINAL, BackupStatus.CREATING)
    assert world.starter.started == [world.backup]
    assert world.instance.awaits_final_backup
    assert world.workflows.started == []
    assert world.audited()[-2:] == [Action.BACKUP_REQUESTED, Action.INSTANCE_DELETION_REQUESTED]


def test_it_is_deleted_as_asked_for_when_its_backup_is_there(world: World) -> None:
    world.add()
    world.delete()
    world.writes.hold(world.backup)
    world.taken()
    world.settle()
    assert world.deleted() == (Status.DELETING, world.backup.id, None)
    assert world.instance.deleted_by == Actor("owner", "key_owner", "mem_owner")
    assert world.instance.request_id == "request-2"
    world.settle()
    assert world.backup.source == world.instance


def test_the_backup_knows_the_keys_of_the_last_moment(world: World) -> None:
    world.add()
    world.delete()
    world.writes.hold(world.backup)
    world.taken()
    world.change(keys=(), revision=world.instance.revision + 1)
    world.settle()
    assert world.backup.source
    assert world.backup.source.keys == ()


@pytest.mark.parametrize("mode", [REQUIRED, BEST_EFFORT])
def test_asking_again_for_the_same_begins_nothing(world: World, mode: FinalBackupMode) -> None:
    world.add()
    assert [world.delete(mode), world.delete(mode)] == [Status.RUNNING, Status.RUNNING]
    assert len(world.backups.stored) == 1


def test_the_last_mode_counts(world: World) -> None:
    world.add()
    world.delete(BEST_EFFORT)
    world.delete(REQUIRED)
    world.fails()
    world.settle()
    assert world.deleted() == (Status.RUNNING, world.backup.id, "S3_UNAVAILABLE")


def test_a_required_one_that_fails_leaves_the_instance_with_the_reason(world: World) -> None:
    world.add()
    world.delete(REQUIRED)
    world.fails()
    world.settle()
    assert world.deleted() == (Status.RUNNING, world.backup.id, "S3_UNAVAILABLE")
    assert world.audited()[-1] == Action.INSTANCE_DELETION_FAILED
    assert not world.instance.is_to_resume
    assert world.instance.revision == 1


def test_a_best_effort_that_fails_deletes_and_says_so(world: World) -> None:
    world.add()
    world.delete(BEST_EFFORT)
    world.fails()
    world.settle()
    assert world.deleted() == (Status.DELETING, world.backup.id, "S3_UNAVAILABLE")


@pytest.mark.parametrize("end", [World.taken, World.fails])
def test_a_plain_deletion_supersedes_it_at_any_moment(world: World, end: Any) -> None:
    world.add()
    world.delete(REQUIRED)
    backup = world.backup
    world.writes.hold(backup)
    assert world.delete(None) is Status.DELETING
    end(world)
    world.settle()
    assert world.deleted() == (Status.DELETING, None, None)
    with pytest.raises(BackupSuperseded):
        world.writes.hold(backup)


def test_protection_comes_first(world: World) -> None:
    world.add(deletion_protection=True)
    for mode in (REQUIRED, BEST_EFFORT):
        with pytest.raises(DeletionProtected):
            world.delete(mode)
    assert world.backups.stored == {}


@pytest.mark.parametrize("mode", [REQUIRED, BEST_EFFORT])
def test_protection_that_comes_meanwhile_keeps_the_instance(world: World, mode: FinalBackupMode) -> None:
    world.add()
    world.delete(mode)
    world.writes.hold(world.backup)
    world.taken()
    world.change(deletion_protection=True)
    world.settle()
    assert world.deleted() == (Status.RUNNING, world.backup.id, "DELETION_PROTECTED")


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR])
def test_of_what_does_not_run_none_can_be_required(world: World, status: Status) -> None:
    world.add(status=status)
    with pytest.raises(FinalBackupNotPossible, match=f"inst_a1 is {status}"):
        world.delete(REQUIRED)
    assert world.delete(BEST_EFFORT) is Status.DELETING
    assert world.deleted() == (Status.DELETING, None, "FINAL_BACKUP_NOT_POSSIBLE")
    assert [what for what, *_ in world.workflows.started] == ["delete"]


def test_what_is_deleted_already_has_no_other_backup(world: World) -> None:
    world.add()
    world.delete(None)
    assert [world.delete(BEST_EFFORT), world.delete(None)] == [Status.DELETING, Status.DELETING]
    with pytest.raises(FinalBackupNotPossible):
        world.delete(REQUIRED)


def test_what_is_deleted_with_a_backup_may_be_asked_for_again(world: World) -> None:
    world.add()
    world.delete()
    world.writes.hold(world.backup)
    world.taken()
    world.settle()
    assert world.delete() is Status.DELETING


@pytest.mark.parametrize("mode", [REQUIRED, BEST_EFFORT])
def test_a_limit_is_told_or_passed_by(world: World, monkeypatch: pytest.MonkeyPatch, mode: FinalBackupMode) -> None:
    def full(*_: object) -> None:
        raise LimitExceeded("the organization has as many backups as it may")

    monkeypatch.setattr(world.backups, "create", full)
    world.add()
    if mode is REQUIRED:
        with pytest.raises(LimitExceeded):
            world.delete(mode)
        assert world.deleted() == (Status.RUNNING, None, None)
    else:
        assert world.delete(mode) is Status.DELETING
        assert world.deleted() == (Status.DELETING, None, "LIMIT_EXCEEDED")


@pytest.mark.parametrize(("remove", "code"), [(True, "BACKUP_DELETED"), (False, "BACKUP_DELETED")])
def test_a_backup_that_its_owner_deletes_is_waited_for_no_more(world: World, remove: bool, code: str) -> None:
    world.add()
    world.delete()
    backup = world.backup
    world.backups.change(backup, backup.deleting(), None)
    if remove:
        world.backups.remove(backup.deleting(), None)
    world.settle()
    assert world.deleted() == (Status.RUNNING, backup.id, code)


def test_a_backup_that_nobody_is_at_work_on_is_given_up_when_it_is_asked_for_again(world: World) -> None:
    world.add()
    world.delete()
    world.time += OVERDUE
    assert world.delete() is Status.RUNNING
    assert world.deleted() == (Status.RUNNING, world.backup.id, "BACKUP_TIMED_OUT")


def test_what_ends_of_an_earlier_backup_settles_nothing(world: World) -> None:
    world.add()
    world.delete()
    world.settler.settle(ORGANIZATION, "inst_a1", "bkp_earlier")
    world.settle()
    assert world.instance.awaits_final_backup


def test_another_attempt_begins_anew_and_forgets_the_reason(world: World) -> None:
    world.add()
    world.delete()
    first = world.backup
    world.writes.hold(first)
    world.fails()
    world.settle()
    world.delete()
    assert world.backup.id != first.id
    assert world.deleted() == (Status.RUNNING, world.backup.id, None)
    # What the first paused still is, so it is resumed if the second fails before it pauses anything.
    world.fails()
    world.settle()
    assert world.instance.is_to_resume


def test_an_instance_that_is_error_meanwhile_goes_by_best_effort(world: World) -> None:
    world.add()
    world.delete(BEST_EFFORT)
    world.change(status=Status.ERROR)
    world.fails()
    world.settle()
    assert world.deleted() == (Status.DELETING, world.backup.id, "S3_UNAVAILABLE")


def test_an_instance_that_is_error_after_its_backup_stays_with_the_backup(world: World) -> None:
    world.add()
    world.delete(REQUIRED)
    world.writes.hold(world.backup)
    world.taken()
    world.change(status=Status.ERROR, recovery=replace(RECOVERY, status=RecoveryStatus.FAILED), endpoint=OTHER)
    world.settle()
    assert world.deleted() == (Status.ERROR, world.backup.id, "FINAL_BACKUP_OVERTAKEN")


def test_changes_at_the_same_moment_are_looked_at_again(world: World) -> None:
    world.add()
    world.record.refused = 2
    assert world.delete() is Status.RUNNING
    world.writes.hold(world.backup)
    world.taken()
    world.record.refused = 2
    world.settle()
    assert world.deleted() == (Status.DELETING, world.backup.id, None)


def test_an_organization_that_is_gone_deletes_nothing(world: World) -> None:
    with pytest.raises(NotFound):
        world.delete()


def test_what_waits_for_nothing_is_left_alone(world: World) -> None:
    world.settle()
    world.add()
    world.settle()
    assert world.deleted() == (Status.RUNNING, None, None)


def test_a_workflow_that_cannot_be_started_now_is_started_by_the_stream(world: World) -> None:
    world.add()
    world.starter.available = False
    assert world.delete() is Status.RUNNING
    assert world.instance.awaits_final_backup
