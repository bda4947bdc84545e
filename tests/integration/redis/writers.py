"""Clients that write without pause, and remember what was acknowledged."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


class Name:
    """A host name with several addresses, in no order, as a resolver gives them."""

    def __init__(self, name: str, patch: pytest.MonkeyPatch) -> None:
        self.addresses: list[str] = []
        system = socket.getaddrinfo

        def getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
            if host != name:
                return system(host, *arguments, **named)
            found = list(self.addresses)
            random.shuffle(found)
            return [one for address in found for one in system(address, *arguments, **named)]

        patch.setattr(socket, "getaddrinfo", getaddrinfo)


Write = Callable[["redis.Redis", str, int], object]


@dataclass
class Writer:
    """One connection that does one thing again and again. `acknowledged` are the numbers of the tries it heard of.

    `broken` is what it was told each time its connection broke, or could not be made.
    """

    kind: str
    write: Write
    acknowledged: list[int] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    tries: int = 0

    def run(self, connect: Callable[[], "redis.Redis"], stop: threading.Event) -> None:
        client = connect()
        while not stop.is_set():
            self.tries += 1
            try:
                self.write(client, self.kind, self.tries)
            except (redis.ConnectionError, redis.TimeoutError) as error:
                self.broken.append(str(error))
                client.close()
                client = connect()
            except redis.ResponseError as error:
                self.refused.append(str(error))
            else:
                self.acknowledged.append(self.tries)
                self.moments.append(time.monotonic())
        client.close()

    @property
    def longest_gap(self) -> float:
        return max(later - earlier for earlier, later in zip(self.moments, self.moments[1:], strict=False))


def _set(client: "redis.Redis", kind: str, number: int) -> object:
    return client.set(f"{kind}:{number}", number)


def _multi(client: "redis.Redis", kind: str, number: int) -> object:
    with client.pipeline(transaction=True) as pipeline:
        pipeline.set(f"{kind}:{number}", number)
        pipeline.rpush(f"{kind}:list", number)
        return pipeline.execute()


def _script(client: "redis.Redis", kind: str, number: int) -> object:
    return client.eval("return redis.call('SET', KEYS[1], ARGV[1])", 1, f"{kind}:{number}", str(number))


def _pop(client: "redis.Redis", kind: str, number: int) -> object:
    """A blocking command: what was popped must not come back."""
    client.rpush(f"{kind}:queue", number)
    popped = client.blpop([f"{kind}:queue"], 1)
    return client.sadd(f"{kind}:popped", popped[1]) if isinstance(popped, tuple | list) else None


WRITES: dict[str, Write] = {
    "set": _set,
    "incr": lambda client, kind, _: client.incr(kind),
    "lpush": lambda client, kind, number: client.lpush(kind, number),
    "multi": _multi,
    "script": _script,
    "pop": _pop,
}


@contextmanager
def writing(connect: Callable[[], "redis.Redis"]) -> Iterator[list[Writer]]:
    """One writer of each kind at work, until the end of the block."""
    writers = [Writer(kind, write) for kind, write in WRITES.items()]
    stop = threading.Event()
    threads = [threading.Thread(target=writer.run, args=(connect, stop)) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: all(len(writer.acknowledged) > 20 for writer in writers))
        yield writers
        seen = {writer.kind: len(writer.acknowledged) for writer in writers}
        wait_for(lambda: all(len(writer.acknowledged) > seen[writer.kind] + 20 for writer in writers))
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def lost(client: "redis.Redis", writers: list[Writer]) -> list[str]:
    """What was acknowledged and is not there."""
    missing: list[str] = []
    for writer in writers:
        kind, acknowledged = writer.kind, writer.acknowledged
        match kind:
            case "incr":
                there = int(str(client.get(kind)))
                missing += [f"{kind}: {there} of {len(acknowledged)}"] if there < len(acknowledged) else []
            case "lpush":
                listed = set(client.lrange(kind, 0, -1))
                missing += [f"{kind}:{number}" for number in acknowledged if str(number) not in listed]
            case "multi":
                listed = set(client.lrange(f"{kind}:list", 0, -1))
                missing += [f"{kind}:list:{number}" for number in acknowledged if str(number) not in listed]
                missing += _without_value(client, kind, acknowledged)
            case "pop":
                back = set(client.lrange(f"{kind}:queue", 0, -1)) & set(client.smembers(f"{kind}:popped"))
                missing += [f"{kind}:{number!r} came back" for number in back]
            case _:
                missing += _without_value(client, kind, acknowledged)
    return missing


def _without_value(client: "redis.Redis", kind: str, numbers: list[int]) -> list[str]:
    values = client.mget([f"{kind}:{number}" for number in numbers])
    return [f"{kind}:{number}" for number, value in zip(numbers, values, strict=True) if value != str(number)]


def connector(host: str, port: int, key: str, ca: str) -> Callable[[], "redis.Redis"]:
    """Makes clients as an application does, but that they try nothing again."""

    def connect() -> "redis.Redis":
        return redis.Redis(
            host=host,
            port=port,
            password=key,
            ssl=True,
            ssl_ca_certs=ca,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=30,
        )

    return connect


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Raises AssertionError if the condition does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not true after {seconds} s"
        time.sleep(0.002)
