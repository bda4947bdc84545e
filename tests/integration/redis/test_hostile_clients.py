"""Clients that mean harm: they hurt their own instance, for as long as they go on, and nobody else's.

Each attack goes against a Redis that is started as ECS starts it and gets no more memory than its task has. Meanwhile a
neighbour is asked all the time. What Redis itself cannot hold back ends with the container, at its memory limit: see
tests/container for a real one.
"""

import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import redis

from swiftcache.instances.sizes import MIB, MIN_MEMORY, task_size
from swiftcache.redis.limits import redis_limits
from tests.integration.redis.hostile import (
    TASK_BYTES,
    Target,
    a_target,
    await_answer,
    flood,
    hold,
    watched,
    words,
)
from tests.integration.redis.writers import wait_for

pytestmark = pytest.mark.xdist_group("busy-redis")
"""Attackers and writers without a pause: beside each other neither gets the processor that it needs."""

LIMITS = redis_limits(task_size(MIN_MEMORY))
CONNECTIONS = 10_000
SPARE_DESCRIPTORS = 500


@pytest.fixture(scope="module", autouse=True)
def descriptors() -> Iterator[int]:
    """As many open files as this machine allows, for as long as these tests run."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with a_target(tmp_path_factory.mktemp("neighbour") / "tasks") as target:
        yield target


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with a_target(tmp_path_factory.mktemp("attacked") / "tasks") as target:
        yield target


@pytest.fixture
def attacked(shared: Target, neighbour: Target) -> Iterator[Target]:
    """It must withstand: it answers after the attack, and never had more memory than its task."""
    with watched(neighbour) as watch:
        yield shared
        await_answer(shared)
    assert not shared.killed
    assert shared.memory("VmHWM") < TASK_BYTES
    assert watch.pings
    assert watch.failures == []


@pytest.fixture
def doomed(tmp_path: Path, neighbour: Target) -> Iterator[Target]:
    """It will end of it."""
    with a_target(tmp_path / "tasks") as target, watched(neighbour) as watch:
        yield target
    assert watch.pings
    assert watch.failures == []


def at_once(number: int, attack: Callable[[], None]) -> None:
    threads = [threading.Thread(target=attack) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_ten_thousand_idle_connections_refuse_new_ones_and_keep_those_that_were_there(
    attacked: Target, descriptors: int
) -> None:
    # They never begin to speak TLS, nor show a key: that is cheapest, and Redis counts them all the same.
    number = CONNECTIONS if descriptors == resource.RLIM_INFINITY else min(CONNECTIONS, descriptors - SPARE_DESCRIPTORS)
    assert number > LIMITS.connections
    with attacked.client() as earlier:
        earlier.ping()
        with hold(attacked, number, Target.plain):
            assert earlier.ping()
            for refused in (attacked.client(), attacked.ours()):
                with refused, pytest.raises(redis.ConnectionError):
                    refused.ping()


def test_of_connections_that_hold_much_memory_the_oldest_make_room(attacked: Target) -> None:
    half_a_command = b"*2\r\n$3\r\nGET\r\n$200000\r\n" + b"x" * 100_000

    def half(target: Target) -> socket.socket:
        client = target.raw()
        client.sendall(half_a_command)
        return client

    with attacked.client() as newest, hold(attacked, LIMITS.buffers // len(half_a_command) + 50, half) as clients:
        newest.ping()
        oldest = clients[0]
        oldest.settimeout(5)
        with suppress(OSError):
            assert oldest.recv(1) == b""
        assert newest.ping()


def test_a_value_that_no_task_could_hold_is_refused_at_its_first_byte(attacked: Target) -> None:
    with closing(attacked.raw()) as client:
        client.sendall(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n" % (LIMITS.value + 1))
        assert b"invalid bulk length" in client.recv(100)


def test_values_that_are_announced_and_never_come(attacked: Target) -> None:
    announcement = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n" % LIMITS.value
    with hold(attacked, 40, Target.raw) as clients:
        for client in clients:
            with suppress(OSError):
                client.sendall(announcement)


def test_who_has_shown_no_key_may_send_little(attacked: Target) -> None:
    with closing(attacked.raw(authenticated=False)) as client:
        client.sendall(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20000\r\n")
        assert b"unauthenticated bulk length" in client.recv(100)


@pytest.mark.parametrize("authenticated", [True, False])
def test_an_endless_pipeline_whose_answers_nobody_reads(attacked: Target, authenticated: bool) -> None:
    with attacked.client() as client:
        client.set("large", "x" * 100_000)

    def attack() -> None:
        with closing(attacked.raw(authenticated)) as client:
            flood(client, words("GET", "large") * 100)

    at_once(8, attack)


def test_a_transaction_that_grows_and_is_never_carried_out(attacked: Target) -> None:
    def attack() -> None:
        with closing(attacked.raw()) as client:
            client.sendall(words("MULTI"))
            flood(client, words("SET", "k", "x" * 10_000) * 10)

    at_once(4, attack)


def test_a_subscriber_that_does_not_read_is_disconnected(attacked: Target) -> None:
    with closing(attacked.raw()) as slow, attacked.client() as publisher:
        slow.sendall(words("SUBSCRIBE", "news"))
        wait_for(lambda: bool(publisher.publish("news", "x")))
        wait_for(lambda: not publisher.publish("news", "x" * 100_000))


def test_a_flood_of_subscriptions(attacked: Target) -> None:
    def attack() -> None:
        name = str(threading.get_ident())
        with closing(attacked.raw()) as client, suppress(OSError):
            for number in range(1000):
                channels = [f"{name}-{number}-{each}" + "x" * 1000 for each in range(100)]
                client.sendall(b"".join(words("SUBSCRIBE", channel) for channel in channels))
                client.recv(1_000_000)

    at_once(4, attack)


def test_a_flood_of_wrong_keys(attacked: Target) -> None:
    with closing(attacked.raw(authenticated=False)) as client:
        for _ in range(100):
            client.sendall(words("AUTH", "x" * 100) * 100)
            refused = 0
            while refused < 100:
                refused += client.recv(100_000).count(b"WRONGPASS")


def test_handshakes_and_connections_that_stop_half_way(attacked: Target) -> None:
    def hello(target: Target) -> socket.socket:
        client = target.plain()
        client.sendall(b"\x16\x03\x01\x02\x00\x01")
        return client

    with hold(attacked, 500, hello), attacked.client() as client:
        assert client.ping()


def test_who_never_finishes_a_handshake_gives_the_place_back(attacked: Target) -> None:
    with attacked.ours() as control:
        assert int(control.config_get("timeout")["timeout"]) > 0
        control.config_set("timeout", 1)  # sooner, so as not to wait
    with closing(attacked.plain()) as silent:
        silent.settimeout(10)
        assert silent.recv(1) == b""


def test_a_client_that_has_everything_tracked(attacked: Target) -> None:
    with closing(attacked.raw()) as client:
        client.sendall(words("HELLO", "3") + words("CLIENT", "TRACKING", "ON"))
        for number in range(0, 50_000, 1000):
            client.sendall(b"".join(words("GET", f"tracked:{number + each}") for each in range(1000)))
            client.recv(1_000_000)
    with attacked.client() as owner:
        assert int(owner.info("stats")["tracking_total_keys"]) < 11 * LIMITS.connections


@pytest.mark.parametrize(
    "command",
    [("SETRANGE", "bomb", str(512 * MIB - 10), "x"), ("SETBIT", "bomb", str(2**32 - 1), "1")],
    ids=["SETRANGE", "SETBIT"],
)
def test_one_command_that_wants_too_much_is_an_error(attacked: Target, command: tuple[str, ...]) -> None:
    with attacked.client() as client, pytest.raises(redis.ResponseError):
        client.execute_command(*command)


def test_a_value_that_is_added_to_without_end(attacked: Target) -> None:
    with attacked.client() as client, suppress(redis.RedisError):
        for _ in range(2 * LIMITS.value // MIB):
            client.append("bomb", "x" * MIB)


def test_many_large_answers_to_one_transaction(attacked: Target) -> None:
    with attacked.client() as client:
        client.set("large", "x" * MIB)
        with client.pipeline(transaction=True) as pipeline:
            for _ in range(1000):
                pipeline.get("large")
            with pytest.raises(redis.ConnectionError):
                pipeline.execute()


def test_a_script_that_does_not_end_is_ended_by_the_owner(attacked: Target) -> None:
    with attacked.ours() as control:
        control.config_set("busy-reply-threshold", 50)
    with closing(attacked.raw()) as attacker:
        attacker.sendall(words("EVAL", "while true do end", "0"))
        wait_for(lambda: not attacked.answers())
        with attacked.client() as owner:
            assert owner.script_kill()
        assert attacked.answers()


def one_string(target: Target) -> None:
    _send(target, words("EVAL", "local s = string.rep('x', 1024 * 1024) while true do s = s .. s end", "0"))


def tables(target: Target) -> None:
    _send(target, words("EVAL", "local t = {} while true do t[#t + 1] = {} end", "0"))


def writes_of_a_script(target: Target) -> None:
    script = "for i = 1, 1000000 do redis.call('SET', i, string.rep('x', 10000)) end"
    _send(target, words("EVAL", script, "0"))


def writes_of_a_transaction(target: Target) -> None:
    grow = b"".join(words("SETRANGE", str(number), str(LIMITS.value - 10), "x") for number in range(100))
    _send(target, words("MULTI") + grow + words("EXEC"))


def copies_for_subscribers(target: Target) -> None:
    with hold(target, 200, Target.raw) as subscribers:
        for subscriber in subscribers:
            with suppress(OSError):
                subscriber.sendall(words("SUBSCRIBE", "news"))
        _send(target, words("PUBLISH", "news", "x" * (5 * MIB)))


def scripts_that_are_kept(target: Target) -> None:
    with closing(target.raw()) as client, suppress(OSError):
        for number in range(0, 200_000, 10):
            scripts = (f"return '{number + each}{'x' * 100_000}'" for each in range(10))
            client.sendall(b"".join(words("SCRIPT", "LOAD", script) for script in scripts))
            client.recv(1_000_000)


def _send(target: Target, data: bytes) -> None:
    """Sends, and waits for whatever comes of it: the end of the connection, at the latest."""
    with closing(target.raw()) as client, suppress(OSError):
        client.settimeout(ENDED_SECONDS)
        client.sendall(data)
        while client.recv(65536):
            continue


ENDED_SECONDS = 20


@pytest.mark.parametrize(
    "attack",
    [one_string, tables, writes_of_a_script, writes_of_a_transaction, copies_for_subscribers, scripts_that_are_kept],
)
def test_what_redis_cannot_hold_back_ends_with_its_container(doomed: Target, attack: Callable[[Target], None]) -> None:
    attack(doomed)
    wait_for(lambda: doomed.killed)
