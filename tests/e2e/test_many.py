"""Many instances at once, and deletions at any moment of a creation."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.api import Api, Created
from tests.e2e.leftovers import left_of
from tests.e2e.stack import Stack

MANY = 20
AT_ONCE_SECONDS = 60
"""So long that it says nothing of the speed, which `make bench` measures: other tests run beside it."""
GONE_SECONDS = 60


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(MANY) as threads:
        yield threads


def test_many_created_at_once_all_run_and_deleted_at_once_leave_nothing(
    stack: Stack, api: Api, threads: ThreadPoolExecutor
) -> None:
    deadline = time.monotonic() + AT_ONCE_SECONDS
    created = list(threads.map(lambda _: api.create(), range(MANY)))

    def running(one: Created) -> dict[str, Any]:
        return api.wait(one.id, seconds=deadline - time.monotonic())

    instances = list(threads.map(running, created))
    print(f"{MANY} were RUNNING {deadline - time.monotonic():.1f} s before they had to be")
    for one, instance in zip(created, instances, strict=True):
        with stack.redis(instance, one.key) as client:
            assert client.ping()
    ids = [one.id for one in created]
    assert {answer.status_code for answer in threads.map(api.delete, ids)} == {202}
    list(threads.map(lambda instance_id: api.wait_gone(instance_id, GONE_SECONDS), ids))
    assert left_of(stack, *ids) == []
    assert [stack.names.resolve(instance["hostname"]) for instance in instances] == [[]] * MANY


def test_a_delete_at_any_moment_of_a_creation_leaves_nothing(stack: Stack, api: Api) -> None:
    began = time.monotonic()
    first = api.create()
    api.wait(first.id)
    whole = time.monotonic() - began
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}, a creation takes {whole:.2f} s")
    moments = random.Random(seed)

    def live_briefly(delay: float) -> str:
        created = api.create()
        time.sleep(delay)
        assert api.delete(created.id).status_code == 202
        seen = api.wait_gone(created.id, GONE_SECONDS)
        print(f"deleted {delay:.3f} s after the POST: then {seen}")
        assert set(seen) <= {"DELETING"}
        return created.id

    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(live_briefly, [moments.uniform(0, whole) for _ in range(MANY)]))
    api.delete(first.id)
    api.wait_gone(first.id)
    assert left_of(stack, first.id, *ids) == []


def test_a_delete_right_after_the_post_leaves_nothing(stack: Stack, api: Api) -> None:
    created = api.create()
    assert api.delete(created.id).status_code == 202
    api.wait_gone(created.id, GONE_SECONDS)
    assert left_of(stack, created.id) == []


def test_two_deletes_at_once_are_both_accepted_and_leave_nothing(
    stack: Stack, api: Api, threads: ThreadPoolExecutor
) -> None:
    created = api.create()
    with stack.frozen(api.wait(created.id)):
        answers = [threads.submit(api.delete, created.id) for _ in range(2)]
        assert [answer.result().status_code for answer in answers] == [202, 202]
    api.wait_gone(created.id, GONE_SECONDS)
    assert left_of(stack, created.id) == []
