"""One Redis takes over from another while clients write without pause: real servers, the real use case."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.changes.replication import RedisReplication
from swiftcache.changes.replication_ports import Access, Pair
from swiftcache.instances.capacity import capacity_in_force
from swiftcache.instances.change import ChangeStatus, Decision
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.ports import FirstError
from swiftcache.platform.errors import DataDoesNotFit, DependencyUnavailable, InstanceSuperseded, StandbyBehind
from tests.integration.redis.tasks import HOSTNAME
from tests.integration.redis.world import LARGE, SMALL, World, clients_of, running
from tests.integration.redis.writers import Writer, lost, wait_for, writing
from tests.samples import ORGANIZATION, an_entry

pytestmark = pytest.mark.xdist_group("busy-redis")
"""Attackers and writers without a pause: beside each other neither gets the processor that it needs."""

REASON = FirstError("ResizeTimedOut", "CheckReplication")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from running(tmp_path, monkeypatch)


def nothing_lost(world: World, writers: list[Writer]) -> None:
    with world.client() as client:
        assert lost(client, writers) == []
    # A client sees at most that its connection was closed, never an answer that it cannot understand.
    assert [refused for writer in writers for refused in writer.refused] == []


def test_no_acknowledged_write_is_lost_in_either_direction(world: World) -> None:
    with writing(clients_of(world)) as writers:
        for size in (LARGE, SMALL, LARGE):
            world.resize(size)
            world.switch_over()
            world.settle()
            assert world.instance.max_memory == size
    nothing_lost(world, writers)


def test_writes_pause_for_a_small_part_of_a_resize(world: World) -> None:
    with world.client() as client:
        for number in range(200):
            client.set(f"filler:{number}", "x" * 100_000)
    begin = time.monotonic()
    with writing(clients_of(world)) as writers:
        world.resize(LARGE)
        world.switch_over()
        world.settle()
    whole = time.monotonic() - begin
    assert max(writer.longest_gap for writer in writers) < whole / 3


def test_the_new_task_has_its_own_size_and_the_keys_of_the_moment(world: World) -> None:
    standby = world.resize(LARGE)
    other = replace(world.tasks.keys[0], id="key_2")
    world.instances.stored[ORGANIZATION, "inst_a1"] = replace(world.instance, keys=(other,))
    world.switch_over()
    with world.ours(standby) as client:
        assert client.config_get("maxmemory")["maxmemory"] == str(LARGE)
        assert client.config_get("masterauth")["masterauth"] == ""
        assert sorted(line.split()[1] for line in client.acl_list()) == ["default", "key_2", "swiftcache"]
        assert client.role()[0] == "master"


def test_copying_that_is_begun_again_goes_on(world: World) -> None:
    standby = world.resize(LARGE)
    world.resizer.start_replication(world.this, standby.endpoint, world.links[0].endpoint)
    with world.ours(world.serving) as client:
        assert client.info("stats")["sync_full"] == 1


def test_no_key_opens_the_new_task_before_it_takes_over(world: World) -> None:
    standby = world.resize(LARGE)
    for user in ("default", "key_1"):
        with (
            redis.Redis(
                host=standby.address.host,
                port=standby.address.port + 1,
                username=user,
                password=world.tasks.key,
                ssl=True,
                ssl_check_hostname=False,
                ssl_ca_certs=str(world.tasks.ca),
                retry=Retry(NoBackoff(), 0),
            ) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()


def test_the_new_task_refuses_the_port_for_clients_before_it_takes_over(world: World) -> None:
    standby = world.resize(LARGE)
    with world.ours(standby) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_the_old_task_lets_no_client_in_after_the_switch_over(world: World) -> None:
    old = world.serving
    world.resize(LARGE)
    with world.client() as client:
        client.set("before", "1")
        world.switch_over()
        with world.ours(old) as ours, pytest.raises(redis.ConnectionError):
            ours.ping()
        with world.ours(old, serving=False) as ours:
            assert {found["user"] for found in ours.client_list(_type="normal")} == {"swiftcache"}
        assert client.get("before") == "1"


def test_a_switch_over_that_has_happened_may_be_repeated(world: World) -> None:
    world.resize(LARGE)
    world.switch_over()
    serving = world.instance.endpoint
    with world.client() as client:
        client.set("after", "1")
        assert world.resizer.switch_over(world.this) == serving
        assert client.get("after") == "1"


class DiedError(BaseException):
    """The function's process has ended, right after it sent a command."""


def die_after(monkeypatch: pytest.MonkeyPatch, commands: int) -> list[str]:
    """Lets only so many of our commands happen; gives those that did."""
    sent: list[str] = []
    execute: Callable[..., Any] = redis.Redis.execute_command

    def execute_command(client: Any, *words: Any, **options: Any) -> Any:
        if client.connection_pool.connection_kwargs["username"] != "swiftcache":
            return execute(client, *words, **options)
        answer = execute(client, *words, **options)
        sent.append(" ".join(map(str, words[:2])))
        if len(sent) == commands:
            raise DiedError
        return answer

    monkeypatch.setattr(redis.Redis, "execute_command", execute_command)
    return sent


