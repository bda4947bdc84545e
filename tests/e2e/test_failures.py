"""A creation that fails: its owner is told why, nothing is left of it, and the next one works."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.api import Api, Created
from tests.e2e.leftovers import left_of
from tests.e2e.stack import Stack

CERTIFICATE = "swiftcache-certificate"
ENDED_SECONDS = 10


@dataclass(frozen=True)
class Failed:
    """`left` is what there was of it when it had just become ERROR."""

    created: Created
    instance: dict[str, Any]
    left: list[str]


@contextmanager
def without_certificate(stack: Stack) -> Iterator[None]:
    """No Redis can start: its task needs the certificate."""
    secrets = stack.aws("secretsmanager")
    good = secrets.get_secret_value(SecretId=CERTIFICATE)["SecretString"]
    secrets.put_secret_value(SecretId=CERTIFICATE, SecretString=json.dumps({}))
    try:
        yield
    finally:
        secrets.put_secret_value(SecretId=CERTIFICATE, SecretString=good)


@pytest.fixture(scope="module")
def failed(stack: Stack, api: Api) -> Failed:
    with without_certificate(stack):
        created = api.create()
        instance = api.wait(created.id, until="ERROR")
    return Failed(created, instance, left_of(stack, created.id))


def execution(stack: Stack, machine: str, name: str) -> dict[str, Any]:
    """An execution once it has ended."""
    states = stack.aws("stepfunctions")
    arn = f"{stack.outputs()[machine].replace(':stateMachine:', ':execution:')}:{name}"
    deadline = time.monotonic() + ENDED_SECONDS
    while (described := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline, f"{arn} is still running after {ENDED_SECONDS} s"
        time.sleep(0.05)
    found: dict[str, Any] = described
    return found


def test_a_failed_instance_says_what_failed_and_for_which_request(failed: Failed) -> None:
    error = failed.instance["error"]
    assert (error["code"], error["requestId"]) == ("REDIS_STOPPED", failed.created.request_id)


def test_a_failed_instance_tells_the_owner_what_to_do(failed: Failed) -> None:
    assert "Delete the instance and create it again" in failed.instance["error"]["message"]


def test_a_failed_instance_has_no_hostname_and_no_connection(failed: Failed) -> None:
    assert (failed.instance["hostname"], failed.instance["connection"]) == (None, None)


def test_only_the_record_of_a_failed_instance_is_left(failed: Failed) -> None:
    assert [thing.partition(":")[0] for thing in failed.left] == ["item"]


def test_a_failed_provisioning_ends_with_the_first_error(stack: Stack, failed: Failed) -> None:
    ended = execution(stack, "ProvisionStateMachineArn", f"provision-{failed.created.id}")
    assert (ended["status"], ended["error"]) == ("FAILED", "TaskStopped")
    assert "unable to retrieve secret" in ended["cause"]


def test_a_failed_provisioning_says_at_which_step_it_failed(stack: Stack, failed: Failed) -> None:
    ended = execution(stack, "ProvisionStateMachineArn", f"provision-{failed.created.id}")
    assert ended["cause"].partition(": ")[0] == failed.instance["error"]["step"]


def test_the_rollback_of_a_failed_provisioning_succeeds(stack: Stack, failed: Failed) -> None:
    ended = execution(stack, "DeprovisionStateMachineArn", f"rollback-{failed.created.id}-0")
    assert (ended["status"], json.loads(ended["output"])["outcome"]) == ("SUCCEEDED", "ROLLED_BACK")


def test_a_deletion_in_the_middle_of_a_failure_leaves_nothing(stack: Stack, api: Api) -> None:
    with without_certificate(stack):
        created = api.create()
        assert api.delete(created.id).status_code == 202
        api.wait_gone(created.id)
    assert left_of(stack, created.id) == []


def test_a_creation_after_a_failed_one_works(stack: Stack, api: Api, failed: Failed) -> None:
    created = api.create(name=failed.instance["name"])
    instance = api.wait(created.id)
    with stack.redis(instance, created.key) as client:
        assert client.ping()


def test_a_delete_removes_a_failed_instance(stack: Stack, api: Api, failed: Failed) -> None:
    assert api.delete(failed.created.id).status_code == 202
    api.wait_gone(failed.created.id)
    assert left_of(stack, failed.created.id) == []
