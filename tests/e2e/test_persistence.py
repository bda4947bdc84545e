"""An instance whose data are kept, from outside."""

import os
import signal
import time
from typing import Any

import redis

from tests.e2e.api import Api
from tests.e2e.leftovers import NothingLeft, left_of
from tests.e2e.stack import Stack

SYNC_SECONDS = 1.0
"""After this long an acknowledged write is on the volume."""

BACK_SECONDS = 15.0
"""For a machine with more to do than it can; it takes about two."""


def test_an_instance_whose_data_are_kept_lives_and_leaves_no_volume(
    stack: Stack, api: Api, nothing_left: NothingLeft
) -> None:
    created = api.create(persistence=True)
    instance = api.wait(created.id)
    assert (created.body["instance"]["persistence"], instance["persistence"]) == (True, True)
    with stack.redis(instance, created.key) as client:
        client.set("kept", "yes")
    kinds = {thing.partition(":")[0] for thing in left_of(stack, created.id)}
    assert {"volume", "folder"} <= kinds
    api.delete(created.id)
    api.wait_gone(created.id)
    nothing_left(instance)


def test_what_was_acknowledged_a_second_before_a_kill_is_there(stack: Stack, api: Api) -> None:
    """`kill -9`; a new task comes by itself, and loads what the old one had."""
    created = api.create(persistence=True)
    instance = api.wait(created.id)
    with stack.redis(instance, created.key) as client:
        for number in range(1000):
            client.set(f"key:{number}", number)
    time.sleep(SYNC_SECONDS)
    [killed] = [process for process in stack.processes() if process.is_redis and created.id in process.folder]
    os.kill(killed.pid, signal.SIGKILL)
    deadline = time.monotonic() + BACK_SECONDS
    while (found := _count(stack, instance, created.key)) is None:
        assert time.monotonic() < deadline, f"not back after {BACK_SECONDS} s"
        time.sleep(0.05)
    assert found == 1000
    api.delete(created.id)
    api.wait_gone(created.id)


def _count(stack: Stack, instance: dict[str, Any], key: str) -> int | None:
    """How many keys there are; None while nobody answers."""
    try:
        with stack.redis(instance, key) as client:
            return int(client.dbsize())
    except (redis.ConnectionError, redis.TimeoutError):
        return None
