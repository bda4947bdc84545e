"""Making Redis equal to the record: whatever dies, and whoever else is at work."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from swiftcache.access.identity import Actor
from swiftcache.configuration.model import OVERDUE_SECONDS, Configuration, new_run
from swiftcache.configuration.service import ConfigurationService
from swiftcache.instances.failure import Failure
from swiftcache.instances.final_backup import FinalBackup, FinalBackupMode
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import Target
from swiftcache.instances.status import Status
from swiftcache.platform.errors import (
    DependencyUnavailable,
    InstanceSuperseded,
    NotMarked,
    RedisBusy,
    VerificationFailed,
)
from swiftcache.platform.tokens import sha256
from swiftcache.redis.acl import acl_file
from tests.fakes.configuration import FakeConfigurationStore, FakeRedisControl
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.redis import FakeCredentials
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance

ENDPOINT = Endpoint("203.0.113.10", 6379)
TARGET = Target(ORGANIZATION, "inst_a1", "request-1")


@dataclass
class Hooked(FakeRedisControl):
    """Does something else first, once for each of `before`."""

    before: list[Callable[[], None]] = field(default_factory=list)

    def apply(self, endpoint: Endpoint, hostname: str, password: str, configuration: Configuration) -> None:
        if self.before:
            self.before.pop(0)()
        super().apply(endpoint, hostname, password, configuration)


class World:
    def __init__(self) -> None:
        self.time = NOW
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(accounts)
        self.configuration_store = FakeConfigurationStore(self.instances)
        self.credentials = FakeCredentials()
        self.redis = Hooked()
        self.configuration = ConfigurationService(
            self.instances, self.configuration_store, self.credentials, self.redis, "example.com", lambda: self.time
        )
        self.store(
            an_instance(
                status=Status.RUNNING,
                hostname="a1.redis.example.com",
                endpoint=ENDPOINT,
                revision=2,
                applied_revision=1,
            ),
        )
        self.credentials.issue("inst_a1", "old", "control")

    def store(self, instance: Instance) -> None:
        self.instances.stored[ORGANIZATION, instance.id] = instance

    def found(self) -> Instance:
        found = self.instances.get(ORGANIZATION, "inst_a1")
        assert found is not None
        return found

    def change(self, **different: Any) -> None:
        before = self.found()
        self.configuration_store.store(before, replace(before, revision=before.revision + 1, **different), an_entry())

    def run(self) -> None:
        self.configuration.apply(ORGANIZATION, "inst_a1")

    def applied_keys(self) -> list[set[str]]:
        return [set(configuration.users) - {"default", "swiftcache"} for _, configuration in self.redis.applied]


@pytest.fixture
def world() -> World:
    return World()


def test_redis_and_the_secret_get_what_the_record_wants(world: World) -> None:
    world.run()
    [(endpoint, configuration)] = world.redis.applied
    assert (endpoint, configuration.capacity.max_memory) == (ENDPOINT, world.found().max_memory)
    assert world.credentials.issued["inst_a1"] == (acl_file(world.found().keys, sha256("control")), "control")
    assert (world.found().applied_revision, world.found().configuration_runs) == (2, frozenset())


def test_what_is_applied_is_left_alone(world: World) -> None:
    world.run()
    world.run()
    assert len(world.redis.applied) == 1


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_only_a_running_instance_is_configured(world: World, status: Status) -> None:
    world.store(replace(world.found(), status=status))
    world.run()
    assert world.redis.applied == []


def test_what_is_gone_is_left_alone(world: World) -> None:
    world.instances.stored.clear()
    world.run()
    assert world.redis.applied == []


def test_a_change_in_the_meantime_is_applied_too(world: World) -> None:
    world.redis.before = [lambda: world.change(keys=())]
    world.run()
    assert world.applied_keys() == [{"key_1"}, set()]
    assert world.found().applied_revision == 3


def test_a_new_address_in_the_meantime_is_configured_too(world: World) -> None:
    other = Endpoint("203.0.113.11", 6379)
    world.redis.before = [lambda: world.store(replace(world.found(), endpoint=other))]
    world.run()
    assert [endpoint for endpoint, _ in world.redis.applied] == [ENDPOINT, other]


def test_a_deletion_in_the_meantime_ends_a_configuration(world: World) -> None:
    world.redis.before = [lambda: world.store(replace(world.found(), status=Status.DELETING))]
    world.run()
    assert len(world.redis.applied) == 1


def test_a_secret_that_cannot_be_written_keeps_no_revoked_key_alive(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise DependencyUnavailable("too many versions")

    monkeypatch.setattr(world.credentials, "rewrite", refused)
    with pytest.raises(DependencyUnavailable):
        world.run()
    assert len(world.redis.applied) == 1
    assert world.found().applied_revision == 1


def test_a_redis_that_does_not_answer_is_left_for_later(world: World) -> None:
    world.redis.available = False
    with pytest.raises(DependencyUnavailable):
        world.run()
    assert world.found().applied_revision == 1


def test_an_instance_without_an_address_is_left_for_later(world: World) -> None:
    world.store(replace(world.found(), endpoint=None))
    with pytest.raises(DependencyUnavailable):
        world.run()


def test_an_instance_that_changes_without_end_is_left_for_later(world: World) -> None:
    world.redis.before = [world.change] * 100
    with pytest.raises(DependencyUnavailable):
        world.run()


def test_a_script_that_cannot_be_ended_is_waited_for(world: World) -> None:
    world.redis.busy = True
    with pytest.raises(RedisBusy):
        world.run()
    world.time = NOW + timedelta(seconds=OVERDUE_SECONDS - 1)
    with pytest.raises(RedisBusy):
        world.run()
    assert world.redis.shut == []


def test_a_script_that_cannot_be_ended_for_long_ends_with_its_redis_and_the_next_one_starts_with_the_wanted_keys(
    world: World,
) -> None:
    world.redis.busy = True
    world.change(keys=())
    with pytest.raises(RedisBusy):
        world.run()
    world.time = NOW + timedelta(seconds=OVERDUE_SECONDS + 1)
    with pytest.raises(RedisBusy):
        world.run()
    assert world.redis.shut == [ENDPOINT]
    assert world.credentials.issued["inst_a1"] == (acl_file((), sha256("control")), "control")
    assert world.found().applied_revision == 1


def test_what_could_not_be_applied_to_a_redis_is_applied_to_the_next_one(world: World) -> None:
    world.redis.busy = True
    with pytest.raises(RedisBusy):
        world.run()
    world.redis.busy, world.time = False, NOW + timedelta(minutes=5)
    world.run()
    assert world.found().applied_revision == world.found().revision


class DiesError(Exception):
    """The process is gone."""


def test_of_two_runs_at_once_the_newest_state_wins_whoever_is_last(world: World) -> None:
    def newer() -> None:
        world.change(keys=())
        world.run()

    world.redis.before = [newer]
    world.run()
    # The older one applies its state after the newer one has ended, sees that it is not wanted, and makes it good.
    assert world.applied_keys() == [set(), {"key_1"}, set()]
    assert (world.found().applied_revision, world.found().configuration_runs) == (3, frozenset())


def test_an_older_run_that_dies_after_a_newer_one_ended_is_made_good(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def newer() -> None:
        world.change(keys=())
        world.run()

    def die(*_: object) -> bool:
        raise DiesError

    ended = world.configuration_store.end_run
    world.redis.before = [newer]
    calls: Iterator[Callable[..., bool]] = iter([ended, die])
    monkeypatch.setattr(world.configuration_store, "end_run", lambda *arguments: next(calls, ended)(*arguments))
    with pytest.raises(DiesError):
        world.run()
    assert world.applied_keys()[-1] == {"key_1"}
    assert world.found().applied_revision == world.found().revision
    world.time = NOW + timedelta(minutes=1)
    world.run()
    assert world.applied_keys()[-1] == set()
    assert world.found().configuration_runs == frozenset()


def test_a_run_that_may_still_be_at_work_is_left_to_itself(world: World) -> None:
    def started(at: datetime) -> str:
        run = new_run(at)
        world.store(replace(world.found(), configuration_runs=world.found().configuration_runs | {run}))
        return run

    alive = started(NOW)
    started(NOW - timedelta(minutes=1))
    world.run()
    assert world.found().configuration_runs == {alive}


def claimed(world: World, **different: Any) -> None:
    world.store(an_instance(claimed=True, endpoint=ENDPOINT, **different))


@dataclass
class FakeProbe:
    """`verified` has each verification, with the statuses of the record then."""

    world: World
    error: Exception | None = None
    verified: list[tuple[str, Endpoint, str, Status]] = field(default_factory=list)

    def verify(self, hostname: str, endpoint: Endpoint, password: str) -> None:
        self.verified.append((hostname, endpoint, password, self.world.found().status))
        if self.error:
            raise self.error


@pytest.fixture
def probe(world: World) -> FakeProbe:
    return FakeProbe(world)


def test_a_member_is_prepared_then_verified_then_running(world: World, probe: FakeProbe) -> None:
    claimed(world)
    world.configuration.prepare(TARGET, probe)
    [(endpoint, configuration)] = world.redis.applied
    assert endpoint == ENDPOINT
    assert "key_1" in configuration.users
    assert world.credentials.issued["inst_a1"] == (acl_file(world.found().keys, sha256("control")), "control")
    assert probe.verified == [("a1.redis.example.com", ENDPOINT, "control", Status.PROVISIONING)]
    found = world.found()
    assert (found.status, found.hostname, found.port) == (Status.RUNNING, "a1.redis.example.com", 6379)
    assert (found.configuration_runs, found.applied_revision) == (frozenset(), found.revision)


def test_a_member_is_verified_under_the_name_that_it_was_made_with(world: World, probe: FakeProbe) -> None:
    claimed(world, dns_name="a1.redis.old.example.com")
    world.configuration.prepare(TARGET, probe)
    assert [name for name, *_ in probe.verified] == ["a1.redis.old.example.com"]
    assert world.found().hostname == "a1.redis.old.example.com"


def test_a_member_that_is_not_verified_does_not_run(world: World, probe: FakeProbe) -> None:
    claimed(world)
    probe.error = VerificationFailed("it does not answer")
    with pytest.raises(VerificationFailed):
        world.configuration.prepare(TARGET, probe)
    assert world.found().status is Status.PROVISIONING


def test_a_member_that_runs_already_is_made_equal_once_more(world: World, probe: FakeProbe) -> None:
    """An earlier try marked it, and its answer was lost."""
    claimed(world)
    world.configuration.prepare(TARGET, probe)
    before = world.found()
    world.time += timedelta(seconds=2)
    world.configuration.prepare(TARGET, probe)
    assert world.found() == before
    assert len(probe.verified) == 1


def test_a_record_that_cannot_be_written_at_the_end_is_no_fault_of_the_member(
    world: World, probe: FakeProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object) -> bool:
        raise DependencyUnavailable("the table is busy")

    claimed(world)
    monkeypatch.setattr(world.configuration_store, "end_claim", unavailable)
    with pytest.raises(NotMarked):
        world.configuration.prepare(TARGET, probe)


def test_a_member_that_is_deleted_while_it_is_verified_does_not_run(world: World) -> None:
    @dataclass
    class Deleting(FakeProbe):
        def verify(self, hostname: str, endpoint: Endpoint, password: str) -> None:
            self.world.store(replace(self.world.found(), status=Status.DELETING))

    claimed(world)
    with pytest.raises(InstanceSuperseded):
        world.configuration.prepare(TARGET, Deleting(world))
    assert world.found().status is Status.DELETING


@pytest.mark.parametrize("status", [Status.DELETING, Status.ERROR])
def test_a_member_whose_instance_is_not_wanted_is_not_prepared(world: World, probe: FakeProbe, status: Status) -> None:
    claimed(world, status=status)
    with pytest.raises(InstanceSuperseded):
        world.configuration.prepare(TARGET, probe)
    assert world.redis.applied == []


def test_an_instance_that_was_not_claimed_is_not_prepared(world: World, probe: FakeProbe) -> None:
    world.store(an_instance(endpoint=ENDPOINT))
    with pytest.raises(InstanceSuperseded):
        world.configuration.prepare(TARGET, probe)
    assert world.redis.applied == []


def test_nobody_else_configures_a_member_that_is_being_claimed(world: World) -> None:
    claimed(world, revision=2, applied_revision=1)
    world.run()
    assert world.redis.applied == []


def test_a_preparation_that_dies_leaves_its_name(world: World, probe: FakeProbe) -> None:
    claimed(world)
    world.redis.available = False
    with pytest.raises(DependencyUnavailable):
        world.configuration.prepare(TARGET, probe)
    assert len(world.found().configuration_runs) == 1


def paused(world: World, failure: Failure | None) -> None:
    """Writes are paused for a final backup, which has failed or goes on."""
    actor = Actor("owner", "key_1", "mem_1")
    final = FinalBackup(FinalBackupMode.REQUIRED, AT, "request-2", actor, "bkp_a1", "arn:task", AT, failure)
    serving = replace(ENDPOINT, task="arn:task")
    world.store(replace(world.found(), endpoint=serving, final_backup=final))


def test_writes_that_were_paused_for_a_final_backup_that_failed_are_resumed(world: World) -> None:
    paused(world, Failure("S3_UNAVAILABLE", "S3 took nothing.", "TakeBackup", "request-2"))
    world.run()
    assert [configuration.resume for _, configuration in world.redis.applied] == [True]
    final = world.found().final_backup
    assert final
    assert final.failure
    assert (final.task, final.held_at) == (None, None)


def test_writes_stay_paused_while_a_final_backup_is_taken(world: World) -> None:
    paused(world, None)
    world.run()
    assert [configuration.resume for _, configuration in world.redis.applied] == [False]
    assert world.found().awaits_final_backup
