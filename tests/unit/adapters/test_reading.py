"""How long a creation took, and what a deletion removed, read from the events in events/."""

import json
from pathlib import Path
from typing import Any

import pytest

from swiftcache.adapters.stream import creation_of
from swiftcache.adapters.workflow_input import removed_of
from swiftcache.domain.ports import Creation
from swiftcache.domain.receipt import Removed

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
    assert removed_of(event | {"attempt": attempt}) == Removed(1, 1, 1, 1, 1, complete)
