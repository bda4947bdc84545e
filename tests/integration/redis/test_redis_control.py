"""Configuring a running Redis: a real one."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import redis

from swiftcache.configuration.model import Configuration, wanted
from swiftcache.configuration.redis import RedisServerControl
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.instances.model import Endpoint
from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.sizes import MIB
from swiftcache.platform.errors import DependencyUnavailable, RedisBusy
from swiftcache.platform.tokens import new_instance_key, sha256
from swiftcache.redis.connection import connect
from tests.integration.redis.redis_task import Server, free_port, start, stop
from tests.integration.redis.writers import wait_for
from tests.samples import an_instance


@dataclass
class Controlled:
    """A Redis with keys by name, each of which is applied as soon as it changes."""

    server: Server
    keys: dict[str, tuple[InstanceKey, str]]

    def configuration(self, **different: Any) -> Configuration:
        keys = tuple(key for key, _ in self.keys.values())
        return wanted(an_instance(keys=keys, **different), self.server.control_password)

    def apply(self, control: RedisServerControl | None = None, **different: Any) -> None:
        (control or RedisServerControl()).apply(
            Endpoint("127.0.0.1", self.server.port),
            "localhost",
            self.server.control_password,
            self.configuration(**different),
        )

    def add(self, name: str, role: KeyRole = KeyRole.READ_WRITE) -> None:
        plain = new_instance_key()
        self.keys[name] = (InstanceKey(f"key_{name}", name, sha256(plain), "2026-01-01T00:00:00Z", role), plain)

    def connect(self, name: str, **different: Any) -> "redis.Redis":
        """As most clients do: with the key alone."""
        return self.server.connect(password=self.keys[name][1], **different)

    def connect_by_name(self, name: str, **different: Any) -> "redis.Redis":
        return self.connect(name, username=self.keys[name][0].id, **different)

    def control(self) -> "redis.Redis":
        return connect(Endpoint("127.0.0.1", self.server.port), "localhost", self.server.control_password)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server, process = start(tmp_path_factory.mktemp("redis"))
    yield server
    stop(process)


@pytest.fixture
def controlled(server: Server, monkeypatch: pytest.MonkeyPatch) -> Controlled:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca))
    controlled = Controlled(server, {})
    controlled.add("old")
    controlled.apply()
    return controlled


def test_a_new_key_opens_it_with_and_without_its_name(controlled: Controlled) -> None:
    controlled.add("new")
    controlled.apply()
    for client in (controlled.connect("new"), controlled.connect_by_name("new")):
        with client:
            assert client.set("a", 1)


def test_the_owner_sees_what_was_slow_and_no_secret_of_ours(controlled: Controlled) -> None:
    secrets = [controlled.server.control_password, sha256(controlled.server.control_password), "a-password-of-ours"]
    with controlled.control() as control, controlled.connect("old") as owner:
        control.config_set("slowlog-log-slower-than", 0)
        try:
            controlled.add("new")
            controlled.apply(settings=DEFAULT_SETTINGS.changed({"slowlog-log-slower-than": 0}))
            control.config_set("masteruser", "swiftcache", "masterauth", "a-password-of-ours")
            control.config_set("masteruser", "", "masterauth", "")
            with controlled.connect("new") as client:
                assert client.set("slow", "mine")
            told = str(owner.slowlog_get(128))
        finally:
            control.config_set("slowlog-log-slower-than", 10_000)
        owner.slowlog_reset()
    assert "SET slow mine" in told
    assert "ACL SETUSER" in told
    assert "(redacted)" in told
    assert [secret for secret in (*secrets, *(plain for _, plain in controlled.keys.values())) if secret in told] == []


def test_a_revoked_key_is_refused_in_both_ways(controlled: Controlled) -> None:
    controlled.add("new")
    controlled.apply()
    revoked = controlled.keys.pop("old")
    controlled.apply()
    for username in (None, revoked[0].id):
        with (
            controlled.server.connect(password=revoked[1], username=username) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()
    with controlled.connect("new") as client:
        assert client.ping()


@pytest.mark.parametrize("name_given", [True, False])
def test_a_revoked_keys_connections_are_closed_whatever_they_are_doing(
    controlled: Controlled, name_given: bool
) -> None:
    controlled.add("new")
    controlled.apply()
    way = controlled.connect_by_name if name_given else controlled.connect

    def join(name: str) -> "redis.Redis":
        return way(name, protocol=2)

    with join("old") as idle, join("old") as blocked, join("old") as listening, join("old") as queueing:
        connections = [client.connection_pool.get_connection() for client in (idle, blocked, listening, queueing)]
        commands: list[tuple[str, ...]] = [("PING",), ("BLPOP", "nothing", "0"), ("SUBSCRIBE", "news"), ("MULTI",)]
        for connection, command in zip(connections, commands, strict=True):
            connection.send_command(*command)
            if command[0] != "BLPOP":
                connection.read_response()
        controlled.keys.pop("old")
        begun = time.monotonic()
        controlled.apply()
        assert time.monotonic() - begun < 2
        for connection in connections:
            with pytest.raises(redis.ConnectionError):
                connection.read_response()


def test_connections_of_other_keys_names_stay(controlled: Controlled) -> None:
    controlled.add("new")
    controlled.apply()
    with controlled.connect_by_name("new", single_connection_client=True) as client:
        before = client.client_id()
        controlled.keys.pop("old")
        controlled.apply()
        assert client.client_id() == before


def test_a_revoked_read_only_key_closes_nobody_elses_connection(controlled: Controlled) -> None:
    controlled.add("reader", KeyRole.READ_ONLY)
    controlled.apply()
    with controlled.connect("old", single_connection_client=True) as client:
        before = client.client_id()
        controlled.keys.pop("reader")
        controlled.apply()
        assert client.client_id() == before


def test_nothing_is_closed_when_nothing_is_revoked(controlled: Controlled) -> None:
    with controlled.connect("old", single_connection_client=True) as client:
        before = client.client_id()
        controlled.add("new")
        controlled.apply()
        controlled.apply()
        assert client.client_id() == before


def test_who_has_not_yet_shown_a_key_is_not_closed(controlled: Controlled) -> None:
    controlled.add("new")
    controlled.apply()
    context = ssl.create_default_context(cafile=str(controlled.server.ca))
    with (
        socket.create_connection(("127.0.0.1", controlled.server.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as silent,
    ):
        controlled.keys.pop("old")
        controlled.apply()
        silent.sendall(f"AUTH {controlled.keys['new'][1]}\r\n".encode())
        assert silent.recv(100) == b"+OK\r\n"


def test_after_the_last_key_nobody_gets_in_but_us(controlled: Controlled) -> None:
    revoked = controlled.keys.pop("old")
    controlled.apply()
    with controlled.server.connect(password=revoked[1]) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    with controlled.control() as control:
        assert control.ping()


class DiesError(Exception):
    """The process is gone."""


def test_a_revocation_that_died_before_it_closed_all_is_finished_by_the_next(controlled: Controlled) -> None:
    controlled.add("new")
    controlled.apply()

    def die() -> float:
        raise DiesError

    with controlled.connect("old") as client:
        connection = client.connection_pool.get_connection()
        connection.send_command("PING")
        connection.read_response()
        controlled.keys.pop("old")
        with pytest.raises(DiesError):
            controlled.apply(RedisServerControl(clock=die))
        connection.send_command("PING")
        assert connection.read_response() == "PONG"
        controlled.apply()
        with pytest.raises(redis.ConnectionError):
            connection.read_response()


def test_a_connection_in_the_middle_of_a_transaction_is_given_a_moment(controlled: Controlled) -> None:
    controlled.add("new")
    controlled.apply()
    with controlled.connect("new") as client:
        connection = client.connection_pool.get_connection()
        connection.send_command("MULTI")
        connection.read_response()

        def finish(_: float) -> None:
            connection.send_command("EXEC")
            assert connection.read_response() == []

        controlled.keys.pop("old")
        controlled.apply(RedisServerControl(sleep=finish))
        with pytest.raises(redis.ConnectionError):
            connection.read_response()


def test_memory_and_policy_are_set(controlled: Controlled) -> None:
    controlled.apply(max_memory=20 * MIB, eviction_policy=EvictionPolicy.VOLATILE_TTL)
    with controlled.control() as control:
        found = control.config_get("maxmemory*")
    assert (found["maxmemory"], found["maxmemory-policy"]) == (str(20 * MIB), "volatile-ttl")


def test_a_redis_that_does_not_answer_is_told_without_its_address(controlled: Controlled) -> None:
    nobody = replace(controlled, server=replace(controlled.server, port=free_port()))
    with pytest.raises(DependencyUnavailable, match="localhost gave ConnectionError") as failed:
        nobody.apply()
    assert failed.value.__cause__ is None


def busy_with(controlled: Controlled, script: str) -> socket.socket:
    """A client whose script does not end, once Redis answers everybody else that it is busy."""
    with controlled.control() as control:
        control.config_set("busy-reply-threshold", 1)
    context = ssl.create_default_context(cafile=str(controlled.server.ca))
    plain = socket.create_connection(("127.0.0.1", controlled.server.port))
    client = context.wrap_socket(plain, server_hostname="localhost")
    client.sendall(f'AUTH {controlled.keys["old"][1]}\r\nEVAL "{script}" 0\r\n'.encode())
    wait_for(lambda: is_busy(controlled))
    return client


def is_busy(controlled: Controlled) -> bool:
    with controlled.connect("old") as other, suppress(redis.ConnectionError):
        try:
            other.ping()
        except redis.ResponseError as error:
            return str(error).startswith("BUSY")
    return False


def test_a_script_that_does_not_end_keeps_no_key_alive(controlled: Controlled) -> None:
    with busy_with(controlled, "while true do end"):
        revoked = controlled.keys.pop("old")
        controlled.apply()
        with controlled.server.connect(password=revoked[1]) as client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_a_script_that_has_written_is_told_and_ends_with_its_redis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, process = start(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca))
    try:
        controlled = Controlled(server, {"old": (InstanceKey("key_1", "old", sha256(server.key), ""), server.key)})
        endpoint = Endpoint("127.0.0.1", server.port)
        with busy_with(controlled, "redis.call('SET', 'a', 1) while true do end"):
            with pytest.raises(RedisBusy, match="has written"):
                controlled.apply()
            RedisServerControl().shut_down(endpoint, "localhost", server.control_password)
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait()


def close_others(controlled: Controlled, *cidrs: str, control: RedisServerControl | None = None) -> None:
    (control or RedisServerControl()).close_others(
        Endpoint("127.0.0.1", controlled.server.port), "localhost", controlled.server.control_password, cidrs
    )


def test_only_connections_from_elsewhere_are_closed_and_never_ours(controlled: Controlled) -> None:
    client = controlled.connect("old", single_connection_client=True)
    before = client.client_id()
    with controlled.control() as ours:
        own = ours.client_id()
        close_others(controlled, "127.0.0.0/8", "10.1.0.0/16")
        assert client.client_id() == before
        close_others(controlled, "10.1.0.0/16")
        with pytest.raises(redis.ConnectionError):
            client.ping()
        assert ours.client_id() == own


def test_who_comes_again_from_elsewhere_before_the_rules_count_is_closed_too(controlled: Controlled) -> None:
    again: list[redis.Redis] = []

    def comes_again(_: float) -> None:
        if not again:
            again.append(controlled.connect("old", single_connection_client=True))

    with controlled.connect("old", single_connection_client=True) as client:
        close_others(controlled, "10.1.0.0/16", control=RedisServerControl(sleep=comes_again))
        for one in (client, *again):
            with pytest.raises(redis.ConnectionError):
                one.ping()
    again[0].close()


def test_whoever_comes_again_and_again_from_elsewhere_is_told_of(controlled: Controlled) -> None:
    with ExitStack() as clients:

        def comes_again(_: float) -> None:
            clients.enter_context(controlled.connect("old", single_connection_client=True))

        comes_again(0)
        with pytest.raises(DependencyUnavailable, match="again and again"):
            close_others(controlled, "10.1.0.0/16", control=RedisServerControl(sleep=comes_again))
