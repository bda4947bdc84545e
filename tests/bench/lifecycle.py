"""Lets instances live, one at a time, and takes the time of each step."""

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.bench.bare import REDIS_TICK
from tests.bench.customer import Customer
from tests.bench.ping import Door, ping, trust
from tests.bench.usage import spent
from tests.e2e.processes import Process
from tests.e2e.stack import Stack

_LOOK_SECONDS = 0.001
_GONE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Life:
    """Seconds since the POST was sent: `posted`, `running`, `created`; since the DELETE was sent: `deleted`.

    `…_processor` are seconds of processor time of the stack's processes.
    """

    posted: float
    running: float
    created: float
    deleted: float
    create_processor: float
    delete_processor: float
    claimed: bool


class Lifecycles:
    """The instances of a stack's first organization. Enter it to keep a connection to the API open."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        facts = stack.facts
        self._customer = Customer(facts["apiUrl"], facts["token"], facts["organizationId"])
        self._trusted = trust(Path(facts["caFile"]))
        self._table = stack.outputs()["TableName"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._customer.__exit__()

    def live(self) -> Life:
        """One is created, used and deleted. Raises Refused, OSError, NoPong or TimeoutError."""
        before = spent(self.stack).ours
        made = self._customer.create()
        posted = time.perf_counter()
        instance = self._customer.running(made.id)
        running = time.perf_counter()
        ping(door_of(self.stack, instance, made.key), self._trusted)
        created = time.perf_counter()
        between = spent(self.stack).ours
        claimed = self._was_claimed(made.id)
        process = self._process_of(instance)
        time.sleep(random.uniform(0, REDIS_TICK))
        deleted = self._delete(instance, process)
        after = spent(self.stack).ours
        began = made.at
        return Life(
            posted - began, running - began, created - began, deleted, between - before, after - between, claimed
        )

    def _delete(self, instance: dict[str, Any], process: Process) -> float:
        began = time.perf_counter()
        self._customer.delete(instance["id"])
        self._customer.deleted(instance["id"])
        while self._is_there(instance, process):
            if time.perf_counter() - began > _GONE_SECONDS:
                raise TimeoutError(f"{instance['id']} is not gone {_GONE_SECONDS:.0f} s after its deletion")
            time.sleep(_LOOK_SECONDS)
        return time.perf_counter() - began

    def _is_there(self, instance: dict[str, Any], process: Process) -> bool:
        return (
            process.is_alive()
            or self._customer.is_there(instance["id"])
            or bool(self.stack.names.resolve(instance["hostname"]))
        )

    def _was_claimed(self, instance_id: str) -> bool:
        key = {"PK": {"S": f"ORG#{self._customer.organization_id}"}, "SK": {"S": f"INSTANCE#{instance_id}"}}
        item = self.stack.aws("dynamodb").get_item(TableName=self._table, Key=key)["Item"]
        return bool(item.get("claimed", {}).get("BOOL"))

    def _process_of(self, instance: dict[str, Any]) -> Process:
        [address] = self.stack.names.resolve(instance["hostname"])
        listening = f" {address}:{instance['port']}"
        [process] = [found for found in self.stack.processes() if found.is_redis and listening in found.command]
        return process


def door_of(stack: Stack, instance: dict[str, Any], key: str) -> Door:
    """Asks the stack's DNS server, as an owner's resolver does."""
    [address, *_] = stack.names.resolve(instance["hostname"])
    return Door(address, instance["port"], instance["hostname"], key)
