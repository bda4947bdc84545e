"""Scaling by a new task, while a client writes without pause: nothing that was acknowledged is lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

from tests.e2e.api import MIB, Api, Created
from tests.e2e.stack import Stack

SMALL, LARGE = 10 * MIB, 512 * MIB
RESIZE_SECONDS = 60


SLOTS = 500
"""Keys to write to in turn: they fit into the smallest instance."""


class Writer(threading.Thread):
    """Counts up, and remembers what Redis has acknowledged for each slot; a client as anybody has it."""

    def __init__(self, client: "redis.Redis", name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._client = client
        self._stop_asked = threading.Event()
        self.acknowledged: dict[str, int] = {}
        self.errors: list[str] = []

    def run(self) -> None:
        number = 0
        while not self._stop_asked.is_set():
            number += 1
            try:
                slot = f"{self.name}:{number % SLOTS}"
                self._client.set(slot, number)
                self.acknowledged[slot] = number
            except redis.RedisError as error:
                self.errors.append(repr(error))

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(10)


@contextmanager
def writing(stack: Stack, instance: dict[str, Any], key: str, name: str) -> Iterator[Writer]:
    """A writer on a client with its library's usual way to try again."""
    options = {"ssl": True, "ssl_ca_certs": stack.facts["caFile"], "decode_responses": True}
    with redis.Redis(host=instance["hostname"], port=instance["port"], password=key, **options) as client:
        writer = Writer(client, name)
        writer.start()
        try:
            yield writer
        finally:
            writer.stop()


def change(api: Api, instance_id: str, **wanted: Any) -> dict[str, Any]:
    answer = api.send("PATCH", f"/instances/{instance_id}", json=wanted)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["instance"]
    return found


def wait_for_change(api: Api, instance_id: str) -> dict[str, Any]:
    """The instance as soon as its change has ended; it is RUNNING all the time."""
    deadline = time.monotonic() + RESIZE_SECONDS
    while True:
        instance: dict[str, Any] = api.get(instance_id).json()["instance"]
        assert instance["status"] == "RUNNING"
        if instance["change"]["status"] != "IN_PROGRESS":
            return instance
        assert time.monotonic() < deadline, instance
        time.sleep(0.1)


@pytest.fixture(scope="module")
def created(api: Api) -> Created:
    return api.create(maxMemory=SMALL, evictionPolicy="noeviction")


@pytest.mark.parametrize(("before", "after"), [(SMALL, LARGE), (LARGE, SMALL)], ids=["up", "down"])
def test_no_acknowledged_write_is_lost(stack: Stack, api: Api, created: Created, before: int, after: int) -> None:
    instance = api.wait(created.id)
    assert instance["maxMemory"] == before
    with stack.names.in_use(), writing(stack, instance, created.key, f"to-{after}") as writer:
        begun = change(api, created.id, maxMemory=after)
        assert (begun["change"]["kind"], begun["maxMemory"]) == ("REPLACE", before)
        ended = wait_for_change(api, created.id)
        writer.stop()
    assert (ended["change"]["status"], ended["maxMemory"], ended["hostname"]) == (
        "SUCCEEDED",
        after,
        instance["hostname"],
    )
    assert writer.errors == []
    assert len(writer.acknowledged) == SLOTS
    with stack.redis(instance, created.key) as client:
        found = client.mget(list(writer.acknowledged))
    assert found == [str(number) for number in writer.acknowledged.values()]


def test_one_task_is_left_after_a_resize(stack: Stack, created: Created) -> None:
    running = [process for process in stack.processes() if process.is_redis]
    assert len([process for process in running if created.id.removeprefix("inst_") in process.command]) <= 1
    cluster = stack.outputs()["ClusterName"]
    tasks = stack.aws("ecs").list_tasks(cluster=cluster, startedBy=created.id)["taskArns"]
    assert len(tasks) == 1


def test_the_audit_log_tells_of_the_change_and_of_the_resize(api: Api, created: Created) -> None:
    path = f"/organizations/{api.organization_id}/audit"
    entries = api.send("GET", path, params={"instanceId": created.id, "limit": 100}).json()["entries"]
    assert [entry["action"] for entry in entries].count("instance.resized") == 2


def test_a_resized_instance_is_deleted_like_any_other(api: Api, created: Created) -> None:
    assert api.delete(created.id).status_code == 202
    api.wait_gone(created.id, seconds=30)
