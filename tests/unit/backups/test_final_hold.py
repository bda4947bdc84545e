"""Writes are paused before the last backup is copied, and no deletion follows one that may lack some."""

from datetime import timedelta

import pytest

from swiftcache.backups.model import BackupStatus
from swiftcache.instances.change import ChangeStatus, Decision
from swiftcache.instances.final_backup import LATEST
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    CopyInterrupted,
    NotRunning,
    RedisUnreachable,
)
from tests.samples import AT, NOW
from tests.unit.backups.final_world import BEST_EFFORT, OTHER, RECOVERY, REQUIRED, TASK, World, a_change
from tests.unit.backups.final_world import world as world


def test_what_was_paused_is_resumed_by_the_next_configuration(world: World) -> None:
    world.add(applied_revision=1)
    world.delete(REQUIRED)
    world.writes.hold(world.backup)
    world.fails()
    world.settle()
    assert world.instance.is_to_resume
    assert world.instance.revision != world.instance.applied_revision


def test_writes_are_paused_where_the_copy_is_taken(world: World) -> None:
    world.add()
    world.delete()
    held = world.writes.hold(world.backup)
    assert (world.pause.paused, held.endpoint) == ([TASK], TASK)
    assert world.instance.final_backup
    assert world.instance.final_backup.is_held("arn:task-1", world.time)
    assert not world.instance.final_backup.is_held("arn:task-1", world.time + LATEST)
    assert not world.instance.final_backup.is_held("arn:task-2", world.time)


@pytest.mark.parametrize(
    "different",
    [
        {"change": a_change()},
        {"change": a_change(status=ChangeStatus.FAILED, decision=Decision.ABANDONED, ended_at=AT)},
        {"recovery": RECOVERY},
        {"configuration_runs": frozenset({f"{int(NOW.timestamp() * 1000):013d}-ab"})},
    ],
)
def test_nothing_is_held_while_others_may_resume_it_or_replace_the_task(
    world: World, different: dict[str, object]
) -> None:
    world.add()
    world.delete()
    world.change(**different)
    with pytest.raises(CopyInterrupted):
        world.writes.hold(world.backup)
    assert world.pause.paused == []
    world.time += timedelta(minutes=2)
    world.change(change=None, recovery=None, configuration_runs=frozenset())
    world.writes.hold(world.backup)


def test_of_an_instance_that_is_error_by_now_there_is_nothing_to_hold(world: World) -> None:
    world.add()
    world.delete()
    world.change(status=Status.ERROR)
    with pytest.raises(NotRunning):
        world.writes.hold(world.backup)


def test_a_hold_that_was_stored_and_not_made_is_resumed(world: World) -> None:
    world.add()
    world.delete()
    world.pause.available = False
    with pytest.raises(RedisUnreachable):
        world.writes.hold(world.backup)
    world.fails()
    world.settle()
    assert world.instance.is_to_resume


@pytest.mark.parametrize(
    "different",
    [{"endpoint": OTHER}, {"recovery": RECOVERY}, {"change": a_change()}],
)
def test_no_required_deletion_follows_a_backup_that_may_lack_writes(world: World, different: dict[str, object]) -> None:
    world.add()
    world.delete(REQUIRED)
    world.writes.hold(world.backup)
    world.taken()
    world.change(**different)
    world.settle()
    assert world.deleted() == (Status.RUNNING, world.backup.id, "FINAL_BACKUP_OVERTAKEN")
    assert world.backup.status is BackupStatus.AVAILABLE


def test_a_copy_from_before_the_writes_of_this_task_were_paused_may_lack_some(world: World) -> None:
    world.add()
    world.delete(REQUIRED)
    world.time += timedelta(milliseconds=1)
    world.writes.hold(world.backup)
    world.taken()
    world.settle()
    assert world.deleted() == (Status.RUNNING, world.backup.id, "FINAL_BACKUP_OVERTAKEN")


def test_a_best_effort_takes_what_there_is(world: World) -> None:
    world.add()
    world.delete(BEST_EFFORT)
    world.writes.hold(world.backup)
    world.taken()
    world.change(endpoint=OTHER)
    world.settle()
    assert world.deleted() == (Status.DELETING, world.backup.id, None)


def test_a_pause_that_is_over_is_none(world: World) -> None:
    world.add()
    world.delete()
    world.writes.hold(world.backup)
    world.taken()
    world.time += LATEST
    world.settle()
    assert world.deleted() == (Status.RUNNING, world.backup.id, "FINAL_BACKUP_OVERTAKEN")


def test_a_hold_that_meets_another_change_is_tried_again(world: World) -> None:
    world.add()
    world.delete()
    world.record.refused = 1
    with pytest.raises(CopyInterrupted):
        world.writes.hold(world.backup)
