"""The warm pool of `make run`, as a person gets it: filled when the stack is up, and gone with it."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.leftovers import pages
from tests.e2e.stack import START_SECONDS, STOP_SECONDS, Stack


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("pooled") / "home", warm_pool=None) as stack:
        yield stack


def members(stack: Stack, status: str = "RUNNING") -> list[dict[str, Any]]:
    items = pages(stack.aws("dynamodb"), "scan", "Items", TableName=stack.outputs()["TableName"])
    found = [item for item in items if item["PK"]["S"] == "ORG#org_pool"]
    return [item for item in found if item["status"]["S"] == status]


def wait_for_members(stack: Stack, number: int) -> list[dict[str, Any]]:
    end = time.monotonic() + START_SECONDS
    while len(found := members(stack)) != number:
        assert time.monotonic() < end, stack.printed
        time.sleep(0.1)
    return found


def test_the_pool_is_told_and_filled(pooled: Stack) -> None:
    assert "  warm pool      512=2,1024=1" in pooled.printed
    for member in wait_for_members(pooled, 3):
        assert pooled.names.resolve(member["hostname"]["S"])


def test_nobody_sees_the_pool(pooled: Stack) -> None:
    [member, *_] = wait_for_members(pooled, 3)
    assert pooled.api.instances() == []
    assert pooled.api.get(member["id"]["S"]).status_code == 404
    answer = pooled.api.send("GET", "/instances", params={"organizationId": "org_pool"})
    assert answer.status_code == 404


def test_a_creation_that_it_fits_leaves_it_as_large_as_it_was(pooled: Stack) -> None:
    wait_for_members(pooled, 3)
    created = pooled.api.create()
    instance = pooled.api.wait(created.id)
    with pooled.redis(instance, created.key) as client:
        assert client.ping()
    wait_for_members(pooled, 3)
    assert pooled.api.delete(created.id).status_code == 202


def test_the_readmes_first_instance_takes_a_member_over(pooled: Stack) -> None:
    waiting = {member["id"]["S"] for member in wait_for_members(pooled, 3)}
    created = pooled.api.create(maxMemory=536870912)
    assert created.id in waiting
    pooled.api.wait(created.id)
    wait_for_members(pooled, 3)
    assert pooled.api.delete(created.id).status_code == 202


def test_the_pool_goes_with_the_stack(pooled: Stack) -> None:
    wait_for_members(pooled, 3)
    before = pooled.processes()
    os.kill(pooled.facts["pid"], signal.SIGTERM)
    assert pooled.process.wait(STOP_SECONDS) == 0
    assert len([process for process in before if process.is_redis]) >= 3
    assert pooled.processes() == []


@pytest.mark.parametrize("text", ["500=1", "512", "512=x"])
def test_a_pool_that_cannot_be_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    stack = Stack(tmp_path / "home", warm_pool=text)
    stack.launch()
    assert stack.process.wait(START_SECONDS) == 1
    assert stack.printed.startswith(f"swiftcache: WARM_POOL={text}: ")
    assert stack.printed.count("\n") == 1
