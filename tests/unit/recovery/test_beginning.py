"""What the task of a recovery begins with, and when it has it."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.recovery_state import MOST_LOADS, Cause, Recovery, RecoveryStatus, StartedEmpty
from swiftcache.instances.restore import Restore
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, InstanceSuperseded, RestoreIncomplete
from swiftcache.recovery.beginning import BackupCheck, BackupChoice
from swiftcache.recovery.ports import Recovering
from swiftcache.recovery.step_input import beginning_output
from swiftcache.redis.control_passwords import NO_RESTORE
from swiftcache.redis.ports import Loading
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.recovery import FakeLatestBackups, FakeRecoveries
from tests.fakes.redis import FakeCredentials
from tests.samples import AT, ORGANIZATION, an_account, an_entry, an_instance

RESTORE = Restore("bkp_a1", "backups/org_1/bkp_a1.rdb", "v1", "5e" * 32, 1_000_000, 60, 1_000, AT)
LOST = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.TASK_LOST, AT)
THIS = Recovering(ORGANIZATION, "inst_a1", "rec_1")
NEW = Endpoint("203.0.113.11", 6379)
LOADED = Loading(done=True, keys=1_000, evicted=0, used_memory=1, max_memory=2)


@dataclass
class FakeLoadings:
    """`found` is what a Redis says of itself; None: it is not heard."""

    found: Loading | None = LOADED
    asked: list[tuple[Endpoint, str, str]] = field(default_factory=list)

    def look(self, endpoint: Endpoint, hostname: str, password: str) -> Loading:
        self.asked.append((endpoint, hostname, password))
        if self.found is None:
            raise DependencyUnavailable("nobody answers")
        return self.found


class World:
    def __init__(self) -> None:
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(accounts)
        self.credentials = FakeCredentials({"inst_a1": ("acl", "password")})
        self.backups = FakeLatestBackups(RESTORE)
        self.loadings = FakeLoadings()
        recoveries = FakeRecoveries(self.instances)
        self.choice = BackupChoice(self.instances, recoveries, self.credentials, self.backups)
        self.check = BackupCheck(self.instances, self.credentials, self.loadings, "example.com")
        running = an_instance(status=Status.RUNNING, recovery=LOST, recover_from_backup=True)
        self.instances.create(running, an_entry())

    @property
    def instance(self) -> Instance:
        return self.instances.stored[ORGANIZATION, "inst_a1"]

    @property
    def link(self) -> str | None:
        return self.credentials.restore_links.get("inst_a1")

    def make(self, **different: Any) -> None:
        assert self.instance.recovery
        recovery = replace(self.instance.recovery, **different)
        self.instances.stored[ORGANIZATION, "inst_a1"] = replace(self.instance, recovery=recovery)


@pytest.fixture
def world() -> World:
    return World()


def test_it_begins_with_the_latest_backup_whose_link_is_in_the_secret_alone(world: World) -> None:
    output = beginning_output(world.choice.choose(THIS))
    assert world.instance.recovery == replace(LOST, restore=RESTORE)
    assert world.link == f"https://bucket/{RESTORE.object_key}?1"
    assert world.backups.asked == [world.instance.max_memory]
    assert output == {
        "secretArn": world.credentials.secret_arn("inst_a1"),
        "failedLoads": 0,
        "restore": {"sizeBytes": "1000000", "sha256": "5e" * 32, "seconds": 60},
    }


def test_a_repeated_choice_is_the_same_with_a_new_link(world: World) -> None:
    first = world.choice.choose(THIS)
    world.backups.newest = None
    assert world.choice.choose(THIS) == first
    assert world.link == f"https://bucket/{RESTORE.object_key}?2"


def test_without_a_backup_it_begins_with_nothing_and_says_so(world: World) -> None:
    world.backups.newest = None
    output = beginning_output(world.choice.choose(THIS))
    assert "restore" not in output
    assert world.instance.recovery == replace(LOST, started_empty=StartedEmpty.NO_BACKUP)
    assert (world.link, world.instance.own_definitions) == (None, False)


def test_after_a_task_that_did_not_load_it_what_is_the_latest_then_is_tried(world: World) -> None:
    world.make(failed_loads=MOST_LOADS - 1)
    older = replace(RESTORE, backup_id="bkp_older")
    world.backups.newest = older
    assert world.choice.choose(THIS).restore == older


def test_after_as_many_as_make_sense_it_begins_with_nothing_and_says_so(world: World) -> None:
    world.choice.choose(THIS)
    world.make(failed_loads=MOST_LOADS, restore=None)
    assert world.choice.choose(THIS).restore is None
    assert world.instance.recovery == replace(
        LOST, failed_loads=MOST_LOADS, started_empty=StartedEmpty.BACKUP_NOT_LOADED
    )
    assert world.link == NO_RESTORE


def test_a_backup_that_was_not_loaded_and_is_gone_since_was_not_loaded(world: World) -> None:
    world.make(failed_loads=1)
    world.backups.newest = None
    world.choice.choose(THIS)
    assert world.instance.recovery
    assert world.instance.recovery.started_empty is StartedEmpty.BACKUP_NOT_LOADED


def test_redis_has_all_when_it_has_loaded_as_many_keys_as_the_backup_has(world: World) -> None:
    world.choice.choose(THIS)
    world.loadings.found = replace(LOADED, done=False)
    assert not world.check.has_all(THIS, NEW)
    assert world.link != NO_RESTORE
    world.loadings.found = LOADED
    for _ in range(2):
        assert world.check.has_all(THIS, NEW)
    assert world.link == NO_RESTORE, "nothing leads to it any more"
    assert world.loadings.asked[0] == (NEW, "a1.redis.example.com", "password")


@pytest.mark.parametrize("keys", [0, 999, 1_001])
def test_another_number_of_keys_is_not_the_backup(world: World, keys: int) -> None:
    world.choice.choose(THIS)
    world.loadings.found = replace(LOADED, keys=keys)
    with pytest.raises(RestoreIncomplete, match=f"1000 keys, and Redis has found {keys}"):
        world.check.has_all(THIS, NEW)


def test_what_is_evicted_while_clients_write_already_is_no_fault(world: World) -> None:
    world.choice.choose(THIS)
    world.loadings.found = replace(LOADED, evicted=3, used_memory=3)
    assert world.check.has_all(THIS, NEW)


def test_one_that_is_not_heard_is_not_there_yet(world: World) -> None:
    world.choice.choose(THIS)
    world.loadings.found = None
    with pytest.raises(DependencyUnavailable):
        world.check.has_all(THIS, NEW)


@pytest.mark.parametrize("what", ["deleted", "gone", "recovered", "another recovery", "a later attempt"])
def test_what_is_not_wanted_any_more_is_not_gone_on_with(world: World, what: str) -> None:
    world.choice.choose(THIS)
    match what:
        case "deleted":
            world.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry())
        case "gone":
            world.instances.stored.clear()
        case "recovered":
            world.make(status=RecoveryStatus.SUCCEEDED)
        case "another recovery":
            world.make(id="rec_2")
        case _:
            world.make(attempt=1)
    with pytest.raises(InstanceSuperseded):
        world.choice.choose(THIS)
    with pytest.raises(InstanceSuperseded):
        world.check.has_all(THIS, NEW)


def test_one_that_is_to_begin_with_nothing_by_now_is_not_checked(world: World) -> None:
    with pytest.raises(InstanceSuperseded):
        world.check.has_all(THIS, NEW)
