"""Organizations from outside: limits that no race exceeds, suspensions that nothing escapes."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.e2e.api import MIB, Api
from tests.e2e.leftovers import left_of, miscounts
from tests.e2e.stack import PROJECT, Stack

MANY = 50
AT_ONCE = 10
RUNNING_SECONDS = 60
GONE_SECONDS = 50


class Tenant(Api):
    """An organization with an owner, and the operator who made it."""

    def __init__(self, operator: Api, instances: int, memory: int = 1024 * MIB) -> None:
        body = {"name": "Tenant", "limits": {"instances": instances, "memory": memory}}
        created = operator.send("POST", "/organizations", json=body).json()
        super().__init__(operator.url, created["createdOwnerKey"]["plainTextKey"], created["organization"]["id"])
        self.path = f"/organizations/{self.organization_id}"
        self.operator = operator

    def post_instance(self) -> requests.Response:
        body = {"organizationId": self.organization_id, "name": "x", "maxMemory": 10 * MIB, "region": "eu-central"}
        return self.send("POST", "/instances", json=body)

    def new_instance(self) -> str:
        """Its id. Comes again when told to."""
        while (answer := self.post_instance()).status_code == 503:
            time.sleep(float(answer.headers["retry-after"]))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["instance"]["id"])

    def post_key(self) -> requests.Response:
        return self.send("POST", f"{self.path}/keys", json={"name": "ci", "role": "viewer"})

    def usage(self) -> dict[str, Any]:
        """What the operator sees, whose key always works."""
        found: dict[str, Any] = self.operator.send("GET", f"{self.path}/usage").json()
        return found

    def suspend(self) -> None:
        """Comes again when told to: its own thirty requests all write to the same organization."""
        while (answer := self.operator.send("POST", f"{self.path}/suspend")).status_code == 503:
            time.sleep(float(answer.headers["retry-after"]))
        assert answer.status_code == 200, answer.text

    def wait_empty(self, seconds: float = GONE_SECONDS) -> None:
        wait(lambda: self.usage()["used"]["instances"] == 0, seconds)

    def delete(self, *_: object) -> requests.Response:
        return self.operator.send("DELETE", self.path)


def wait(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not true after {seconds} s"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as threads:
        yield threads


def gone(tenant: Tenant) -> None:
    tenant.delete()
    wait(lambda: tenant.operator.send("GET", tenant.path).status_code == 404, GONE_SECONDS)


@pytest.mark.skipif(shutil.which("curl") is None, reason="not installed: curl")
def test_the_documented_examples_work(stack: Stack) -> None:
    page = (PROJECT / "docs" / "organizations.md").read_text()
    [examples] = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    command = ["sh", "-euc", examples.replace(".swiftcache", str(stack.home))]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "Organization deletion initiated" in done.stdout.splitlines()[-1]


@pytest.mark.timeout(300)
def test_a_suspended_organizations_fifty_instances_go_and_nothing_is_left(stack: Stack, api: Api) -> None:
    tenant = Tenant(api, MANY)
    ids: list[str] = []
    for _ in range(0, MANY, AT_ONCE):  # more at once would only wait for the laptop
        for instance_id in ids[-AT_ONCE:]:
            tenant.wait(instance_id, seconds=RUNNING_SECONDS)
        ids += [tenant.new_instance() for _ in range(AT_ONCE)]
    second = tenant.post_key().json()["createdKey"]["plainTextKey"]

    tenant.suspend()
    assert tenant.send("GET", tenant.path).status_code == 401
    assert Api(api.url, second, tenant.organization_id).send("GET", tenant.path).status_code == 401
    began = time.monotonic()
    tenant.wait_empty()
    print(f"{MANY} instances were gone {time.monotonic() - began:.1f} s after the suspension")
    assert left_of(stack, *ids) == []

    assert api.send("POST", f"{tenant.path}/resume").status_code == 200
    assert tenant.instances() == []
    who = tenant.send("GET", f"{tenant.path}/audit", params={"instanceId": ids[0]}).json()["entries"]
    assert [(entry["action"], entry["actor"]["system"]) for entry in who] == [
        ("instance.deletion_requested", "suspension"),
        ("instance.created", None),
    ]
    gone(tenant)


def test_a_hundred_creations_at_once_against_a_limit_of_ten_give_exactly_ten(
    stack: Stack, api: Api, threads: ThreadPoolExecutor
) -> None:
    tenant = Tenant(api, 10)
    answers = list(threads.map(lambda _: tenant.post_instance(), range(100)))
    refused = [answer.json() for answer in answers if answer.status_code == 429]
    # Where too many meet on the count, a request may be told to come again: it has made nothing.
    busy = [answer for answer in answers if answer.status_code == 503]
    created = [answer for answer in answers if answer.status_code == 201]
    print(f"{len(created)} created, {len(refused)} refused, {len(busy)} told to come again")
    assert len(created) + len(refused) + len(busy) == 100
    assert len(created) == 10
    assert {(problem["limits"][0]["limit"], problem["limits"][0]["used"]) for problem in refused} == {(10, 10)}
    assert tenant.usage()["used"] == {"instances": 10, "memory": 100 * MIB, "backups": 0, "backupBytes": 0}
    assert miscounts(stack) == []
    gone(tenant)


def test_a_hundred_creations_at_once_against_a_limit_of_memory_fill_it_exactly(
    api: Api, threads: ThreadPoolExecutor
) -> None:
    tenant = Tenant(api, 100, memory=55 * MIB)
    answers = list(threads.map(lambda _: tenant.post_instance(), range(40)))
    assert [answer.status_code for answer in answers].count(201) == 5
    assert tenant.usage()["left"]["memory"] == 5 * MIB
    gone(tenant)


def test_no_instance_escapes_a_suspension(stack: Stack, api: Api, threads: ThreadPoolExecutor) -> None:
    tenant = Tenant(api, 100)
    creations = [threads.submit(tenant.post_instance) for _ in range(30)]
    wait(lambda: any(creation.done() for creation in creations), 10)
    tenant.suspend()
    answers = [creation.result() for creation in creations]
    created = [answer.json()["instance"]["id"] for answer in answers if answer.status_code == 201]
    print(f"{len(created)} of 30 were created before the suspension")
    assert {answer.status_code for answer in answers} <= {201, 401, 409, 503}
    tenant.wait_empty()
    assert left_of(stack, *created) == []
    gone(tenant)


def test_no_account_key_escapes_a_suspension(api: Api, threads: ThreadPoolExecutor) -> None:
    tenant = Tenant(api, 1)
    creations = [threads.submit(tenant.post_key) for _ in range(30)]
    wait(lambda: any(creation.done() for creation in creations), 10)
    tenant.suspend()
    answers = [creation.result() for creation in creations]
    keys = [answer.json()["createdKey"]["plainTextKey"] for answer in answers if answer.status_code == 201]
    print(f"{len(keys)} of 30 were created before the suspension")
    assert {answer.status_code for answer in answers} <= {201, 401, 409, 503}
    seen = {Api(api.url, key, tenant.organization_id).send("GET", tenant.path).status_code for key in keys}
    assert seen <= {401}
    assert len(api.send("GET", f"{tenant.path}/keys").json()["keys"]) == len(keys) + 1
    gone(tenant)
    assert {Api(api.url, key, tenant.organization_id).send("GET", tenant.path).status_code for key in keys} <= {401}
