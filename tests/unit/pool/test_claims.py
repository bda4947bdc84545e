"""Which creation takes a member of the warm pool over, and what becomes of it."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from swiftcache.access.audit import AuditEntry
from swiftcache.backups.restoring import BackupRestores
from swiftcache.instances.maintenance_window import Day, MaintenanceWindow
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Target
from swiftcache.instances.service import InstanceService
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, LimitExceeded, RecordChanged
from swiftcache.platform.unit_of_work import IdempotentWork, replaying
from swiftcache.pool.claims import WarmPool
from swiftcache.pool.model import POOL, parse_pool_targets
from tests.fakes.backups import FakeBackups
from tests.fakes.final import NoFinalBackups
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.pool import FakeReadyMembers, a_member
from tests.fakes.proofs import FakeEngines
from tests.fakes.provisioning import FakeWorkflows
from tests.samples import DOMAIN, NOW, OFFERS, ORGANIZATION, a_caller, a_request, an_account

OWNER = a_caller()
FITS = a_request(max_memory=100 * MIB)


@dataclass
class Contested(FakeReadyMembers):
    """Another is faster, `losses` times. `tried` are those that were wanted, in order."""

    losses: int = 0
    tried: list[str] = field(default_factory=list)

    def take_over(self, member: Instance, instance: Instance, audit: AuditEntry) -> None:
        self.tried.append(member.id)
        if len(self.tried) <= self.losses:
            raise RecordChanged("another was faster")
        super().take_over(member, instance, audit)


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.workflows = FakeWorkflows()
        self.members = Contested(self.instances)
        self.service = self.with_pool("512=2")

    def with_pool(self, text: str, private: bool = False) -> InstanceService:
        pool = WarmPool(parse_pool_targets(text), lambda: self.members, private)
        restores = BackupRestores(FakeBackups(self.accounts), FakeEngines(), OFFERS)
        finals = NoFinalBackups()
        return InstanceService(self.instances, self.workflows, pool, restores, finals, OFFERS, DOMAIN, lambda: NOW)

    def wait(self, *ids: str, **different: Any) -> None:
        for id_ in ids:
            self.instances.stored[POOL, id_] = a_member(id=id_, **different)

    def waiting(self) -> Sequence[str]:
        return sorted(id_ for owner, id_ in self.instances.stored if owner == POOL)


@pytest.fixture
def world() -> World:
    return World()


def test_a_creation_takes_a_member_over(world: World) -> None:
    world.wait("inst_m1")
    created = world.service.create(OWNER, FITS)
    stored = world.instances.get(ORGANIZATION, "inst_m1")
    assert stored == created.instance
    assert (stored.claimed, stored.keys, stored.max_memory, stored.name) == (
        True,
        (created.key,),
        100 * MIB,
        "my-redis",
    )
    assert world.waiting() == []


def test_where_new_tasks_are_private_no_member_with_a_public_address_is_taken(world: World) -> None:
    world.wait("inst_m1", endpoint=Endpoint("203.0.113.1", 6379, "task-1", private_address="10.0.0.1"))
    created = world.with_pool("512=2", private=True).create(OWNER, FITS)
    assert (created.instance.claimed, world.waiting()) == (False, ["inst_m1"])
    world.wait("inst_m2", endpoint=Endpoint("10.0.0.2", 6379, "task-2", private_address="10.0.0.2"))
    created = world.with_pool("512=2", private=True).create(OWNER, FITS)
    assert (created.instance.id, world.waiting()) == ("inst_m2", ["inst_m1"])


def test_the_workflow_of_a_claim_is_told_which_task_it_takes(world: World) -> None:
    world.wait("inst_m1")
    world.service.create(OWNER, FITS)
    endpoint = a_member().endpoint
    assert world.workflows.started == [("provision", Target(ORGANIZATION, "inst_m1", "request-1"), endpoint)]


def test_a_claimed_instance_looks_like_any_that_is_provisioned(world: World) -> None:
    world.wait("inst_m1")
    instance = world.service.create(OWNER, FITS).instance
    assert (instance.status, instance.hostname, instance.port) == (Status.PROVISIONING, None, None)


@pytest.mark.parametrize(
    "known",
    [{"dns_name": "m1.redis.old.example.com"}, {"hostname": "m1.redis.old.example.com"}],
    ids=["kept since it was made", "made before names were kept"],
)
def test_a_claimed_instance_has_the_members_name(world: World, known: dict[str, str]) -> None:
    world.wait("inst_m1", **known)
    world.service.create(OWNER, FITS)
    stored = world.instances.get(ORGANIZATION, "inst_m1")
    assert stored
    assert (stored.dns_name, stored.hostname) == ("m1.redis.old.example.com", None)


def test_a_claimed_instances_control_password_is_as_old_as_the_members(world: World) -> None:
    world.wait("inst_m1", created_at="2025-01-01T00:00:00Z")
    assert world.service.create(OWNER, FITS).instance.control_password_at == "2025-01-01T00:00:00Z"


def test_a_claimed_instance_has_the_window_that_its_owner_asked_for(world: World) -> None:
    world.wait("inst_m1")
    window = MaintenanceWindow("03:00", 4, Day.SUNDAY)
    assert world.service.create(OWNER, replace(FITS, maintenance_window=window)).instance.id == "inst_m1"
    stored = world.instances.get(ORGANIZATION, "inst_m1")
    assert stored
    assert stored.maintenance_window == window


@pytest.mark.parametrize(
    ("pool", "different"),
    [("", {}), ("1024=2", {}), ("512=0", {}), ("512=2", {"persistence": True}), ("512=2", {"max_memory": 512 * MIB})],
)
def test_where_no_member_would_wait_none_is_looked_for(world: World, pool: str, different: dict[str, Any]) -> None:
    world.wait("inst_m1")
    created = world.with_pool(pool).create(OWNER, replace(FITS, **different))
    assert not created.instance.claimed
    assert (world.members.asked, world.waiting()) == (0, ["inst_m1"])


def test_where_no_member_waits_a_creation_begins_with_nothing(world: World) -> None:
    created = world.service.create(OWNER, FITS)
    assert not created.instance.claimed
    assert world.workflows.started == [("provision", Target(ORGANIZATION, created.instance.id, "request-1"))]


def test_who_loses_a_member_takes_another(world: World) -> None:
    world.wait("inst_m1", "inst_m2")
    world.members.losses = 1
    created = world.service.create(OWNER, FITS)
    assert created.instance.claimed
    assert world.members.tried == [*world.members.tried[:1], created.instance.id]
    assert len(set(world.members.tried)) == 2
    assert world.members.asked == 1


def test_who_loses_three_members_begins_with_nothing(world: World) -> None:
    world.wait("inst_m1", "inst_m2", "inst_m3", "inst_m4")
    world.members.losses = 3
    created = world.service.create(OWNER, FITS)
    assert not created.instance.claimed
    assert len(world.members.tried) == 3
    assert len(world.waiting()) == 4


def test_a_refusal_by_the_limits_is_told_and_takes_nothing(world: World) -> None:
    for _ in range(10):
        world.service.create(OWNER, FITS)
    world.wait("inst_m1")
    with pytest.raises(LimitExceeded):
        world.service.create(OWNER, FITS)
    assert world.waiting() == ["inst_m1"]


def test_an_answer_that_is_lost_is_not_followed_by_another_member(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise DependencyUnavailable("the record is busy")

    world.wait("inst_m1", "inst_m2")
    monkeypatch.setattr(FakeReadyMembers, "take_over", lose)
    with pytest.raises(DependencyUnavailable):
        world.service.create(OWNER, FITS)
    assert len(world.members.tried) == 1


def test_of_many_claims_at_once_each_gets_a_member_of_its_own(world: World) -> None:
    world.wait(*(f"inst_m{number}" for number in range(4)))
    created: list[Instance] = []
    begin = threading.Barrier(4)

    def create() -> None:
        begin.wait()
        created.append(world.service.create(OWNER, FITS).instance)

    together(create, 4)
    assert len({instance.id for instance in created}) == 4


def together(what: Callable[[], None], times: int) -> None:
    threads = [threading.Thread(target=what) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def tried_again(first: IdempotentWork) -> IdempotentWork:
    """What the next try of the same request begins with."""
    return IdempotentWork("key_owner", "a" * 64, "second", first.seed, first.at, first.applied, first.note)


def test_the_next_try_of_a_request_gets_the_same_member_and_the_same_key(world: World) -> None:
    world.wait("inst_m1", "inst_m2", "inst_m3")
    work = IdempotentWork("key_owner", "a" * 64, "first", b"seed", NOW)
    with replaying(work):
        first = world.service.create(OWNER, FITS)
    world.members.tried.clear()
    with replaying(tried_again(work)):
        second = world.service.create(OWNER, FITS)
    unknown = replace(first.instance, control_password_at=None, dns_name=None, shared_definition=True)
    assert second.instance == unknown, "but for what no answer shows"
    assert (second.key, second.plain_key) == (first.key, first.plain_key)
    assert world.workflows.started[0] == world.workflows.started[1]
    assert (world.members.tried, len(world.waiting())) == ([], 2)


def test_a_member_that_was_noted_by_the_release_before_is_taken_again(world: World) -> None:
    world.wait("inst_m1")
    work = IdempotentWork("key_owner", "a" * 64, "first", b"seed", NOW)
    with replaying(work):
        first = world.service.create(OWNER, FITS)
    assert work.note
    work.note = json.dumps(json.loads(work.note)[:4])
    with replaying(tried_again(work)):
        second = world.service.create(OWNER, FITS)
    assert second.instance.endpoint == first.instance.endpoint


def test_the_next_try_of_a_request_that_got_no_member_gets_none(world: World) -> None:
    work = IdempotentWork("key_owner", "a" * 64, "first", b"seed", NOW)
    with replaying(work):
        first = world.service.create(OWNER, FITS)
    work.applied = 1  # as DynamoDB counts it
    world.wait("inst_m1")
    again = tried_again(work)
    with replaying(again):
        second = world.service.create(OWNER, FITS)
    assert second.instance == first.instance
    assert world.waiting() == ["inst_m1"]


def test_a_member_that_was_lost_is_not_noted(world: World) -> None:
    world.wait("inst_m1", "inst_m2", "inst_m3")
    world.members.losses = 3
    work = IdempotentWork("key_owner", "a" * 64, "first", b"seed", NOW)
    with replaying(work):
        world.service.create(OWNER, FITS)
    assert work.note is None
