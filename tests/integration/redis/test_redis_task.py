"""The Redis that the task definition describes: its own start command, run for real, and what a client may do."""

import os
import secrets
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from local.expressions import evaluate
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.platform.tokens import sha256
from swiftcache.redis.acl import CONTROL_USER
from swiftcache.redis.shared_definition import packed
from tests.integration.redis.redis_task import Server, container, start, stop


@pytest.fixture(scope="module", params=[False, True], ids=["own definition", "shared definition"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server, process = start(tmp_path_factory.mktemp("redis"), shared=request.param)
    yield server
    stop(process)


def test_the_key_opens_redis(server: Server) -> None:
    with server.connect() as client:
        client.set("greeting", "hello")
        assert client.get("greeting") == "hello"


@pytest.mark.parametrize("key", ["sc_live_00000000000000000000000000000000", "x"])
def test_a_wrong_key_is_refused(server: Server, key: str) -> None:
    with server.connect(password=key) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_no_key_is_refused(server: Server) -> None:
    with (
        server.connect(password=None) as client,
        pytest.raises(redis.AuthenticationError, match="HELLO must be called with"),
    ):
        client.ping()


def test_the_keys_hash_is_no_key(server: Server) -> None:
    with server.connect(password=sha256(server.key)) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_plain_tcp_is_refused(server: Server) -> None:
    with server.connect(ssl=False, ssl_ca_certs=None) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_an_unknown_authority_is_refused_by_the_client(server: Server) -> None:
    with server.connect(ssl_ca_certs=None) as client, pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY"):
        client.ping()


def test_tls_before_1_2_is_refused(server: Server) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(plain)


FORBIDDEN = [
    "ACL LIST",
    "ACL SETUSER x on",
    "BGREWRITEAOF",
    "BGSAVE",
    "CLIENT KILL ID 1",
    "CLIENT PAUSE 1",
    "CLIENT NO-EVICT on",
    "CLUSTER RESET",
    "CONFIG GET *",
    "CONFIG SET maxmemory 0",
    "CONFIG REWRITE",
    "CONFIG RESETSTAT",
    "DEBUG SLEEP 0",
    "DEBUG OBJECT x",
    "FAILOVER",
    "MIGRATE 127.0.0.1 1 x 0 1",
    "MODULE LIST",
    "MODULE LOAD /x",
    "MONITOR",
    "PSYNC ? -1",
    "REPLICAOF NO ONE",
    "REPLCONF x",
    "SAVE",
    "SHUTDOWN",
    "SHUTDOWN NOSAVE",
    "SLAVEOF NO ONE",
    "SYNC",
]


@pytest.mark.parametrize("command", FORBIDDEN)
def test_commands_of_the_operator_are_not_the_owners(server: Server, command: str) -> None:
    with server.connect() as client, pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command.split())


def test_a_script_may_do_no_more_than_its_caller(server: Server) -> None:
    with server.connect() as client, pytest.raises(redis.ResponseError, match="can't run this command"):
        client.eval("return redis.call('MIGRATE', '127.0.0.1', '1', 'x', '0', '1')", 0)


ORDINARY = [
    "CLIENT GETNAME",
    "CLIENT ID",
    "CLIENT INFO",
    "CLIENT LIST",
    "CLIENT SETNAME app",
    "COMMAND INFO get",
    "DBSIZE",
    "ECHO x",
    "FLUSHALL",
    "FLUSHDB",
    "FUNCTION LIST",
    "HELLO 3",
    "INFO",
    "INFO memory",
    "KEYS *",
    "LPUSH list 1",
    "MEMORY USAGE x",
    "OBJECT HELP",
    "PING",
    "PUBLISH channel x",
    "PUBSUB CHANNELS",
    "ROLE",
    "SCAN 0",
    "SCRIPT EXISTS x",
    "SELECT 1",
    "SORT list",
    "TIME",
    "TYPE x",
    "UNWATCH",
    "WAIT 0 1",
    "XADD stream * a b",
]


@pytest.mark.parametrize("command", ORDINARY)
def test_commands_of_an_ordinary_client_are_allowed(server: Server, command: str) -> None:
    with server.connect() as client:
        client.execute_command(*command.split())


def test_a_client_may_name_its_library_where_redis_knows_that(server: Server) -> None:
    # CLIENT SETINFO came with Redis 7.2: before, it is an unknown subcommand, but never a forbidden one.
    with server.connect() as client:
        answer = ""
        try:
            client.execute_command("CLIENT", "SETINFO", "LIB-NAME", "app")
        except redis.ResponseError as error:
            answer = str(error).lower()
        assert not answer or "unknown subcommand" in answer


def test_scripts_transactions_and_subscriptions_work(server: Server) -> None:
    with server.connect() as client:
        assert client.eval("return redis.call('SET', KEYS[1], ARGV[1])", 1, "scripted", "yes") == "OK"
        with client.pipeline(transaction=True) as pipeline:
            assert pipeline.set("a", 1).incr("a").execute() == [True, 2]
        with client.pubsub() as subscription:
            subscription.subscribe("news")
            assert subscription.get_message(timeout=5)


def test_the_control_user_does_not_reach_the_data(server: Server) -> None:
    with server.connect(username=CONTROL_USER, password=server.control_password) as client:
        client.set("swiftcache:verify:x", "1", ex=10)
        for command in ("GET greeting", "SET other 1", "KEYS *", "DUMP greeting", "EVAL return(1) 0", "FLUSHALL"):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*command.split())


