"""Proving a backup: what is started, and for which."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.backups.model import BackupKind, BackupStatus, Verification
from swiftcache.backups.proof import PROOF_SIZES
from swiftcache.backups.proving import StartedProof
from swiftcache.instances.sizes import MIB, TaskSize
from swiftcache.platform.errors import (
    BackupSuperseded,
    CannotBeRestored,
)
from swiftcache.platform.timestamps import timestamp
from tests.samples import NOW, ORGANIZATION, an_instance
from tests.unit.backups.proving_world import FILE, TARGET, TASK, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_proof_gets_links_to_the_backup_and_for_its_report(world: World) -> None:
    world.add()

    started = world.prover.start(TARGET)

    assert started == StartedProof(TASK, 240)
    order = world.tasks.orders[TASK]
    assert (order.backup_id, order.sha256, order.size_bytes) == ("bkp_a1", "5e" * 32, len(FILE))
    assert "backups/org_1/bkp_a1.rdb?version=version-2&seconds=1140" in order.source
    assert "proofs/org_1/bkp_a1/0?upload&seconds=1140" in order.report
    assert "http" not in repr(order), "links are secrets"


@pytest.mark.parametrize(
    ("different", "size"),
    [
        ({"source": an_instance(max_memory=10 * MIB)}, TaskSize(256, 512)),
        ({"source": an_instance(max_memory=4096 * MIB, persistence=True)}, TaskSize(1024, 6144)),
        ({"source": None, "kind": BackupKind.IMPORTED}, TaskSize(1024, 6144)),
    ],
)
def test_the_task_is_as_large_as_the_instance_s_or_as_any(world: World, different: Any, size: TaskSize) -> None:
    world.add(**different)
    world.prover.start(TARGET)
    [order] = world.tasks.orders.values()
    assert order.size == size
    assert size in PROOF_SIZES


def test_a_start_that_is_tried_again_starts_nothing_twice(world: World) -> None:
    world.add()
    assert world.prover.start(TARGET) == world.prover.start(TARGET)
    assert list(world.tasks.orders) == [TASK]


def test_a_refused_placement_is_told(world: World) -> None:
    world.add()
    world.tasks.refused = "Capacity is unavailable at this time"
    assert world.prover.start(TARGET) == StartedProof(refused="Capacity is unavailable at this time")
    world.prover.postpone(TARGET)
    assert world.nothing_is_left()


@pytest.mark.parametrize("status", [BackupStatus.FAILED, BackupStatus.DELETING, None])
def test_one_that_is_not_wanted_any_more_is_not_proved(world: World, status: BackupStatus | None) -> None:
    backup = world.add()
    world.backups.stored.clear()
    if status:
        world.backups.stored[ORGANIZATION, backup.id] = replace(backup, status=status)
    for step in (world.prover.start, lambda target: world.prover.record(target, TASK), world.prover.postpone):
        world.put("proofs/org_1/bkp_a1/0-fetch.env", b"of one that has died")
        with pytest.raises(BackupSuperseded):
            step(TARGET)
        assert world.nothing_is_left()
    assert world.tasks.orders == {}


@pytest.mark.parametrize("content", [None, FILE[:-1], FILE + b"!"], ids=["gone", "cut", "longer"])
def test_an_object_that_is_gone_or_of_another_length_is_found_before_anything_is_started(
    world: World, content: bytes | None
) -> None:
    backup = world.add(content or b"")
    if content is None:
        world.objects.erase(backup.object_key)
    world.put("proofs/org_1/bkp_a1/0-fetch.env", b"of one that has died")
    with pytest.raises(CannotBeRestored, match=r"gone|bytes"):
        world.prover.start(TARGET)
    assert world.tasks.orders == {}
    assert world.nothing_is_left()


def test_an_object_that_is_put_in_its_place_is_not_taken_for_it(world: World) -> None:
    backup = world.add()
    world.put(backup.object_key, b"another")
    world.prover.start(TARGET)
    assert "version=version-2" in world.tasks.orders[TASK].source


class TestScheduled:
    def verified(self, world: World, hours: int, **different: Any) -> None:
        at = NOW - timedelta(hours=hours)
        other = world.add(id="bkp_before", created_at=timestamp(at), kind=BackupKind.SCHEDULED, **different)
        world.backups.stored[ORGANIZATION, other.id] = other.with_verification(Verification(timestamp(at), 1_000, 3))

    @pytest.mark.parametrize(("hours", "due"), [(23, False), (25, True)])
    def test_one_a_day_is_proved(self, world: World, hours: int, due: bool) -> None:
        self.verified(world, hours)
        world.add(kind=BackupKind.SCHEDULED)
        assert (world.prover.start(TARGET).task is not None) == due

    def test_that_of_another_instance_counts_for_nothing(self, world: World) -> None:
        self.verified(world, 1, instance_id="inst_b1")
        world.add(kind=BackupKind.SCHEDULED)
        assert world.prover.start(TARGET).task

    def test_the_operator_may_have_each_proved(self) -> None:
        world = World(days=0)
        self.verified(world, 1)
        world.add(kind=BackupKind.SCHEDULED)
        assert world.prover.start(TARGET).task

    @pytest.mark.parametrize("kind", [BackupKind.MANUAL, BackupKind.FINAL, BackupKind.IMPORTED])
    def test_others_always_are(self, world: World, kind: BackupKind) -> None:
        self.verified(world, 1)
        world.add(kind=kind)
        assert world.prover.start(TARGET).task

    def test_it_is_found_among_many(self, world: World) -> None:
        self.verified(world, 23)
        for number in range(60):
            at = timestamp(NOW - timedelta(minutes=20 * number + 1))
            world.add(id=f"bkp_n{number}", created_at=at, kind=BackupKind.SCHEDULED)
        world.add(kind=BackupKind.SCHEDULED, created_at=timestamp(NOW))
        assert world.prover.start(TARGET).task is None


@pytest.mark.parametrize("engine", ["redis", "valkey"])
def test_a_backup_is_proved_by_the_engine_that_wrote_it(world: World, engine: str) -> None:
    backup = world.add()
    assert backup.content
    written = replace(backup.content, rdb=replace(backup.content.rdb, engine=engine))
    world.backups.change(backup, replace(backup, content=written, revision=backup.revision + 1), None)
    world.prover.start(TARGET)
    assert world.tasks.orders[TASK].engine == engine
