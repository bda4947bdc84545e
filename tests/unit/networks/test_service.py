"""Making a security group equal to the record: whatever dies, and whatever changes meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.instances.allowed_networks import AllowedNetworks, OwnGroup
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.networks.service import LEASE, NetworkService
from swiftcache.platform.errors import DependencyUnavailable, InstanceSuperseded
from tests.fakes.instances import FakeInstances
from tests.fakes.networks import FakeNetworkStore, FakeSecurityGroups
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, an_account, an_entry, an_instance

WANTED = AllowedNetworks(("10.1.0.0/16",))
RUNNING = {"status": Status.RUNNING, "endpoint": Endpoint("10.0.0.7", 6379)}


@dataclass
class Hooked(FakeSecurityGroups):
    """Does something else first, once for each of `before`."""

    before: list[Callable[[], None]] = field(default_factory=list)

    def make_equal(self, instance_id: str, cidrs: Sequence[str]) -> str:
        if self.before:
            self.before.pop(0)()
        return super().make_equal(instance_id, cidrs)


@dataclass
class FakeConnections:
    """`closed` has the networks that were let in whenever others' connections were closed."""

    groups: FakeSecurityGroups
    closed: list[tuple[str, ...]] = field(default_factory=list)
    available: bool = True

    def close_others(self, organization_id: str, instance_id: str) -> None:
        if not self.available:
            raise DependencyUnavailable("connections could not be closed")
        self.closed.append(self.groups.groups[instance_id])


