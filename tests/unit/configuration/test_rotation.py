"""Control passwords are replaced while everything may die, and while somebody else is at work.

Time stands still while something runs, and an hour goes by between two passes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from swiftcache.configuration.model import Configuration
from swiftcache.configuration.rotation import Rotation, RotationStep
from swiftcache.configuration.service import ConfigurationService
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import sha256
from swiftcache.redis.acl import CONTROL_USER, acl_file
from swiftcache.redis.control_passwords import GRACE, MAX_AGE, ControlPasswords, Stage, advanced
from tests.fakes.configuration import FakeAgeing, FakeConfigurationStore
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.redis import FakeCredentials
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_instance

LATER = NOW + MAX_AGE + timedelta(days=1)
OLD = "old password"
RESIZE = Change(
    "chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 600 * MIB, EvictionPolicy.NOEVICTION, AT, "request-2"
)
PORTS = ("begin_run", "stored", "apply", "rewrite", "end_run", "note_renewal")


class DiesError(BaseException):
    """The process is gone, and catches nothing."""


@dataclass
class OneRedis:
    """Takes the control user's passwords that it was last told, by their hashes."""

    hashes: frozenset[str] = frozenset({sha256(OLD)})

    def takes(self, password: str) -> bool:
        return sha256(password) in self.hashes

    def apply(self, endpoint: Endpoint, hostname: str, password: str, configuration: Configuration) -> None:
        if not self.takes(password):
            raise DependencyUnavailable(f"{hostname} gave AuthenticationError")
        rules = configuration.users[CONTROL_USER].split()
        self.hashes = frozenset(rule[1:] for rule in rules if rule.startswith("#"))

    def close_others(self, endpoint: Endpoint, hostname: str, password: str, cidrs: Sequence[str]) -> None:
        raise AssertionError("nobody is limited")

    def shut_down(self, endpoint: Endpoint, hostname: str, password: str) -> None:
        raise AssertionError("nothing keeps it busy")


@dataclass
class World:
    """`at_call` may do something before or after any call of a port: it gets the call's number from 0, and when."""

    time: datetime = LATER
    redis: OneRedis = field(default_factory=OneRedis)
    at_call: Callable[[int, str], None] = lambda _, __: None
    calls: int = 0

    def __post_init__(self) -> None:
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(accounts)
        self.credentials = FakeCredentials()
        configuration_store, ageing = FakeConfigurationStore(self.instances), FakeAgeing(self.instances)
        for port in (configuration_store, self.credentials, self.redis, ageing):
            self._watch(port)
        self.configuration = ConfigurationService(
            self.instances, configuration_store, self.credentials, self.redis, "example.com", lambda: self.time
        )
        self.rotation = Rotation(ageing, self.configuration, lambda: self.time)
        self.hold(an_instance(status=Status.RUNNING, hostname="a1.example.com", endpoint=Endpoint("203.0.113.10", 1)))

    def hold(self, instance: Instance) -> None:
        self.instances.stored[ORGANIZATION, instance.id] = instance
        if instance.id not in self.credentials.issued:
            self.credentials.issue(instance.id, acl_file(instance.keys, sha256(OLD)), OLD)

    def _watch(self, port: object) -> None:
        for name in set(PORTS) & set(dir(port)):
            setattr(port, name, self._watched(getattr(port, name)))

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any) -> Any:
            number, self.calls = self.calls, self.calls + 1
            self.at_call(number, "before")
            answer = call(*arguments)
            self.check()
            self.at_call(number, "after")
            return answer

        return watched

    def check(self) -> None:
        """Whoever reads the secret now gets in, and so does the task that starts with it."""
        acl, current = self.credentials.issued["inst_a1"]
        assert self.redis.takes(current)
        assert f"#{sha256(current)} " in acl.splitlines()[-1]

    @property
    def instance(self) -> Instance:
        return self.instances.stored[ORGANIZATION, "inst_a1"]

    @property
    def passwords(self) -> ControlPasswords:
        return self.credentials.passwords.get("inst_a1", ControlPasswords(OLD))

    def one_pass(self, limit: int = 10) -> list[RotationStep]:
        steps = list(self.rotation.run(limit, lambda: False))
        self.time += timedelta(hours=1)
        return steps

    def until_done(self) -> None:
        for _ in range(10):
            try:
                self.one_pass()
            except DiesError:
                self.time += timedelta(hours=1)
            if self.instance.control_password_at:
                return
        raise AssertionError(f"not done: {self.passwords}")

    def assert_only_a_new_password_is_left(self) -> None:
        acl, current = self.credentials.issued["inst_a1"]
        assert current != OLD
        assert self.redis.hashes == {sha256(current)}
        assert acl == acl_file(self.instance.keys, sha256(current))
        assert self.passwords.valid == (current,)


@pytest.fixture
def world() -> World:
    return World()


def test_four_passes_replace_a_password(world: World) -> None:
    seen = []
    for _ in range(4):
        [step] = world.one_pass()
        seen.append((world.passwords.stage, len(world.redis.hashes), step.done))
    assert seen == [
        (Stage.ADDED, 1, False),
        (Stage.USED, 2, False),
        (Stage.SETTLED, 2, False),
        (Stage.SETTLED, 1, True),
    ]
    world.assert_only_a_new_password_is_left()
    assert world.one_pass() == []


