"""RDB files of a real Redis: with keys of every type, and what may be wrong with one."""

import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

FUNCTION = """#!lua name=kept
redis.register_function('answer', function() return 42 end)
"""


SECONDS = 120
"""What saving a million keys may take on a busy machine."""


@dataclass(frozen=True)
class RdbFile:
    """`keys` is how many it has."""

    content: bytes
    keys: int


@contextmanager
def redis_server(folder: Path, *options: str) -> "Iterator[redis.Redis]":
    """A Redis with its files in this folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", *options]
    with (folder / "log").open("wb") as log, subprocess.Popen(program, stdout=log, stderr=log) as process:
        client = redis.Redis(port=port, socket_timeout=SECONDS)
        try:
            _wait(client)
            yield client
        finally:
            client.close()
            process.kill()


def _wait(client: "redis.Redis", seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            assert time.monotonic() < end
            time.sleep(0.01)


def written(folder: Path, fill: "Callable[[redis.Redis], object]") -> RdbFile:
    """What Redis writes of what `fill` has put into it."""
    with redis_server(folder) as client:
        fill(client)
        client.save()
        keys: Any = client.dbsize()
        return RdbFile((folder / "dump.rdb").read_bytes(), keys)


def fill(client: "redis.Redis", keys: int, seed: int = 1) -> None:
    """So many keys, of every type, some of which expire, one of them before anybody looks; and a function."""
    chance = random.Random(seed)
    with client.pipeline(transaction=False) as batch:
        for number in range(keys):
            _add(batch, number, chance)
            if number % 1_000 == 999:
                batch.execute()
        batch.execute()
    ask: Callable[..., Any] = client.execute_command
    ask("FUNCTION", "LOAD", "REPLACE", FUNCTION)


def _add(batch: Any, number: int, chance: random.Random) -> None:
    name = b"key:\x00\xff:%d" % number
    values = [chance.randbytes(chance.randrange(1, 200)) for _ in range(chance.randrange(1, 5))]
    match number % 9:
        case 0:
            batch.set(name, values[0])
        case 1:
            batch.set(name, number)
        case 2:
            batch.rpush(name, *values)
        case 3:
            batch.sadd(name, *values)
        case 4:
            batch.sadd(name, *range(number % 50 + 1))
        case 5:
            batch.zadd(name, {value: chance.random() for value in values})
        case 6:
            batch.hset(name, mapping={value: value for value in values})
        case 7:
            batch.xadd(name, {b"field": values[0]}, id=f"{number + 1}-1")
            batch.xgroup_create(name, "group", id="0")
            batch.execute_command("XREADGROUP", "GROUP", "group", "reader", "COUNT", 1, "STREAMS", name, ">")
        case _:
            batch.set(name, b"" if number % 2 else values[0] * 100)
            batch.execute_command("SETBIT", name + b":bits", number % 1000, 1)
    if number % 5 == 0:
        batch.expire(name, 100_000 + number)


Contents = dict[bytes, tuple[bytes, int]]


def contents(client: "redis.Redis") -> Contents:
    """Each key with its value, as DUMP gives it where that has an order, and when it expires, or -1."""
    found: Contents = {}
    names = list(client.scan_iter(count=1_000))
    for start in range(0, len(names), 500):
        some = names[start : start + 500]
        kinds = _ask(client, [("TYPE", name) for name in some])
        told = _ask(client, [command for name, kind in zip(some, kinds, strict=True) for command in _looks(name, kind)])
        found |= {name: (_value(told[2 * at]), told[2 * at + 1]) for at, name in enumerate(some)}
    return found


def _looks(name: bytes, kind: bytes) -> Iterator[tuple[object, ...]]:
    yield {b"set": "SMEMBERS", b"hash": "HGETALL"}.get(kind, "DUMP"), name
    yield "PEXPIRETIME", name


def _ask(client: "redis.Redis", commands: list[tuple[object, ...]]) -> list[Any]:
    with client.pipeline(transaction=False) as batch:
        ask: Callable[..., object] = batch.execute_command
        for command in commands:
            ask(*command)
        return list(batch.execute())


def _value(told: Any) -> bytes:
    """Members and fields come in any order."""
    return told if isinstance(told, bytes) else repr(sorted(told.items() if isinstance(told, dict) else told)).encode()