class World:
    def __init__(self) -> None:
        self.time = NOW
        self.slept = 0.0
        self.meanwhile: list[Callable[[], None]] = []
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(accounts)
        self.groups = Hooked()
        self.connections = FakeConnections(self.groups)
        self.networks = NetworkService(
            self.instances,
            FakeNetworkStore(self.instances),
            self.groups,
            self.connections,
            lambda: self.time,
            self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def add(self, **different: Any) -> None:
        self.instances.create(an_instance(**{"allowed_networks": WANTED, **different}), an_entry())

    def want(self, *cidrs: str) -> None:
        wanted = AllowedNetworks(cidrs, self.found.allowed_networks.revision + 1 if self.found.allowed_networks else 1)
        self.instances.stored[ORGANIZATION, "inst_a1"] = replace(self.found, allowed_networks=wanted)

    @property
    def found(self) -> Instance:
        found = self.instances.get(ORGANIZATION, "inst_a1")
        assert found
        return found

    def apply(self) -> None:
        self.networks.apply(ORGANIZATION, "inst_a1")

    def prepare(self) -> str:
        return self.networks.prepare(ORGANIZATION, "inst_a1")


@pytest.fixture
def world() -> World:
    return World()


def test_a_creation_gets_a_group_that_lets_in_whom_it_is_to(world: World) -> None:
    world.add()
    assert world.prepare() == "sg-inst_a1"
    assert world.groups.groups == {"inst_a1": ("10.1.0.0/16",)}
    assert (world.found.networks_in_force, world.connections.closed) == (True, []), "nobody is connected yet"
    assert world.prepare() == "sg-inst_a1", "a step may run twice"


@pytest.mark.parametrize("status", [Status.DELETING, Status.ERROR, Status.RUNNING])
def test_a_group_is_prepared_for_a_creation_alone(world: World, status: Status) -> None:
    world.add(status=status)
    with pytest.raises(InstanceSuperseded):
        world.prepare()
    assert world.groups.groups == {}


def test_no_group_is_prepared_while_another_run_is_at_work_on_it(world: World) -> None:
    world.add(group_lease="2999-01-01T00:00:00.000Z")
    with pytest.raises(DependencyUnavailable, match="another run"):
        world.prepare()


def test_no_group_is_prepared_for_an_instance_without_networks(world: World) -> None:
    world.add(allowed_networks=None)
    with pytest.raises(DependencyUnavailable):
        world.prepare()
    assert world.groups.groups == {}


def test_connections_from_elsewhere_are_closed_after_the_rules_let_in_nobody_else(world: World) -> None:
    world.add(**RUNNING)
    world.apply()
    assert world.connections.closed == [("10.1.0.0/16",)]
    assert world.found.networks_in_force


def test_what_is_in_force_is_left_alone(world: World) -> None:
    world.add(**RUNNING, own_group=OwnGroup("sg-inst_a1", 1))
    world.apply()
    assert (world.groups.groups, world.connections.closed) == ({}, [])


def test_other_networks_that_are_wanted_meanwhile_are_let_in_by_the_same_run(world: World) -> None:
    world.add(**RUNNING)
    world.groups.before = [lambda: world.want("10.2.0.0/16")]
    world.apply()
    assert world.groups.groups == {"inst_a1": ("10.2.0.0/16",)}
    assert world.found.networks_in_force


def test_a_task_that_comes_to_serve_meanwhile_loses_its_connections_from_elsewhere_too(world: World) -> None:
    world.add(**RUNNING)

    def take_over() -> None:
        other = replace(world.found, endpoint=Endpoint("10.0.0.8", 6379))
        world.instances.stored[ORGANIZATION, "inst_a1"] = other

    world.groups.before = [take_over]
    world.apply()
    assert len(world.connections.closed) == 2
    assert world.found.networks_in_force


def test_an_instance_that_is_changed_again_and_again_is_left_to_a_later_run(world: World) -> None:
    world.add(**RUNNING)
    world.groups.before = [lambda: world.want("10.2.0.0/16")] * 100
    with pytest.raises(DependencyUnavailable, match="changed faster"):
        world.apply()
    assert not world.found.networks_in_force


@pytest.mark.parametrize("lacking", ["groups", "connections"])
def test_networks_are_in_force_only_when_all_is_done_and_the_next_run_does_it(world: World, lacking: str) -> None:
    world.add(**RUNNING)
    port = getattr(world, lacking)
    port.available = False
    with pytest.raises(DependencyUnavailable):
        world.apply()
    assert not world.found.networks_in_force
    port.available = True
    world.apply()
    assert not world.found.networks_in_force, "a call of the run that failed may still land"
    world.time += LEASE + timedelta(seconds=1)
    world.apply()
    assert world.found.networks_in_force


def test_who_finds_another_run_at_work_waits_for_its_end(world: World) -> None:
    world.add(**RUNNING, group_lease="2999-01-01T00:00:00.000Z")

    def end() -> None:
        ended = replace(world.found, own_group=OwnGroup("sg-inst_a1", 1), group_lease=None)
        world.instances.stored[ORGANIZATION, "inst_a1"] = ended

    world.meanwhile = [lambda: None, end]
    world.apply()
    assert world.slept == pytest.approx(0.4)
    assert world.groups.groups == {}, "the other one has made it"


def test_who_finds_another_run_at_work_goes_on_where_that_has_ended_too_early(world: World) -> None:
    world.add(**RUNNING, group_lease="2999-01-01T00:00:00.000Z")

    def end() -> None:
        world.instances.stored[ORGANIZATION, "inst_a1"] = replace(world.found, group_lease=None)

    world.meanwhile = [end]
    world.apply()
    assert world.found.networks_in_force


def test_nobody_waits_for_another_run_for_longer_than_the_api_does(world: World) -> None:
    world.add(**RUNNING, group_lease="2999-01-01T00:00:00.000Z")
    world.apply()
    assert 2 < world.slept < 4
    assert not world.found.networks_in_force


def test_a_group_is_removed_once_its_tasks_are_gone(world: World) -> None:
    world.add()
    world.prepare()
    world.groups.used.add("inst_a1")
    with pytest.raises(DependencyUnavailable):
        world.networks.remove("inst_a1")
    world.groups.used.clear()
    world.networks.remove("inst_a1")
    world.networks.remove("inst_a1")
    assert world.groups.groups == {}
