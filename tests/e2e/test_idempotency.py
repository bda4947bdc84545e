"""Idempotency keys through the real gateway: twenty at once, functions that are killed at work, and what is kept."""

import json
import os
import random
import signal
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.e2e.api import MIB, Api
from tests.e2e.leftovers import left_of
from tests.e2e.secrets_life import items
from tests.e2e.stack import Stack

MANY = 20
REPAIRED_SECONDS = 30
OF_EACH_REQUEST = {"date", "apigw-requestid", "idempotent-replay"}


def create(api: Api, key: str, **different: Any) -> requests.Response:
    wanted = {"organizationId": api.organization_id, "name": "once", "maxMemory": 10 * MIB, "region": "eu-central"}
    return api.send("POST", "/instances", json=wanted | different, headers={"Idempotency-Key": key})


def delete(api: Api, instance_id: str, key: str) -> requests.Response:
    return api.send("DELETE", f"/instances/{instance_id}", headers={"Idempotency-Key": key})


def what_was_said(answer: requests.Response) -> tuple[int, str, str]:
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in OF_EACH_REQUEST}
    return answer.status_code, json.dumps(headers, sort_keys=True), answer.text


@pytest.fixture
def key(api: Api) -> Iterator[str]:
    """A new key. What was made with its help is deleted afterwards."""
    before = {instance["id"] for instance in api.instances()}
    yield str(uuid.uuid4())
    for instance in api.instances():
        if instance["id"] not in before:
            api.delete(instance["id"])
            api.wait_gone(instance["id"])


def test_twenty_at_once_make_one_instance_and_get_one_answer(stack: Stack, api: Api, key: str) -> None:
    before = len(api.instances())
    with ThreadPoolExecutor(MANY) as threads:
        answers = list(threads.map(lambda _: create(api, key), range(MANY)))
    assert len({what_was_said(answer) for answer in answers}) == 1
    assert answers[0].status_code == 201
    assert sorted(answer.headers.get("idempotent-replay", "") for answer in answers) == [""] + ["true"] * (MANY - 1)
    assert len(api.instances()) == before + 1
    created = answers[0].json()
    instance = api.wait(created["instance"]["id"])
    with stack.redis(instance, created["createdDefaultKey"]["plainTextKey"]) as client:
        assert client.ping()


def test_twenty_deletions_at_once_get_one_answer_also_when_it_is_gone(stack: Stack, api: Api, key: str) -> None:
    created = api.create()
    with ThreadPoolExecutor(MANY) as threads:
        answers = list(threads.map(lambda _: delete(api, created.id, key), range(MANY)))
    api.wait_gone(created.id)
    answers.append(delete(api, created.id, key))
    assert len({what_was_said(answer) for answer in answers}) == 1
    assert answers[0].status_code == 202
    assert left_of(stack, created.id) == []


def test_another_body_is_refused(api: Api, key: str) -> None:
    assert create(api, key).status_code == 201
    before = len(api.instances())
    answer = create(api, key, name="another")
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(api.instances()) == before


def test_what_is_kept_does_not_show_the_key(stack: Stack, api: Api, key: str) -> None:
    plain = create(api, key).json()["createdDefaultKey"]["plainTextKey"]
    kept = [item for item in items(stack) if item["PK"]["S"].startswith("IDEMPOTENCY#") and "answer" in item]
    assert kept
    text = json.dumps([*items(stack)], default=repr)
    logs = "".join(file.read_text(errors="replace") for file in (stack.home / "logs").iterdir())
    for place in (text, logs):
        assert plain not in place
        assert key not in place


def test_functions_that_are_killed_at_work_are_made_good(stack: Stack, api: Api, key: str) -> None:
    before = len(api.instances())
    delay = random.SystemRandom().uniform(0, 0.08)
    print(f"killed {delay:.3f} s after the requests")
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(create, api, key) for _ in range(4)]
        time.sleep(delay)
        for process in stack.processes():
            if process.folder.endswith("/functions/api"):
                os.kill(process.pid, signal.SIGKILL)
        given = [one.result() for one in asked]
    deadline = time.monotonic() + REPAIRED_SECONDS
    while (answer := create(api, key)).status_code != 201:
        assert time.monotonic() < deadline, answer.text
        # A process that was just killed may have been given the request.
        assert answer.status_code in (409, 500), answer.text
        time.sleep(int(answer.headers.get("retry-after", 0)))
    assert {what_was_said(one) for one in given if one.status_code == 201} <= {what_was_said(answer)}
    assert {one.status_code for one in given} <= {201, 409, 500}
    assert len(api.instances()) == before + 1
    created = answer.json()
    with stack.redis(api.wait(created["instance"]["id"]), created["createdDefaultKey"]["plainTextKey"]) as client:
        assert client.ping()
