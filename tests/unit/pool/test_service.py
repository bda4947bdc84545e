"""Passes over the warm pool: what they add and delete, whatever they find, and what they do while members fail."""

import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swiftcache.access.audit import AuditEntry
from swiftcache.certificates.model import CurrentCertificate
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.sizes import TaskSize, task_size
from swiftcache.instances.status import Status
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL, parse_pool_targets
from swiftcache.pool.planning import AT_ONCE, FIRST_PAUSE, LONGEST_PAUSE, Edition, new_member
from swiftcache.pool.service import PoolPassResult, PoolReconciler
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.pool_record import FakePoolRecord
from tests.samples import DOMAIN, NOW, ORGANIZATION, an_instance

SMALL, LARGE = TaskSize(256, 512), TaskSize(256, 1024)
RECOVERY = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.TASK_LOST, timestamp(NOW))


class World:
    """A pool, and what becomes of its members. `image` and `certificate` are those of now."""

    def __init__(self, targets: str = "512=2") -> None:
        self.time = NOW
        self.targets = targets
        self.image = "image-1"
        self.certificate: CurrentCertificate | None = None
        self.private = False
        self.instances = FakeInstances(FakeAccounts())
        self.record = FakePoolRecord(self.instances)

    def reconciler(self) -> PoolReconciler:
        return PoolReconciler(
            self.record,
            self.instances,
            parse_pool_targets(self.targets),
            lambda: Edition(self.image, self.certificate, self.time, self.private),
            DOMAIN,
            lambda: self.time,
        )

    def keep(self) -> PoolPassResult:
        return self.reconciler().run("keep-1")

    def member(self, status: Status = Status.RUNNING, size: TaskSize = SMALL, **different: Any) -> Instance:
        number = len(self.instances.stored)
        member = replace(
            new_member(size, self.image, "request-1", self.time, DOMAIN),
            id=f"inst_{number:03}",
            status=status,
            endpoint=Endpoint("203.0.113.1", 6379, f"task-{number}") if status is Status.RUNNING else None,
        )
        self.instances.stored[POOL, member.id] = replace(member, **different)
        return self.instances.stored[POOL, member.id]

    def become(self, status: Status, *ids: str) -> None:
        for instance_id in ids or [one.id for one in self.record.members() if one.status is Status.PROVISIONING]:
            found = self.instances.stored[POOL, instance_id]
            endpoint = Endpoint("203.0.113.1", 6379, instance_id) if status is Status.RUNNING else None
            changed = replace(found, status=status, endpoint=endpoint, changed_at=timestamp(self.time))
            self.instances.stored[POOL, instance_id] = changed

    def later(self, by: timedelta) -> "World":
        self.time += by
        return self

    def gone(self) -> None:
        """Whatever is DELETING is."""
        for member in self.record.members():
            if member.status is Status.DELETING:
                del self.instances.stored[POOL, member.id]

    def count(self, status: Status, size: TaskSize = SMALL) -> int:
        found = [one for one in self.record.members() if task_size(one.max_memory) == size]
        return sum(one.status is status for one in found)


@pytest.fixture
def world() -> World:
    return World()


def test_what_is_missing_is_added_once(world: World) -> None:
    assert len(world.keep().added) == 2
    assert world.count(Status.PROVISIONING) == 2
    result = world.keep()
    assert (result.added, result.deleted) == ([], [])


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.RUNNING])
def test_a_member_that_is_there_or_on_its_way_counts(world: World, status: Status) -> None:
    world.member(status)
    assert len(world.keep().added) == 1


def test_a_member_that_is_being_deleted_does_not_count(world: World) -> None:
    world.member(Status.DELETING)
    assert len(world.keep().added) == 2


def test_a_member_that_is_being_recovered_counts(world: World) -> None:
    world.member(recovery=RECOVERY)
    result = world.keep()
    assert (len(result.added), result.deleted, result.plans[0].ready) == (1, [], 0)


