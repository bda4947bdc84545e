"""How long a creation took, and what a deletion removed, read from the events in events/."""

import json
from pathlib import Path
from typing import Any

import pytest

from swiftcache.instances.model import Endpoint
from swiftcache.instances.receipt import RemovedResources
from swiftcache.pool.model import POOL
from swiftcache.provisioning.step_input import removed_of
from swiftcache.stream.records import creation_of, member_taken_in
from swiftcache.timeline.ports import Creation

EVENTS = Path(__file__).parents[3] / "events"


def changed(**images: Any) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((EVENTS / "table_changed.json").read_text())["Records"][0]
    change = record["dynamodb"] | images
    return {**record, "dynamodb": {name: value for name, value in change.items() if value is not None}}


def test_a_creation_took_from_its_acceptance_to_its_running() -> None:
    before = changed()["dynamodb"]["OldImage"] | {"changedAt": {"S": "2024-03-15T10:30:00.000Z"}}
    assert creation_of(changed(OldImage=before)) == Creation("inst_abc123xyz", "2024-03-15T10:30:41.250Z", 41.25)


@pytest.mark.parametrize("images", [{"OldImage": None}, {"NewImage": None}, {"Keys": {"SK": {"S": "ORG"}}}])
def test_no_other_record_is_a_creation(images: dict[str, Any]) -> None:
    assert creation_of(changed(**images)) is None


def test_no_other_change_of_status_is_a_creation() -> None:
    deleting = changed()["dynamodb"]["NewImage"] | {"status": {"S": "DELETING"}}
    assert creation_of(changed(NewImage=deleting)) is None


@pytest.mark.parametrize(("attempt", "complete"), [(0, True), (1, False)])
def test_what_was_removed_is_complete_at_the_first_attempt_alone(attempt: int, complete: bool) -> None:
    event = json.loads((EVENTS / "remove_instance.json").read_text())
    assert removed_of(event | {"attempt": attempt}) == RemovedResources(1, 1, 1, 1, 1, complete)


def test_a_creation_in_the_pool_is_nobodys() -> None:
    images = {name: changed()["dynamodb"][name] | {"organizationId": {"S": POOL}} for name in ("OldImage", "NewImage")}
    assert creation_of(changed(**images)) is None


def test_a_creation_from_the_pool_is_told_apart() -> None:
    claimed = changed()["dynamodb"]["NewImage"] | {"claimed": {"BOOL": True}}
    created = creation_of(changed(NewImage=claimed))
    assert created
    assert created.claimed


def test_an_instance_that_was_claimed_tells_which_task_it_takes() -> None:
    endpoint = {"M": {"address": {"S": "203.0.113.10"}, "port": {"N": "6379"}, "task": {"S": "arn:task"}}}
    claimed = changed()["dynamodb"]["NewImage"] | {"claimed": {"BOOL": True}, "endpoint": endpoint}
    assert member_taken_in(changed(NewImage=claimed)) == Endpoint("203.0.113.10", 6379, "arn:task")


@pytest.mark.parametrize("images", [{}, {"NewImage": None}, {"Keys": {"SK": {"S": "ORG"}}}])
def test_an_instance_that_was_not_claimed_takes_no_task(images: dict[str, Any]) -> None:
    assert member_taken_in(changed(**images)) is None