def fill(client: "redis.Redis", megabytes: int) -> None:
    value = secrets.token_hex(50_000)
    for number in range(megabytes * 10):
        client.set(f"key{number}", value)


def test_a_full_instance_evicts_by_its_policy(server: Server) -> None:
    with server.connect() as client:
        client.flushall()
        fill(client, 30)
        information = client.info()
        assert information["evicted_keys"] > 0
        assert information["used_memory"] <= MIN_MEMORY * 1.1
        assert client.get("key299")
        client.flushall()


def test_a_full_instance_without_eviction_says_so(tmp_path: Path) -> None:
    server, process = start(tmp_path, policy="noeviction")
    try:
        with server.connect() as client, pytest.raises(redis.exceptions.OutOfMemoryError):
            fill(client, 30)
    finally:
        stop(process)


def test_no_secret_is_in_the_process_or_its_log(tmp_path: Path) -> None:
    server, process = start(tmp_path)
    try:
        for secret in (server.key, sha256(server.key), server.control_password, "PRIVATE KEY"):
            for place in (Path("/proc") / str(process.pid) / "cmdline", tmp_path / "log"):
                assert secret.encode() not in place.read_bytes()
    finally:
        stop(process)


@pytest.mark.parametrize("engine", ["redis", "valkey"])
@pytest.mark.parametrize("shared", [False, True])
def test_redis_is_started_without_the_secrets_in_its_environment(tmp_path: Path, shared: bool, engine: str) -> None:
    # A stand-in, since redis-server overwrites its environment: what it was given cannot be seen any more.
    stand_in = tmp_path / f"{engine}-server"
    stand_in.write_text("#!/bin/sh\nenv\n")
    stand_in.chmod(0o755)
    described = container(shared)
    secret = {entry["Name"]: "marked-secret" for entry in described["Secrets"]}
    plain = dict.fromkeys(("MAX_MEMORY", "EVICTION_POLICY", "REDIS_LIMITS"), "1")
    plain |= {entry["Name"]: "1" for entry in described["Environment"]}
    plain |= {"ACL_GZ": packed("user default off") if shared else "none", "ENGINE": engine}
    done = subprocess.run(
        [*described["EntryPoint"], *described["Command"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", **plain, **secret},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "MAX_MEMORY=1" in done.stdout
    assert "marked-secret" not in done.stdout
    assert "ACL" not in done.stdout
    assert (tmp_path / "users.acl").read_text() == ("user default off" if shared else "marked-secret\n")


@pytest.mark.parametrize("given", [{}, {"ACL_GZ": "bm8gZ3ppcA=="}], ids=["none", "one that is not packed"])
def test_a_task_of_a_shared_definition_does_not_start_without_its_acl(tmp_path: Path, given: dict[str, str]) -> None:
    described = container(shared=True)
    environment = {entry["Name"]: entry["Value"] for entry in described["Environment"]} | given
    done = subprocess.run(
        [*described["EntryPoint"], *described["Command"]],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0


def test_the_files_of_a_task_are_for_nobody_else(tmp_path: Path) -> None:
    _, process = start(tmp_path)
    try:
        assert {oct(file.stat().st_mode & 0o777) for file in (tmp_path / "data").iterdir()} == {"0o600"}
    finally:
        stop(process)


def test_the_container_has_no_rights_to_spare() -> None:
    described = container()
    assert described["ReadonlyRootFilesystem"] is True
    assert described["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert container(shared=True)["User"] == "redis"
    user = described["User"].removeprefix("{%").removesuffix("%}")
    assert [evaluate(user, {"plan": {"engine": name}}, None) for name in ("redis", "valkey")] == ["redis", "valkey"]
    assert described["StopTimeout"] == 5
