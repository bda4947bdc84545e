"""Instances of one organization in the load test: created over several connections, watched over one, pinged,
deleted."""

import itertools
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.bench.customer import Customer, Posted
from tests.bench.lifecycle import door_of
from tests.bench.ping import Door, ping, trust
from tests.bench.tenants import Tenant
from tests.e2e.stack import Stack

CLIENTS = 2
"""Connections over which a group creates and deletes."""

LOOK_SECONDS = 2.0
"""Between two looks at the instance that a group waits for, the first that is not ready: a look at all of them would
cost the stack more than their creation."""


class TooSlow(Exception):
    """It did not get there in the time that there is."""


@dataclass
class Group:
    """`count` instances are to be; `stop` ends all of it.

    `accepted` and `answered` have moments by the clock of `time.perf_counter`, by the instance's id: of the answer to
    the POST, and of the first PONG, which came from `doors`. `failed` has the reasons of those that are ERROR, `seen`
    the ids of all that there ever were, those too whose creation nobody heard of. `put_off` counts requests sent again.
    """

    stack: Stack
    tenant: Tenant
    count: int
    stop: threading.Event
    created: dict[str, Posted] = field(default_factory=dict)
    accepted: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    doors: dict[str, Door] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    put_off: int = 0

    def creation(self) -> Iterator[Callable[[], None]]:
        """What has to be done at once so that all are created, and have answered a PING or failed."""
        for client in range(CLIENTS):
            yield partial(self._create, len(range(client, self.count, CLIENTS)))
        yield self._welcome

    def deletion(self) -> Iterator[Callable[[], None]]:
        """What has to be done at once so that all are gone."""
        with self._customer() as customer:
            ids = [instance["id"] for instance in customer.instances()]
        self.seen |= {*ids, *self.created}
        for client in range(CLIENTS):
            yield partial(self._delete, ids[client::CLIENTS])
        yield partial(self._see_off, ids)

    def ping_all(self) -> None:
        """Raises OSError or NoPong for one that does not answer."""
        trusted = trust(Path(self.stack.facts["caFile"]))
        for door in self.doors.values():
            ping(door, trusted)

    def _create(self, count: int) -> None:
        with self._customer() as customer:
            for _ in range(count):
                posted = customer.create(str(uuid.uuid4()))
                self.accepted[posted.id] = time.perf_counter()
                self.created[posted.id] = posted
                self._check()

    def _welcome(self) -> None:
        trusted = trust(Path(self.stack.facts["caFile"]))
        with self._customer() as customer:
            while len(self.answered) + len(self.failed) < self.count:
                waiting = [one for one in list(self.created.values()) if not self._is_settled(one.id)]
                if not (waiting and self._settle(customer, waiting[0], trusted)):
                    self._pause()

    def _is_settled(self, instance_id: str) -> bool:
        return instance_id in self.answered or instance_id in self.failed

    def _settle(self, customer: Customer, posted: Posted, trusted: ssl.SSLContext) -> bool:
        """Whether it has answered, or failed."""
        instance = customer.find(posted.id)
        if instance is None or instance["status"] == "ERROR":
            self.failed[posted.id] = str(instance["error"] if instance else "it is gone")
        elif instance["status"] == "RUNNING":
            door = door_of(self.stack, instance, posted.key)
            ping(door, trusted)
            self.answered[posted.id] = time.perf_counter()
            self.doors[posted.id] = door
        return self._is_settled(posted.id)

    def _delete(self, instance_ids: Iterable[str]) -> None:
        with self._customer() as customer:
            for instance_id in instance_ids:
                customer.delete(instance_id)
                self._check()

    def _see_off(self, ids: Iterable[str]) -> None:
        with self._customer() as customer:
            for instance_id in ids:
                while customer.is_there(instance_id):
                    self._pause()

    def _pause(self) -> None:
        if self.stop.wait(LOOK_SECONDS):
            self._check()

    def _check(self) -> None:
        if self.stop.is_set():
            raise TooSlow(f"{len(self.answered)} of {len(self.created)} had answered when time was over")

    @contextmanager
    def _customer(self) -> Iterator[Customer]:
        with self.tenant.customer(self.stop) as customer:
            try:
                yield customer
            finally:
                self.put_off += customer.put_off


def at_once(works: Iterable[Callable[[], None]], stop: threading.Event, seconds: float) -> None:
    """Does all of it, each in a thread; after so many seconds, or when one has failed, `stop` is set.

    Raises what the first that failed has raised.
    """
    todo = list(works)
    with ThreadPoolExecutor(len(todo)) as threads:
        running = [threads.submit(work) for work in todo]
        try:
            wait(running, seconds, FIRST_EXCEPTION)
        finally:  # also when it is interrupted: else the threads would be waited for
            if not all(future.done() and not future.exception() for future in running):
                stop.set()
    failed = (future.exception() for future in running)
    for error in sorted(filter(None, failed), key=lambda error: isinstance(error, TooSlow)):
        raise error


def in_turn(works: Iterable[Iterable[Callable[[], None]]]) -> list[Callable[[], None]]:
    """The first work of each group, then the second of each, and so on: none is favoured."""
    turns = itertools.zip_longest(*works)
    return [work for turn in turns for work in turn if work is not None]
