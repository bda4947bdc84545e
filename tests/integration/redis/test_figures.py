"""Looking at a real Redis: what its clients did is counted to the byte, and what we do is not."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.sizes import MIB, MIN_MEMORY, task_size
from swiftcache.metrics.model import CounterState, RedisSample, diff_counters
from swiftcache.metrics.redis_info import RedisFigures
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.errors import ControlPasswordRefused, RedisBusy, RedisSilent, RedisUnreachable
from swiftcache.redis.acl import CONTROL_USER
from swiftcache.redis.connection import connect
from swiftcache.redis.limits import redis_limits
from swiftcache.redis.probe import RedisProbe
from tests.integration.redis.redis_task import Server, free_port, start, stop
from tests.integration.redis.writers import wait_for
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


def ours(server: Server) -> "redis.Redis":
    return server.connect(username=CONTROL_USER, password=server.control_password)


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


def test_the_certificate_that_it_serves_is_the_one_of_the_handshake(server: Server) -> None:
    shown = x509.load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", server.port)).encode())
    found = sample_of(server).certificate
    assert found
    assert found.sha256_fingerprint == shown.fingerprint(hashes.SHA256()).hex()
    assert found.ends == shown.not_valid_after_utc


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
    RedisProbe().verify("localhost", Endpoint("127.0.0.1", server.port), server.control_password)
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


def test_clients_that_are_closed_since_they_take_too_much_are_counted(server: Server) -> None:
    largest = redis_limits(task_size(MIN_MEMORY)).value
    with ours(server) as control:
        control.config_set("maxmemory", 100 * MIB)
    _, state = since(CounterState(), sample_of(server))
    with ExitStack() as stack:
        stack.enter_context(client(server)).do("SETRANGE", "large", str(largest - 1), "x")
        for _ in range(8):
            stack.enter_context(client(server)).send("GET", "large")
        wait_for(lambda: sample_of(server).live.evicted_clients != 0)
        sample = sample_of(server)
    counted, _ = since(state, sample)
    assert counted.evicted_clients > 0
    assert sample.live.evicted_clients == counted.evicted_clients


def test_connections_beyond_the_most_are_counted(server: Server) -> None:
    with ours(server) as control, client(server), ExitStack() as stack:
        _, state = since(CounterState(), sample_of(server))
        control.config_set("maxclients", 2)
        for _ in range(3):
            refused = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 5))
            assert refused.recv(1) == b""
        control.config_set("maxclients", 100)
        sample = sample_of(server)
    counted, _ = since(state, sample)
    assert counted.rejected_connections == sample.live.rejected_connections == 3


def test_answers_beyond_their_limit_are_counted_where_redis_does_so(server: Server) -> None:
    _, state = since(CounterState(), sample_of(server))
    with server.connect() as loading:
        loading.set("value", "x" * 100_000)
        with pytest.raises(redis.ConnectionError):
            loading.mget(["value"] * 1000)
    with ours(server) as control:
        said = control.info("stats").get("client_output_buffer_limit_disconnections")
    sample = sample_of(server)
    counted, _ = since(state, sample)
    assert sample.live.output_limit_disconnections == said
    assert counted.output_limit_disconnections == (said or 0)
    assert said in (None, 1)


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
    with pytest.raises(RedisSilent, match="inst_a1 does not answer") as silent:
        RedisFigures().read(nobody, "password", connections=True)
    assert not silent.value.accepted


def test_an_address_that_takes_connections_and_answers_nothing_is_known() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        mute = an_instance(endpoint=Endpoint("127.0.0.1", listening.getsockname()[1]), hostname="localhost")
        with pytest.raises(RedisSilent) as silent:
            RedisFigures().read(mute, "password", connections=True)
    assert silent.value.accepted


def test_an_instance_without_an_address_is_unreachable() -> None:
    with pytest.raises(RedisUnreachable, match="no address"):
        RedisFigures().read(an_instance(), "password", connections=True)


def test_slow_commands_may_have_any_bytes_and_are_bounded_by_redis(server: Server) -> None:
    with (
        server.connect(decode_responses=False) as client,
        connect(Endpoint("127.0.0.1", server.port), "localhost", server.control_password) as ours,
    ):
        ours.config_set("slowlog-log-slower-than", 0)
        client.client_setname("worker")
        client.execute_command("RPUSH", b"\xff\x00", *([b"x" * 200] * 50))
        ours.config_set("slowlog-log-slower-than", 10_000)
    found = RedisFigures().slow_commands(instance(server), server.control_password, 100)
    [slow] = [one for one in found.commands if one.words[0] == "RPUSH"]
    assert slow.words[1] == "\\xff\x00"
    assert (len(slow.words), slow.words[2]) == (32, "x" * 128 + "... (72 more bytes)")
    assert slow.words[-1] == "... (21 more arguments)"
    assert "xxx" not in repr(slow)
    assert (slow.client_name, found.own.commands) == ("worker", 2)


def test_a_redis_that_is_busy_is_told_from_one_that_is_silent_and_patience_ends_its_script(server: Server) -> None:
    with connect(Endpoint("127.0.0.1", server.port), "localhost", server.control_password) as ours:
        ours.config_set("busy-reply-threshold", 50)
    with server.connect(socket_timeout=0.5) as client, suppress(redis.TimeoutError):
        client.eval("while true do end", 0)
    with pytest.raises(RedisBusy):
        sample_of(server)
    assert RedisFigures().read(instance(server), server.control_password, connections=True, patient=True).run_id
    with server.connect() as client:
        assert client.ping()
