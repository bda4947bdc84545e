"""The end of a proof: what is believed, what is tried later, and that nothing of it stays."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.engines import Engine
from swiftcache.backups.model import PROOF_TRIES, BackupKind, BackupStatus, Verification
from swiftcache.backups.proof import MAX_REPORT_BYTES, proof_seconds
from swiftcache.backups.proof_ports import ContainerEnd
from swiftcache.backups.proving import NOT_LOADED, OTHER_CONTENT, StartedProof
from swiftcache.instances.sizes import MIB
from swiftcache.platform.errors import (
    CannotBeRestored,
    DependencyUnavailable,
    FileRefused,
    ProofNotMade,
)
from swiftcache.platform.timestamps import timestamp
from tests.samples import NOW, ORGANIZATION
from tests.unit.backups.proving_world import TARGET, TASK, World, info


@pytest.fixture
def world() -> World:
    return World()


def test_a_backup_whose_keys_are_all_there_is_verified(world: World) -> None:
    world.add()
    world.prover.start(TARGET)
    world.report(info())

    world.prover.record(TARGET, TASK)

    assert world.backup.verified == Verification(timestamp(NOW), 1_000, 3, 2_000_000)
    assert world.backup.status is BackupStatus.AVAILABLE
    assert world.audited[-1] is Action.BACKUP_VERIFIED
    assert world.engines.engine == Engine("redis", "7.2.11", timestamp(NOW))
    assert world.nothing_is_left()


def test_recording_it_again_changes_nothing(world: World) -> None:
    world.add()
    world.prover.start(TARGET)
    world.report(info())
    world.prover.record(TARGET, TASK)
    before = world.backup
    world.prover.record(TARGET, TASK)
    assert (world.backup, world.audited.count(Action.BACKUP_VERIFIED)) == (before, 1)
    world.put("proofs/org_1/bkp_a1/0-fetch.env", b"of one that has died")
    assert world.prover.start(TARGET) == StartedProof(), "nor is it proved again"
    assert world.nothing_is_left()


def test_an_imported_file_is_available_with_the_keys_that_it_was_found_to_have(world: World) -> None:
    backup = world.add(kind=BackupKind.IMPORTED, source=None, instance_id=None, instance_name=None)
    assert backup.content
    world.backups.stored[ORGANIZATION, backup.id] = replace(backup, content=replace(backup.content, keys=None))
    world.prover.start(TARGET)
    world.report(info(7, 0))
    world.prover.record(TARGET, TASK)
    assert world.backup.status is BackupStatus.AVAILABLE
    assert world.backup.content
    assert world.backup.content.keys == 7
    assert world.backup.revision == backup.revision + 1


@pytest.mark.parametrize("loaded", [997, 999, 0])
def test_one_key_too_few_or_too_many_is_told(world: World, loaded: int) -> None:
    world.add()
    world.prover.start(TARGET)
    world.report(info(loaded))
    with pytest.raises(CannotBeRestored, match=f"it has 1000 keys, and Redis has found {loaded + 2} in it"):
        world.prover.record(TARGET, TASK)
    assert world.backup.verified is None
    assert world.nothing_is_left()


@pytest.mark.parametrize(
    ("ends", "what"),
    [
        ({"fetch": ContainerEnd(OTHER_CONTENT, False)}, "checksum"),
        ({"fetch": ContainerEnd(0, False), "load": ContainerEnd(NOT_LOADED, False)}, "refuses"),
        ({"fetch": ContainerEnd(0, False), "load": ContainerEnd(67, True)}, "memory"),
    ],
)
def test_what_the_backup_is_to_blame_for_is_told(world: World, ends: Any, what: str) -> None:
    world.add()
    world.prover.start(TARGET)
    world.tasks.end_as(TASK, ends)
    with pytest.raises(CannotBeRestored, match=what):
        world.prover.record(TARGET, TASK)
    assert world.nothing_is_left()


@pytest.mark.parametrize(
    ("ends", "error"),
    [
        ({"fetch": ContainerEnd(OTHER_CONTENT, False)}, CannotBeRestored),
        ({"load": ContainerEnd(NOT_LOADED, False)}, FileRefused),
        ({"load": ContainerEnd(137, True)}, FileRefused),
    ],
)
def test_of_an_imported_file_only_what_it_is_was_its_sender_s_to_see_to(
    world: World, ends: Any, error: type[Exception]
) -> None:
    world.add(kind=BackupKind.IMPORTED, source=None)
    task = world.prover.start(TARGET).task
    assert task
    world.tasks.end_as(task, ends)
    with pytest.raises(error):
        world.prover.record(TARGET, task)
    assert world.nothing_is_left()


@pytest.mark.parametrize(
    "ends",
    [
        {"fetch": ContainerEnd(22, False)},
        {"fetch": ContainerEnd(127, False)},
        {"fetch": ContainerEnd(0, False), "load": ContainerEnd(137, False)},
        {"fetch": ContainerEnd(0, False), "load": ContainerEnd(67, False)},
        {"fetch": ContainerEnd(0, False), "load": ContainerEnd(0, False), "report": ContainerEnd(22, False)},
        {},
    ],
)
def test_what_it_is_not_to_blame_for_is_no_verdict(world: World, ends: Any) -> None:
    world.add()
    world.prover.start(TARGET)
    world.tasks.end_as(TASK, ends)
    with pytest.raises(ProofNotMade):
        world.prover.record(TARGET, TASK)
    assert world.nothing_is_left()
    assert world.backup.status is BackupStatus.AVAILABLE


def test_a_later_try_erases_what_the_ones_before_have_left(world: World) -> None:
    world.add()
    world.prover.start(TARGET)
    again = replace(TARGET, attempt=1)
    world.tasks.stop(TASK)
    started = world.prover.start(again)
    assert started.task
    assert len(world.objects.page("proofs/", None).keys) == 2
    with pytest.raises(ProofNotMade):
        world.prover.record(again, started.task)
    assert world.nothing_is_left()


def test_a_task_that_nobody_knows_any_more_is_no_verdict(world: World) -> None:
    """ECS forgets one an hour after its end."""
    world.add()
    world.prover.start(TARGET)
    world.tasks.orders.clear()
    with pytest.raises(ProofNotMade):
        world.prover.record(TARGET, TASK)
    assert world.nothing_is_left()
    assert world.backup.status is BackupStatus.AVAILABLE


def test_a_task_that_cannot_be_looked_at_is_stopped_and_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(_: str) -> None:
        raise DependencyUnavailable("the container service is busy")

    world.add()
    world.prover.start(TARGET)
    with monkeypatch.context() as patch:
        patch.setattr(world.tasks, "look", look)
        with pytest.raises(DependencyUnavailable):
            world.prover.record(TARGET, TASK)
    assert world.nothing_is_left()
    with pytest.raises(ProofNotMade):
        world.prover.record(TARGET, TASK)


def test_a_report_that_came_too_late_for_an_earlier_try_is_not_taken(world: World) -> None:
    world.add()
    world.report(info())
    world.prover.start(TARGET)
    with pytest.raises(ProofNotMade):
        world.prover.record(TARGET, TASK)


def test_a_task_that_takes_too_long_is_stopped(world: World) -> None:
    world.add()
    world.prover.start(TARGET)
    with pytest.raises(ProofNotMade, match="in time"):
        world.prover.record(TARGET, TASK)
    assert world.nothing_is_left()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\x00" * 100,
        info(loading=1),
        info(redis_version="7.2.11; drop"),
        info(redis_version=None),
        info(rdb_last_load_keys_loaded="-1"),
        info(rdb_last_load_keys_loaded="1e3"),
        info(rdb_last_load_keys_expired=None),
        info(used_memory="9" * 16),
        info() + b"x" * MAX_REPORT_BYTES,
    ],
)
def test_a_report_that_is_none_is_not_believed(world: World, text: bytes) -> None:
    world.add()
    world.prover.start(TARGET)
    world.report(text)
    with pytest.raises(ProofNotMade, match="report"):
        world.prover.record(TARGET, TASK)
    assert world.backup.verified is None
    assert world.nothing_is_left()


def test_what_could_not_be_tried_is_tried_later_and_not_for_ever(world: World) -> None:
    world.add()
    waits = []
    for _ in range(PROOF_TRIES):
        world.prover.start(TARGET)
        promised = world.backup
        world.prover.postpone(TARGET)
        assert world.backup == promised, "that was said before it was begun"
        assert not world.tasks.of("bkp_a1")
        waits.append(world.backup.due_at)
        world.backups.change(world.backup, world.backup.unproved(NOW), None)
    hours = [1, 2, 4, 8, 16, 24, 24]
    assert waits[:-1] == [timestamp(NOW + timedelta(hours=each)) for each in hours]
    assert waits[-1] == world.backup.expires_at, "by then nothing is due but its end"
    assert world.backup.status is BackupStatus.AVAILABLE


def test_each_later_try_has_a_start_of_its_own(world: World) -> None:
    world.add()
    world.prover.start(TARGET)
    world.prover.postpone(TARGET)
    world.backups.change(world.backup, world.backup.unproved(NOW), None)
    assert world.prover.start(TARGET).task == "task-bkp_a1-2-0"


def test_whoever_dies_while_it_is_proved_has_left_word(world: World) -> None:
    world.add()
    world.prover.start(TARGET)
    assert world.backup.due_at == timestamp(NOW + timedelta(hours=1))
    world.report(info())
    world.prover.record(TARGET, TASK)
    assert world.backup.due_at == world.backup.expires_at


def test_what_is_not_to_be_tried_is_not_promised(world: World) -> None:
    world.add(kind=BackupKind.IMPORTED, source=None)
    world.prover.start(TARGET)
    assert world.backup.proof_tries == 0


def test_an_import_that_cannot_be_tried_is_not_available(world: World) -> None:
    world.add(kind=BackupKind.IMPORTED, source=None)
    with pytest.raises(ProofNotMade):
        world.prover.postpone(TARGET)


def test_a_proof_has_time_by_the_size_and_never_longer_than_an_orphan_is_left_alone() -> None:
    assert [proof_seconds(size * MIB) for size in (0, 1200, 100_000)] == [240, 340, 780]


def test_valkey_says_its_own_version(world: World) -> None:
    world.add()
    world.report(info(server_name="valkey", valkey_version="8.1.4", redis_version="7.2.4"))
    world.prover.record(TARGET, TASK)
    assert world.engines.valkey == Engine("valkey", "8.1.4", timestamp(NOW))
