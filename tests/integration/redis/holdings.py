"""Data of every type that a Redis can hold, and all that it holds in a form that can be compared."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis

FUNCTIONS = "#!lua name=copied\nredis.register_function('answer', function() return 42 end)"
SEED = 7


DATABASES = (0, 3)

Connect = Callable[[int], "redis.Redis"]
"""A client of the database of this number, which gives bytes."""


def fill(connect: Connect, count: int = 500, large: int = 2_000_000) -> None:
    """Keys of every type in two databases, and a library of functions. `large` is how long the longest value is."""
    chance = random.Random(SEED)
    for database in DATABASES:
        with connect(database) as client:
            _fill(client, chance, count, large)
    with connect(0) as client:
        client.function_load(FUNCTIONS)


def _fill(client: "redis.Redis", chance: random.Random, count: int, large: int) -> None:
    client.set("empty", b"")
    client.set(b"binary\x00\xff\r\n", bytes(range(256)))
    client.set("large", chance.randbytes(large))
    client.set("number", 12345)
    client.set("float", "3.0e10")
    client.setbit("bits", 100_000, 1)
    client.pfadd("hyperloglog", *range(1_000))
    client.geoadd("places", (13.361389, 38.115556, "Palermo"))
    with client.pipeline(transaction=False) as pipe:
        for number in range(count):
            pipe.set(f"string:{number}", chance.randbytes(number % 200))
            pipe.set(f"expires:{number}", number, px=10_000_000 + number)
            pipe.rpush(f"list:{number % 50}", *(chance.randbytes(number % 90) for _ in range(5)))
            pipe.sadd(f"set:{number % 50}", number, f"member {number}")
            pipe.sadd(f"numbers:{number % 50}", number * 7)
            pipe.hset(f"hash:{number % 50}", mapping={f"field {number}": chance.randbytes(number % 90), "same": number})
            pipe.zadd(f"sorted:{number % 50}", {f"member {number}": number / 7, "same": number})
            pipe.xadd(f"stream:{number % 10}", {"number": number, b"\x00": chance.randbytes(20)})
        pipe.execute()
    for number in range(0, 10, 2):
        stream = f"stream:{number}"
        client.xgroup_create(stream, "readers", "0")
        client.xreadgroup("readers", "one", {stream: ">"}, count=3)
        client.xreadgroup("readers", "two", {stream: ">"}, count=2)
        entries: Any = client.xrange(stream, count=3)
        client.xack(stream, "readers", entries[0][0])
        client.xdel(stream, entries[2][0])
    client.xgroup_create("nothing yet", "readers", "$", mkstream=True)


def holdings(connect: Connect) -> dict[str, Any]:
    """All that it holds: values, expiries, groups with what they have pending, functions."""
    found: dict[str, Any] = {}
    for database in DATABASES:
        with connect(database) as client:
            found["functions"] = client.function_list(withcode=True)
            for key in client.scan_iter(count=1_000):
                found[f"{database} {key!r}"] = (client.type(key), client.pexpiretime(key), _value(client, key))
    return found


def _value(client: "redis.Redis", key: bytes) -> object:
    readers: dict[bytes, Callable[[], object]] = {
        b"string": lambda: client.get(key),
        b"list": lambda: client.lrange(key, 0, -1),
        b"set": lambda: sorted(client.smembers(key)),
        b"hash": lambda: sorted(client.hgetall(key).items()),
        b"zset": lambda: client.zrange(key, 0, -1, withscores=True),
        b"stream": lambda: (client.xrange(key), _without_moments(client.xinfo_stream(key, full=True))),
    }
    kind: Any = client.type(key)
    return readers[kind]()


def _without_moments(value: object) -> object:
    """What Redis does not write down: when a consumer was last seen, and how its radix tree is built."""
    if isinstance(value, dict):
        unstable = ("seen-time", "active-time", "radix-tree-keys", "radix-tree-nodes")
        return {str(name): _without_moments(part) for name, part in value.items() if _name(name) not in unstable}
    return [_without_moments(part) for part in value] if isinstance(value, list) else value


def _name(name: object) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


@dataclass
class Counting:
    """A client that writes numbers one after the other: together they show one moment, or that there is none.

    `begun` and `acknowledged` are the moments of each, in seconds since 1970.
    """

    name: str
    begun: list[float] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)

    def run(self, connect: Callable[[], "redis.Redis"], stop: threading.Event) -> None:
        with connect() as client:
            while not stop.is_set():
                number = len(self.begun)
                self.begun.append(time.time())
                with client.pipeline(transaction=True) as pipe:
                    pipe.set(f"counting:{self.name}:{number % 2_000}", f"{number} {'x' * (number % 500)}")
                    pipe.rpush(f"counting:{self.name}", number)
                    pipe.set(f"counting:{self.name}:last", number)
                    pipe.execute()
                self.acknowledged.append(time.time())

    def check(self, held: dict[str, Any], taken_at: float, begun_at: float) -> int:
        """How many of its writes are held: exactly the first so many.

        All that were acknowledged before the copy says that it was taken, none that began after it had begun.
        """
        last = int(held[f"0 {f'counting:{self.name}:last'.encode()!r}"][2])
        listed = held[f"0 {f'counting:{self.name}'.encode()!r}"][2]
        assert [int(number) for number in listed] == list(range(last + 1))
        for number in range(max(0, last - 1_999), last + 1):
            value = held[f"0 {f'counting:{self.name}:{number % 2_000}'.encode()!r}"][2]
            assert int(value.split()[0]) == number
        before = sum(moment <= taken_at for moment in self.acknowledged)
        assert before <= last + 1, "a write that was acknowledged before the moment is not in the copy"
        assert self.begun[last] <= begun_at, "a write that began after the moment is in the copy"
        return last + 1


@contextmanager
def counting(connect: Callable[[], "redis.Redis"], clients: int = 4) -> Iterator[list[Counting]]:
    """So many at work, without pause, until the end of the block."""
    stop = threading.Event()
    writers = [Counting(str(number)) for number in range(clients)]
    threads = [threading.Thread(target=writer.run, args=(connect, stop), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
