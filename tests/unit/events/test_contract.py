"""What the world is told keeps to the models that the published schemas are written from."""

from pathlib import Path
from typing import get_type_hints

import pytest
from pydantic import ValidationError

from swiftcache.access.audit import Action
from swiftcache.events.contract import DETAILS, StatusChanged, event_models
from swiftcache.events.model import TEST_EVENT, StatusChange, audit_event, status_event
from swiftcache.webhooks.model import EVENT_TYPES
from tests.samples import an_entry

ROOT = Path(__file__).parents[3]
EXAMPLES = {str: "x", int: 1, bool: True}
CHANGE = StatusChange(
    id="evt_1",
    instance_id="inst_1",
    organization_id="org_1",
    before=None,
    after="PROVISIONING",
    at="2024-03-15T10:30:00.000Z",
    hostname=None,
    reason="CREATED",
    request_id="request-1",
)


def test_every_type_of_event_has_a_model() -> None:
    assert set(event_models()) == {*EVENT_TYPES, TEST_EVENT}


def test_every_action_says_which_details_it_has() -> None:
    assert set(DETAILS) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_what_is_told_of_an_audited_change_is_its_model(action: Action) -> None:
    details = {name: EXAMPLES[kind] for name, kind in get_type_hints(DETAILS[action]).items()}
    told = audit_event(an_entry(action, details=details))

    model = event_models()[told.type].model_validate(told.data)

    assert model.model_dump(by_alias=True) | {"at": told.at} == told.data


def test_what_is_told_of_a_status_is_its_model() -> None:
    told = status_event(CHANGE)

    model = StatusChanged.model_validate(told.data)

    assert model.model_dump(by_alias=True) | {"at": told.at} == told.data
    assert event_models()[told.type] is StatusChanged


def test_an_audited_change_of_another_action_is_not_the_models() -> None:
    told = audit_event(an_entry(Action.MEMBER_ADDED))

    with pytest.raises(ValidationError, match="action"):
        event_models()[Action.MEMBER_REMOVED].model_validate(told.data)


def test_no_function_pays_for_the_models() -> None:
    code = [file for folder in ("functions", "layers") for file in (ROOT / folder).rglob("*.py")]
    assert [file for file in code if "events.contract import" in file.read_text()] == []
