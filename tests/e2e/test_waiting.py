"""waitFor over HTTP: how soon it answers, and what forty who wait do to others."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.e2e.api import Api
from tests.e2e.stack import Stack

WAITING = 40
LOOK_SECONDS = 0.2
FEW_LOOKS = 8
"""On a busy machine: a look takes as long as the machine takes."""


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(WAITING) as threads:
        yield threads


def wait_for(api: Api, instance_id: str, wanted: str, timeout: int = 25) -> dict[str, Any]:
    answer = api.send("GET", f"/instances/{instance_id}", params={"waitFor": wanted, "timeout": timeout})
    assert answer.status_code == 200, answer.text
    instance: dict[str, Any] = answer.json()["instance"]
    return instance


def wait_until_deleted(api: Api, instance_id: str) -> int:
    """As clients do: who is told that it is not yet so asks again. Gives how often it asked."""
    address = f"{api.url}/api/v1/instances/{instance_id}?waitFor=DELETED"
    asked = 0
    while True:
        asked += 1
        answer = requests.get(address, headers={"Authorization": f"Bearer {api.token}"}, timeout=60)
        if answer.status_code == 200 and answer.json()["instance"]["status"] == "DELETED":
            return asked
        assert answer.status_code in (200, 503), answer.text


def looks_until_answered(waiting: Future[Any]) -> int:
    """How many looks somebody else could have had meanwhile."""
    looks = 0
    while not waiting.done():
        looks += 1
        time.sleep(LOOK_SECONDS)
    return looks


def test_a_wait_answers_within_a_few_looks_of_the_change(api: Api, threads: ThreadPoolExecutor) -> None:
    created = api.create()
    waiting = threads.submit(wait_for, api, created.id, "RUNNING")
    api.wait(created.id)
    assert looks_until_answered(waiting) <= FEW_LOOKS
    assert waiting.result()["status"] == "RUNNING"
    waiting = threads.submit(wait_for, api, created.id, "DELETED")
    api.delete(created.id)
    api.wait_gone(created.id)
    assert looks_until_answered(waiting) <= FEW_LOOKS
    assert waiting.result()["status"] == "DELETED"


def test_a_wait_that_is_over_answers_with_what_is(api: Api) -> None:
    created = api.create()
    api.wait(created.id)
    assert wait_for(api, created.id, "DELETED", timeout=1)["status"] == "RUNNING"
    api.delete(created.id)
    api.wait_gone(created.id)


def test_forty_who_wait_do_not_block_a_creation(stack: Stack, api: Api, threads: ThreadPoolExecutor) -> None:
    created = api.create()
    api.wait(created.id)
    waiting = [threads.submit(wait_until_deleted, api, created.id) for _ in range(WAITING)]
    other = api.create()
    assert not any(request.done() for request in waiting)
    api.delete(other.id)
    api.delete(created.id)
    assert all(request.result() for request in waiting)
    api.wait_gone(other.id)


def test_what_is_gone_has_a_receipt_and_what_is_there_a_timeline(api: Api) -> None:
    created = api.create()
    api.wait(created.id)
    timeline = api.send("GET", f"/instances/{created.id}/timeline").json()["timeline"]
    assert [operation["kind"] for operation in timeline["operations"]] == ["CREATION"]
    assert {step["outcome"] for step in timeline["operations"][0]["steps"]} == {"SUCCEEDED"}
    api.delete(created.id)
    assert wait_for(api, created.id, "DELETED")["status"] == "DELETED"
    receipt = api.send("GET", f"/instances/{created.id}/receipt").json()["receipt"]
    counts = {removed["kind"]: removed["count"] for removed in receipt["removed"]}
    assert counts.pop("VOLUME") == counts.pop("TASK_DEFINITION") == 0, "only one with persistence has its own"
    assert set(counts.values()) == {1}
    assert receipt["complete"]
