"""Clients that send requests one after the other, each over a connection of its own."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit

from tests.bench.lines import percentile


@dataclass(frozen=True, slots=True)
class Target:
    """Every request is `GET url`, with one of the tokens after the other: so no account key sends more than it may."""

    url: str
    tokens: list[str]


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: the milliseconds of each request, and the seconds that all of them took together."""

    milliseconds: Sequence[float]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds

    @property
    def p50(self) -> float:
        return percentile(self.milliseconds, 50)

    @property
    def p99(self) -> float:
        return percentile(self.milliseconds, 99)

    def __add__(self, other: "Load") -> "Load":
        return Load([*self.milliseconds, *other.milliseconds], self.seconds + other.seconds)


def load(target: Target, clients: int, seconds: float) -> Load:
    """Raises RuntimeError if a request is not answered with 200."""
    end = time.perf_counter() + seconds
    found: list[list[float]] = [[] for _ in range(clients)]
    failures: list[str] = []

    def client(number: int) -> None:
        try:
            found[number] = _requests(target, number, end)
        except (OSError, http.client.HTTPException, RuntimeError) as error:
            failures.append(str(error))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} of {clients} clients failed: {failures[0]}")
    return Load([each for own in found for each in own], time.perf_counter() - began)


def _requests(target: Target, number: int, end: float) -> list[float]:
    address = urlsplit(target.url)
    tokens = cycle(target.tokens[number % len(target.tokens) :] + target.tokens[: number % len(target.tokens)])
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    took: list[float] = []
    try:
        while (began := time.perf_counter()) < end:
            connection.request("GET", address.path, headers={"Authorization": f"Bearer {next(tokens)}"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{target.url} answered {answer.status}: {body[:200]!r}")
            took.append(1000 * (time.perf_counter() - began))
    finally:
        connection.close()
    return took