def test_a_member_that_was_taken_over_is_replaced(world: World) -> None:
    world.keep()
    world.become(Status.RUNNING)
    del world.instances.stored[POOL, world.record.members()[0].id]
    assert len(world.keep().added) == 1


def test_as_few_members_as_are_wanted_stay_and_the_most_useful(world: World) -> None:
    slow = world.member(Status.PROVISIONING)
    ready = world.member()
    recovering = world.member(recovery=RECOVERY)
    result = world.keep()
    assert (result.added, result.deleted) == ([], [slow.id])
    world.targets = "512=1"
    assert world.keep().deleted == [recovering.id]
    assert world.instances.stored[POOL, ready.id].status is Status.RUNNING


def test_without_a_pool_all_members_go(world: World) -> None:
    world.member()
    world.member(Status.PROVISIONING)
    world.member(Status.ERROR)
    world.member(size=LARGE)
    world.targets = ""
    result = world.keep()
    assert (len(result.deleted), result.added, result.empty) == (4, [], 0)
    world.gone()
    assert world.keep().plans == []


def test_a_size_that_is_not_wanted_any_more_goes(world: World) -> None:
    large = world.member(size=LARGE)
    assert world.keep().deleted == [large.id]


def test_the_audit_log_tells_that_the_pool_deleted_a_member(world: World) -> None:
    world.member()
    world.targets = ""
    world.keep()
    [entry] = world.instances.accounts.audit
    assert (entry.organization_id, entry.actor_role, entry.request_id) == (POOL, "pool", "keep-1")


def test_others_instances_are_nobodys_concern(world: World) -> None:
    other = an_instance(status=Status.RUNNING)
    world.instances.stored[ORGANIZATION, other.id] = other
    world.targets = ""
    world.keep()
    assert world.instances.stored[ORGANIZATION, other.id] == other


