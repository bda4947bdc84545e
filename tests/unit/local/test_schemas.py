"""Every event has a published schema, and every published schema an event."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from local import schemas
from swiftcache.events.model import TEST_EVENT
from swiftcache.webhooks.model import EVENT_TYPES
from tests.schemas import complaints, published, type_of

EVENTS = Path(__file__).parents[3] / "events"


def sample(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def test_every_type_of_event_has_a_schema_and_no_schema_is_unused() -> None:
    assert set(published()) == {*EVENT_TYPES, TEST_EVENT}


@pytest.mark.parametrize("event_type", sorted(published()))
def test_a_published_schema_is_sound_and_up_to_date(event_type: str) -> None:
    schema = published()[event_type]
    Draft202012Validator.check_schema(schema)
    assert schemas.path_of(event_type).read_text() == schemas.text_of(schemas.schemas()[event_type]), "make schemas"


def test_each_schema_has_an_address_of_its_own_with_its_version() -> None:
    assert {name: schema["$id"] for name, schema in published().items()} == {
        name: f"urn:swiftcache:event:{name}:1" for name in published()
    }


def test_the_detail_type_is_the_schemas_title() -> None:
    titles = {schema["title"] for schema in published().values()}
    assert len(titles) == len(published())
    assert {"Instance Status Changed", "Instance Key Created", "Account Key Revoked"} <= titles


@pytest.mark.parametrize("name", ["instance_status_changed", "instance_key_created"])
def test_the_documented_examples_are_valid(name: str) -> None:
    event = sample(name)
    event_type = type_of(event["source"], event["detail"])
    assert complaints(event_type, event["detail"]) == []
    assert published()[event_type]["title"] == event["detail-type"]


@pytest.mark.parametrize(
    "change",
    [
        {"to": "SLEEPING"},
        {"at": "yesterday"},
        {"from": 1},
        {"instanceId": ""},
        {"undocumented": "x"},
    ],
)
def test_what_is_not_as_published_is_found(change: dict[str, object]) -> None:
    assert complaints("instance.status_changed", sample("instance_status_changed")["detail"] | change)


def test_an_undocumented_detail_is_found() -> None:
    detail = sample("instance_key_created")["detail"] | {"details": {"plainTextKey": "sc_live_1"}}
    assert complaints("instance.key.created", detail)


def test_subscribers_may_validate_and_still_outlive_new_fields() -> None:
    schema = published()["instance.status_changed"]
    later = sample("instance_status_changed")["detail"] | {"added": "later"}
    assert Draft202012Validator(schema).is_valid(later)


def test_writing_removes_what_is_of_no_event_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "FOLDER", tmp_path)
    (tmp_path / "instance.exploded.schema.json").write_text("{}")
    schemas.main()
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.schema.json" for name in published()}
