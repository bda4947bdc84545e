"""Looking at a real Redis: what its clients did is counted to the byte, and what we do is not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.metrics.model import CounterState, RedisSample, diff_counters
from swiftcache.metrics.redis_info import RedisFigures
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.errors import ControlPasswordRefused, RedisUnreachable
from swiftcache.redis.probe import RedisProbe
from tests.integration.redis.redis_task import Server, free_port, start, stop
from tests.metering import MeteredClient
from tests.samples import AT, an_instance


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server, process = start(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca))
    yield server
    stop(process)


def instance(server: Server, **different: Any) -> Instance:
    return an_instance(endpoint=Endpoint("127.0.0.1", server.port), hostname="localhost", **different)


def sample_of(server: Server, *, connections: bool = True) -> RedisSample:
    return RedisFigures().read(instance(server), server.control_password, connections=connections)


def client(server: Server, user: str | None = None) -> MeteredClient:
    return MeteredClient("127.0.0.1", server.port, "localhost", server.ca, server.key, user)


def since(state: CounterState, sample: RedisSample) -> tuple[Counters, CounterState]:
    return diff_counters(state, sample, AT)


def a_load(client: MeteredClient) -> Counters:
    for number in range(20):
        client.do("SET", f"key{number}", "x" * number * 100)
        client.do("GET", f"key{number}")
        client.do("GET", f"none{number}")
    client.do("INFO")
    client.do("PING")
    client.do("EXISTS", "key1")
    return client.did(hits=21, misses=20)


@pytest.mark.parametrize("connections", [True, False])
def test_what_a_client_did_is_counted_to_the_byte(server: Server, connections: bool) -> None:
    _, state = since(CounterState(), sample_of(server, connections=connections))
    with client(server) as loading:
        did = a_load(loading)
    counted, _ = since(state, sample_of(server, connections=connections))
    assert counted == did


@pytest.mark.parametrize(
    ("words", "commands"),
    [
        (["EVAL", "redis.call('SET', 'a', 1) return redis.call('GET', 'a')", "0"], 3),
        (["CONFIG", "GET", "*"], 0),
        (["GET"], 0),
    ],
    ids=["a script and what it calls", "one that is not allowed", "one that is wrong"],
)
def test_what_redis_takes_for_commands(server: Server, words: list[str], commands: int) -> None:
    with client(server) as connected:
        _, state = since(CounterState(), sample_of(server))
        connected.do(*words)
        counted, _ = since(state, sample_of(server))
    assert counted.commands == commands


def test_our_scrapes_count_nothing(server: Server) -> None:
    _, state = since(CounterState(), sample_of(server))
    for _ in range(3):
        counted, state = since(state, sample_of(server))
        assert counted == NOTHING


def test_the_verification_before_the_first_client_counts_nothing(server: Server) -> None:
    _, state = since(CounterState(), sample_of(server))
    RedisProbe().verify("localhost", server.port, server.control_password)
    verified, _ = since(state, sample_of(server))
    assert verified == sample_of(server).preparation


def test_the_figures_are_those_of_the_moment(server: Server) -> None:
    with client(server) as connected:
        a_load(connected)
        live = sample_of(server).live
    assert (live.keys, live.clients, live.max_memory, live.hits, live.misses) == (20, 1, MIN_MEMORY, 21, 20)
    assert 0 < live.used_memory < MIN_MEMORY
    assert live.hit_ratio == 21 / 41


def test_keys_of_all_databases_are_counted(server: Server) -> None:
    with server.connect() as zero, server.connect(db=3) as three:
        zero.set("a", 1)
        three.set("b", 1)
        assert sample_of(server).live.keys == 2


def test_evictions_are_counted(server: Server) -> None:
    _, state = since(CounterState(), sample_of(server))
    with client(server) as filling:
        for number in range(30):
            filling.do("SET", f"large{number}", "x" * 1_000_000)
    counted, _ = since(state, sample_of(server))
    assert counted.evictions > 0


def test_connections_are_listed_by_their_user(server: Server) -> None:
    with client(server), client(server, user="key_1"):
        users = [connection.user for connection in sample_of(server).connections]
    assert sorted(users) == ["default", "key_1", "swiftcache"]


def test_a_wrong_password_is_told_from_silence(server: Server) -> None:
    with pytest.raises(ControlPasswordRefused) as refused:
        RedisFigures().read(instance(server), "marked-secret", connections=True)
    assert "marked-secret" not in repr(refused.value)


def test_silence_is_unreachable() -> None:
    nobody = an_instance(endpoint=Endpoint("127.0.0.1", free_port()), hostname="localhost")
    with pytest.raises(RedisUnreachable, match="inst_a1 does not answer"):
        RedisFigures().read(nobody, "password", connections=True)


def test_an_instance_without_an_address_is_unreachable() -> None:
    with pytest.raises(RedisUnreachable, match="no address"):
        RedisFigures().read(an_instance(), "password", connections=True)