def test_a_member_that_is_taken_over_meanwhile_is_left_to_its_owner(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = world.member()
    world.targets = ""
    force = world.instances.force_deleting

    def taken_first(organization_id: str, instance_id: str, audit: AuditEntry) -> None:
        claimed = replace(world.instances.stored.pop((POOL, member.id)), organization_id=ORGANIZATION)
        world.instances.stored[ORGANIZATION, member.id] = claimed
        force(organization_id, instance_id, audit)

    monkeypatch.setattr(world.instances, "force_deleting", taken_first)
    assert world.keep().deleted == []
    assert world.instances.stored[ORGANIZATION, member.id].status is Status.RUNNING


def test_of_two_passes_over_the_pool_at_once_one_adds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    members = world.record.members

    def another_comes_between() -> list[Instance]:
        monkeypatch.setattr(world.record, "members", members)
        found = members()
        world.keep()
        return found

    monkeypatch.setattr(world.record, "members", another_comes_between)
    assert world.keep().added == []
    assert world.count(Status.PROVISIONING) == 2


def test_a_pass_that_another_meets_half_way_stops(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    add = world.record.add

    def another_has_finished(member: Instance, version: int) -> bool:
        monkeypatch.setattr(world.record, "add", add)
        done = add(member, version)
        world.keep()
        return done

    monkeypatch.setattr(world.record, "add", another_has_finished)
    assert len(world.keep().added) == 1
    assert world.count(Status.PROVISIONING) == 2


def test_no_more_are_on_their_way_than_aws_is_to_start_at_once() -> None:
    world = World("512=25")
    for expected in (AT_ONCE, 0):
        assert len(world.keep().added) == expected
    world.become(Status.RUNNING, *[one.id for one in world.record.members()][:4])
    assert len(world.keep().added) == 4


def test_the_emptiest_size_comes_first() -> None:
    world = World("512=40,1024=2")
    assert len(world.keep().added) == AT_ONCE
    assert world.count(Status.PROVISIONING, LARGE) == 1


def another_image(world: World) -> None:
    world.image = "image-2"


def another_certificate(world: World) -> None:
    """What members serve that are there is in the last third of its life."""
    for member in world.record.members():
        task = member.endpoint.task if member.endpoint else ""
        served = ObservedTask(task, certificate=Certificate(timestamp(world.time + timedelta(days=29)), "old"))
        world.instances.stored[POOL, member.id] = replace(member, observed=served)
    ends = timestamp(world.time + timedelta(days=90))
    world.certificate = CurrentCertificate(ends, "new", timestamp(world.time), ("*.redis.example.com",))


@pytest.mark.parametrize("wanted", [1, 3])
@pytest.mark.parametrize("what", [another_image, another_certificate])
def test_a_new_edition_replaces_the_pool_without_emptying_it(wanted: int, what: Callable[[World], None]) -> None:
    world = World(f"512={wanted}")
    for _ in range(wanted):
        world.member()
    what(world)
    assert len(world.keep().added) == wanted
    while old := [one for one in world.record.members() if one.id.startswith("inst_00")]:
        assert len([one for one in world.record.members() if one.status is Status.RUNNING]) >= wanted
        [first, *_] = [one for one in world.record.members() if one.status is Status.PROVISIONING]
        world.become(Status.RUNNING, first.id)
        assert len(world.keep().deleted) == 1
        world.gone()
        assert len([one for one in world.record.members() if one.id.startswith("inst_00")]) == len(old) - 1
    assert (world.count(Status.RUNNING), world.keep().deleted) == (wanted, [])


def test_a_member_of_another_image_that_is_not_ready_goes_at_once(world: World) -> None:
    slow = world.member(Status.PROVISIONING)
    failed = world.member(Status.ERROR)
    another_image(world)
    assert set(world.keep().deleted) == {slow.id, failed.id}


def test_where_new_tasks_are_private_one_of_the_public_members_goes_for_each_that_has_come(world: World) -> None:
    public = Endpoint("203.0.113.1", 6379, "task-0", private_address="10.0.0.1")
    old = [world.member(endpoint=public) for _ in range(2)]
    assert world.keep().added == []
    world.private = True
    result = world.keep()
    assert (len(result.added), result.deleted) == (2, [])
    world.become(Status.RUNNING, result.added[0])
    assert world.keep().deleted == [old[1].id]


def test_a_member_with_no_other_address_than_its_private_one_stays(world: World) -> None:
    world.private = True
    for _ in range(2):
        world.member(endpoint=Endpoint("10.0.0.1", 6379, "task-0", private_address="10.0.0.1"))
    result = world.keep()
    assert (result.added, result.deleted) == ([], [])


def test_a_member_whose_certificate_has_not_been_seen_stays(world: World) -> None:
    another_certificate(world)
    world.member()
    world.member()
    assert (world.keep().added, world.keep().deleted) == ([], [])


def test_while_members_of_a_new_image_fail_those_of_the_old_one_stay(world: World) -> None:
    world.member()
    world.member()
    world.image = "image-2"
    world.keep()
    world.become(Status.ERROR)
    assert world.later(FIRST_PAUSE).keep().deleted == []
    assert world.count(Status.RUNNING) == 2


def test_after_a_failure_one_is_tried_after_a_pause(world: World) -> None:
    world.keep()
    world.become(Status.ERROR)
    result = world.keep()
    assert (result.added, result.deleted, result.plans[0].troubled) == ([], [], True)
    assert len(world.later(FIRST_PAUSE).keep().added) == 1
    assert world.later(FIRST_PAUSE).keep().added == []


def test_a_success_ends_the_trouble_and_what_failed_goes(world: World) -> None:
    world.keep()
    world.become(Status.ERROR)
    world.later(FIRST_PAUSE).keep()
    world.later(FIRST_PAUSE).become(Status.RUNNING)
    result = world.keep()
    assert (len(result.added), len(result.deleted), result.plans[0].troubled) == (1, 2, False)


def test_one_failure_beside_a_success_is_made_good_by_one_that_is_tried(world: World) -> None:
    world.member()
    world.later(timedelta(seconds=1)).member(Status.ERROR, changed_at=timestamp(world.time))
    assert world.keep().added == []
    assert len(world.later(FIRST_PAUSE).keep().added) == 1


def test_a_full_size_forgets_its_failures(world: World) -> None:
    world.member()
    world.member()
    failed = world.member(Status.ERROR)
    assert world.keep().deleted == [failed.id]


def test_a_size_in_trouble_keeps_no_other_waiting() -> None:
    world = World("512=1,1024=1")
    world.keep()
    world.become(Status.RUNNING, *[one.id for one in world.record.members() if task_size(one.max_memory) == LARGE])
    world.become(Status.ERROR)
    del world.instances.stored[next(key for key, one in world.instances.stored.items() if one.status is Status.RUNNING)]
    assert len(world.keep().added) == 1
    assert world.count(Status.PROVISIONING, LARGE) == 1


def test_an_image_that_no_task_lives_with_is_tried_ever_more_seldom() -> None:
    world = World("512=30")
    tries = []
    while world.time < NOW + timedelta(days=1):
        tries += [world.time] * len(world.keep().added)
        world.later(timedelta(seconds=30)).become(Status.ERROR)
        world.gone()
        assert len(world.record.members()) <= AT_ONCE + 2
        world.later(timedelta(seconds=30))
    assert len(tries) <= AT_ONCE + 60
    gaps = [later - earlier for earlier, later in zip(tries[AT_ONCE:], tries[AT_ONCE + 1 :], strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[-1] <= LONGEST_PAUSE + timedelta(minutes=2)


def test_another_image_is_tried_at_once(world: World) -> None:
    world.keep()
    world.become(Status.ERROR)
    world.image = "image-2"
    result = world.keep()
    assert (len(result.added), len(result.deleted)) == (2, 2)


def test_a_size_without_a_ready_member_is_empty() -> None:
    world = World("512=1,1024=1")
    world.member()
    world.member(size=LARGE, recovery=RECOVERY)
    assert world.keep().empty == 1


@given(data=st.data())
def test_whatever_happens_no_more_are_there_than_are_wanted_and_in_the_end_as_many(data: st.DataObject) -> None:
    """Members come to run, fail, die, are taken over; the image and the size change; passes come as they like."""
    # Members lie in the order of their ids: the same draws must find them in the same order.
    with patch.object(secrets, "token_bytes", random.Random(1).randbytes):
        something_happens(data)


def something_happens(data: st.DataObject) -> None:
    world = World("512=3")
    for _ in range(data.draw(st.integers(0, 25))):
        world.later(timedelta(seconds=data.draw(st.integers(1, 120))))
        members = [one for one in world.record.members() if one.status is not Status.DELETING]
        event = data.draw(st.sampled_from(["keep", "keep", "run", "fail", "take", "image", "size", "gone"]))
        if event == "keep":
            world.keep()
            present = [one for one in world.record.members() if one.status in (Status.PROVISIONING, Status.RUNNING)]
            fresh = [one for one in present if one.name == new_member(SMALL, world.image, "", NOW, DOMAIN).name]
            [wanted, *_] = [target.members for target in parse_pool_targets(world.targets)] or [0]
            assert len(fresh) <= wanted
        elif event == "image":
            world.image = data.draw(st.sampled_from(["image-1", "image-2"]))
        elif event == "size":
            world.targets = data.draw(st.sampled_from(["", "512=1", "512=3"]))
        elif event == "gone":
            world.gone()
        elif members:
            one = data.draw(st.sampled_from(members))
            if event == "take" and one.status is Status.RUNNING:
                del world.instances.stored[POOL, one.id]
            elif event == "run" and one.status is Status.PROVISIONING:
                world.become(Status.RUNNING, one.id)
            elif event == "fail":
                world.become(Status.ERROR, one.id)
    world.targets = "512=3"
    for _ in range(10):
        world.later(LONGEST_PAUSE).keep()
        world.later(timedelta(seconds=1)).become(Status.RUNNING)
        world.gone()
    assert [one.status for one in world.record.members()] == [Status.RUNNING] * 3
    assert {one.name for one in world.record.members()} == {new_member(SMALL, world.image, "", NOW, DOMAIN).name}