def test_a_password_that_is_not_old_is_left_alone(world: World) -> None:
    world.time = NOW + MAX_AGE - timedelta(minutes=1)
    assert world.one_pass() == []
    assert world.passwords == ControlPasswords(OLD)


def test_a_password_is_replaced_again_when_it_is_old_again(world: World) -> None:
    world.until_done()
    first = world.passwords.current
    world.time += MAX_AGE
    world.hold(replace(world.instance, control_password_at=timestamp(world.time - MAX_AGE - timedelta(seconds=1))))
    assert len(world.one_pass()) == 1
    assert (world.passwords.current, world.passwords.stage) == (first, Stage.ADDED)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(21))
def test_a_rotation_that_dies_anywhere_is_finished_by_the_next_passes(world: World, number: int, when: str) -> None:
    died: list[int] = []

    def die(call: int, moment: str) -> None:
        if (call, moment) == (number, when) and not died:
            died.append(call)
            raise DiesError

    world.at_call = die
    world.until_done()
    assert died
    world.assert_only_a_new_password_is_left()


@pytest.mark.parametrize("number", range(21))
def test_a_configuration_beside_a_rotation_does_no_harm(world: World, number: int) -> None:
    def configuration(call: int, moment: str) -> None:
        if (call, moment) == (number, "after"):
            world.hold(replace(world.instance, revision=world.instance.revision + 1))
            world.configuration.apply(ORGANIZATION, "inst_a1")

    world.at_call = configuration
    world.until_done()
    world.assert_only_a_new_password_is_left()


@pytest.mark.parametrize("stages", range(4))
@pytest.mark.parametrize("number", range(4))
def test_a_rotation_does_no_harm_to_a_configuration_that_is_slow(world: World, stages: int, number: int) -> None:
    for _ in range(stages):
        world.one_pass()
    begun = world.calls

    def rotate(call: int, moment: str) -> None:
        if (call, moment) == (begun + number, "after"):
            for _ in range(4):  # as many stages as there are, if nothing made each of them last
                list(world.rotation.run(10, lambda: False))

    world.hold(replace(world.instance, revision=world.instance.revision + 1))
    world.at_call = rotate
    world.configuration.apply(ORGANIZATION, "inst_a1")
    world.time += timedelta(hours=1)
    world.until_done()
    world.assert_only_a_new_password_is_left()


@pytest.mark.parametrize("number", range(5))
def test_two_passes_of_rotation_at_once_do_no_harm(world: World, number: int) -> None:
    def rotate(call: int, moment: str) -> None:
        if (call % 10, moment) == (number, "after"):
            list(world.rotation.run(10, lambda: False))

    world.at_call = rotate
    world.until_done()
    world.assert_only_a_new_password_is_left()


def test_a_stage_lasts_longer_than_any_function_lives(world: World) -> None:
    world.one_pass()
    world.time -= timedelta(hours=1) - GRACE + timedelta(seconds=1)
    list(world.rotation.run(10, lambda: False))
    assert world.passwords.stage is Stage.ADDED


def test_nothing_is_rotated_while_a_new_task_takes_over(world: World) -> None:
    world.hold(replace(world.instance, change=RESIZE))
    assert world.one_pass() == []
    assert world.calls == 0


def test_nothing_is_rotated_once_a_new_task_has_begun_to_take_over_in_the_meantime(world: World) -> None:
    def begin(call: int, moment: str) -> None:
        if (call, moment) == (0, "before"):
            world.hold(replace(world.instance, change=RESIZE))

    world.at_call = begin
    world.one_pass()
    assert world.passwords.stage is Stage.SETTLED
    assert world.passwords.current == OLD


def test_what_is_deleted_in_the_meantime_is_no_error(world: World) -> None:
    def delete(call: int, moment: str) -> None:
        if (call, moment) == (0, "before"):
            world.hold(replace(world.instance, status=Status.DELETING))

    world.at_call = delete
    assert world.one_pass() == [RotationStep("inst_a1", False)]


def test_a_redis_that_does_not_answer_keeps_nobody_waiting(world: World) -> None:
    world.hold(replace(world.instance, id="inst_b2", endpoint=None))
    steps = {step.instance_id: step.error for step in world.one_pass()}
    assert steps["inst_a1"] is None
    assert isinstance(steps["inst_b2"], DependencyUnavailable)


def test_a_pass_takes_no_more_than_its_limit_and_its_time(world: World) -> None:
    for number in range(5):
        world.hold(replace(world.instance, id=f"inst_b{number}"))
    assert len(world.one_pass(limit=2)) == 2
    times: Iterator[bool] = iter([False, True])
    assert len(list(world.rotation.run(10, lambda: next(times)))) == 1


def test_no_password_is_in_what_is_printed() -> None:
    assert "secret" not in repr(advanced(ControlPasswords("secret-1", "secret-2", Stage.USED, NOW.isoformat()), LATER))
