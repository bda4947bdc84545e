"""What a read-only key may do, told by Redis's own flags and categories, command by command."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.platform.tokens import new_instance_key, sha256
from swiftcache.redis.acl import users
from tests.integration.redis.open_server import OpenServer, open_server

PLAIN = new_instance_key()
KEY = InstanceKey("key_reader", "reader", sha256(PLAIN), "2026-01-01T00:00:00Z", KeyRole.READ_ONLY)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenServer]:
    with open_server(tmp_path_factory.mktemp("redis"), [KEY]) as server:
        server.client.set("text", "a")
        server.client.rpush("list", "b", "a")
        yield server


@pytest.fixture
def reader(server: OpenServer) -> Iterator["redis.Redis"]:
    with server.as_user(KEY.id, PLAIN) as client:
        yield client


def test_a_read_only_key_writes_with_no_command_that_redis_has(server: OpenServer) -> None:
    writing = [command for command in server.commands() if "write" in command.flags]
    assert len(writing) > 100
    assert [command.words for command in writing if server.allows(KEY.id, *command.words)] == []


def test_a_read_only_key_reads_with_every_command_that_redis_has(server: OpenServer) -> None:
    reading = [
        command
        for command in server.commands()
        if "@read" in command.categories and not command.categories & {"@write", "@admin", "@dangerous"}
    ]
    assert len(reading) > 60
    assert [command.words for command in reading if not server.allows(KEY.id, *command.words)] == []


def test_what_may_replicate_is_no_reading_unless_redis_says_so(server: OpenServer) -> None:
    replicating = [command for command in server.commands() if "may_replicate" in command.flags]
    allowed = {command.words[0] for command in replicating if server.allows(KEY.id, *command.words)}
    assert allowed <= {"pfcount"}, "it stores what it has counted"


@pytest.mark.parametrize(
    "command",
    [
        *("EVAL return(1) 0", "EVALSHA x 0", "FCALL x 0", "SCRIPT LOAD x", "SCRIPT FLUSH", "FUNCTION LOAD x"),
        *("FUNCTION FLUSH", "PUBLISH news x", "SPUBLISH news x", "FLUSHALL", "FLUSHDB", "SORT list STORE other"),
        *("GETDEL text", "GETEX text EX 1", "CONFIG GET *", "ACL LIST", "DEBUG OBJECT x", "SHUTDOWN", "MONITOR"),
        *(
            "CLIENT KILL ID 1",
            "CLIENT PAUSE 1",
            "SLOWLOG RESET",
            "LATENCY RESET",
            "RESTORE x 0 x",
            "REPLICAOF NO ONE",
            "SWAPDB 0 1",
            "MIGRATE h 1 x 0 1",
            "MODULE LIST",
        ),
    ],
)
def test_commands_that_read_more_than_keys_are_not_for_readers(server: OpenServer, command: str) -> None:
    assert not server.allows(KEY.id, *command.split())


@pytest.mark.parametrize(
    "command",
    [
        *("GET text", "SORT_RO list ALPHA", "SCAN 0", "KEYS *", "DBSIZE", "INFO", "TYPE text", "OBJECT ENCODING text"),
        *("MEMORY USAGE text", "PING", "ECHO x", "HELLO 3", "CLIENT ID", "CLIENT INFO", "CLIENT SETNAME app"),
        *("COMMAND COUNT", "TIME", "SELECT 0", "PUBSUB CHANNELS", "WATCH text", "ROLE", "CLUSTER INFO", "ACL WHOAMI"),
        *("SLOWLOG GET", "SLOWLOG LEN", "LATENCY LATEST", "LASTSAVE"),
    ],
)
def test_commands_that_read_keys_are_for_readers(server: OpenServer, command: str) -> None:
    assert server.allows(KEY.id, *command.split())


def test_a_script_that_only_reads_runs(reader: "redis.Redis") -> None:
    assert reader.eval_ro("return redis.call('GET', KEYS[1])", 1, "text") == "a"


def test_a_script_that_writes_does_not_run(reader: "redis.Redis") -> None:
    with pytest.raises(redis.ResponseError):
        reader.eval_ro("return redis.call('SET', KEYS[1], 'b')", 1, "text")
    assert reader.get("text") == "a"


def test_a_read_only_key_hears_what_is_published(server: OpenServer) -> None:
    listening: Any = server.as_user(KEY.id, PLAIN)
    with listening, listening.pubsub() as subscription:
        subscription.subscribe("news")
        subscription.psubscribe("n*")
        assert subscription.get_message(timeout=5)
        assert subscription.get_message(timeout=5)
        server.client.publish("news", "hello")
        heard = subscription.get_message(timeout=5)
        assert heard is not None
        assert heard["data"] == "hello"


def test_a_transaction_of_reads_works(reader: "redis.Redis") -> None:
    with reader.pipeline(transaction=True) as pipeline:
        pipeline.get("text")
        pipeline.lrange("list", 0, -1)
        assert pipeline.execute() == ["a", ["b", "a"]]


def test_a_read_only_key_is_no_password_of_the_default_user() -> None:
    assert KEY.sha256 not in users([KEY], "c" * 64)["default"]