def test_a_function_that_dies_after_any_command_loses_nothing_when_it_runs_again(world: World) -> None:
    size, commands, died = LARGE, 0, True
    with writing(clients_of(world)) as writers:
        while died:
            commands += 1
            world.resize(size)
            with pytest.MonkeyPatch.context() as patch:
                die_after(patch, commands)
                with suppress(DiedError):
                    world.switch_over()
                    died = False
            world.switch_over()
            world.settle()
            size = SMALL if size == LARGE else LARGE
    assert commands > 15
    nothing_lost(world, writers)


def test_a_function_that_dies_after_any_command_loses_nothing_when_it_is_abandoned(world: World) -> None:
    commands, died = 0, True
    decisions = set()
    with writing(clients_of(world)) as writers:
        while died:
            commands += 1
            world.resize(LARGE if world.instance.max_memory == SMALL else SMALL)
            with pytest.MonkeyPatch.context() as patch:
                die_after(patch, commands)
                with suppress(DiedError):
                    world.switch_over()
                    died = False
            decision = world.resizer.abandon(world.this, REASON).decision
            decisions.add(decision)
            if decision is Decision.COMMITTED:
                world.switch_over()
            world.settle()
    assert decisions == {Decision.ABANDONED, Decision.COMMITTED}
    nothing_lost(world, writers)


def test_an_abandoned_resize_leaves_the_old_task_as_it_was(world: World) -> None:
    standby = world.resize(LARGE)
    world.changes.take_turn(world.this)
    access = Access(HOSTNAME, world.tasks.control_password)
    world.resizer.replication.hold(Pair(world.serving.endpoint, standby.endpoint, access))
    abandoned = world.resizer.abandon(world.this, REASON)
    assert (abandoned.decision, abandoned.serving) == (Decision.ABANDONED, world.serving.endpoint)
    world.settle()
    with world.client() as client:
        assert client.set("written", "1")
    assert world.instance.change
    assert world.instance.change.status is ChangeStatus.FAILED
    assert world.instance.max_memory == SMALL


class NeverThere(RedisReplication):
    """A standby that stays behind, however long writes pause."""

    def hold(self, pair: Pair) -> None:
        super().hold(pair)
        raise StandbyBehind("it stays behind")


def test_a_standby_that_does_not_catch_up_lets_clients_go_on(world: World) -> None:
    world.resize(LARGE)
    with writing(clients_of(world)) as writers:
        with pytest.raises(StandbyBehind):
            replace(world.resizer, replication=NeverThere()).switch_over(world.this)
        seen = [len(writer.acknowledged) for writer in writers]
        wait_for(lambda: all(len(writer.acknowledged) > n for writer, n in zip(writers, seen, strict=True)))
        world.switch_over()
    nothing_lost(world, writers)


def test_of_two_switch_overs_at_once_neither_undoes_the_other(world: World) -> None:
    with writing(clients_of(world)) as writers:
        for size in (LARGE, SMALL, LARGE, SMALL):
            world.resize(size)
            outcomes: list[object] = []

            def switch(found: list[object] = outcomes) -> None:
                try:
                    found.append(world.resizer.switch_over(world.this))
                except (DependencyUnavailable, StandbyBehind, InstanceSuperseded) as error:
                    found.append(error)

            threads = [threading.Thread(target=switch) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            world.switch_over()
            world.settle()
    nothing_lost(world, writers)


@dataclass
class DeletedMeanwhile(RedisReplication):
    """The customer sends DELETE while writes pause."""

    world: World

    def __post_init__(self) -> None:
        super().__init__()

    def hold(self, pair: Pair) -> None:
        super().hold(pair)
        self.world.instances.mark_deleting(ORGANIZATION, "inst_a1", an_entry())


def test_a_deletion_before_the_commit_ends_the_switch_over(world: World) -> None:
    world.resize(LARGE)
    with pytest.raises(InstanceSuperseded):
        replace(world.resizer, replication=DeletedMeanwhile(world)).switch_over(world.this)
    assert world.instance.endpoint == world.serving.endpoint


def fill(world: World, megabytes: int) -> None:
    with world.client() as client:
        for number in range(megabytes * 10):
            client.set(f"filler:{number}", "x" * 100_000)


def test_data_that_do_not_fit_are_refused_without_eviction(world: World) -> None:
    world.resize(LARGE)
    world.switch_over()
    world.settle()
    fill(world, 40)
    with pytest.raises(DataDoesNotFit, match="bytes are in use"):
        world.resize(SMALL)
    with world.client() as client:
        assert client.dbsize() == 400


def test_data_that_do_not_fit_are_evicted_before_they_are_copied(world: World) -> None:
    world.resize(LARGE, EvictionPolicy.ALLKEYS_LRU)
    world.switch_over()
    world.settle()
    fill(world, 40)
    standby = world.resize(SMALL, EvictionPolicy.ALLKEYS_LRU)
    with world.ours(standby, serving=False) as client:
        assert 0 < client.info("memory")["used_memory"] < SMALL * 1.2


def test_a_smaller_size_that_is_abandoned_gives_the_old_one_its_size_back(world: World) -> None:
    world.resize(LARGE, EvictionPolicy.ALLKEYS_LRU)
    world.switch_over()
    world.settle()
    world.resize(SMALL, EvictionPolicy.NOEVICTION)
    assert capacity_in_force(world.instance).max_memory == SMALL
    world.resizer.abandon(world.this, REASON)
    world.settle()
    with world.ours(world.serving) as client:
        found = client.config_get("maxmemory*")
        assert (found["maxmemory"], found["maxmemory-policy"]) == (str(LARGE), "allkeys-lru")
