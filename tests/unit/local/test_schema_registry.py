"""The template of EventBridge's schema registry says of the bus's events what docs/schemas says, by older words."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from samtranslator.yaml_helper import yaml_parse

from local import schema_registry
from swiftcache.events.model import TEST_EVENT
from tests.schemas import published, type_of

RESOURCES: dict[str, dict[str, Any]] = yaml_parse(schema_registry.FILE.read_text())["Resources"]
SCHEMAS = {name: found["Properties"] for name, found in RESOURCES.items() if name != "Registry"}
CONTENTS: dict[str, dict[str, Any]] = {
    json.loads(found["Content"])["description"].split(":")[3]: json.loads(found["Content"])
    for found in SCHEMAS.values()
}
ON_THE_BUS = sorted(set(published()) - {TEST_EVENT})

TEMPLATE_BYTES, RESOURCES_AT_MOST = 1024 * 1024, 500


def test_the_template_is_up_to_date() -> None:
    assert schema_registry.FILE.read_text() == schema_registry.template(), "make schemas"


def test_every_event_of_the_bus_has_its_schema_and_no_other_is_there() -> None:
    assert sorted(CONTENTS) == ON_THE_BUS
    assert len(SCHEMAS) == len(ON_THE_BUS)


def in_todays_words(part: Any) -> Any:
    """What a schema of the fourth draft says, as docs/schemas says it."""
    if isinstance(part, list):
        return [in_todays_words(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: in_todays_words(value) for key, value in part.items()}
    if isinstance(found.get("$ref"), str):
        found["$ref"] = found["$ref"].replace("#/definitions/", "#/$defs/")
    if isinstance(found.get("enum"), list) and len(found["enum"]) == 1:
        found["const"] = found.pop("enum")[0]
    return found


@pytest.mark.parametrize("event_type", ON_THE_BUS)
def test_a_schema_says_of_the_detail_exactly_what_the_published_one_says(event_type: str) -> None:
    content, schema = CONTENTS[event_type], published()[event_type]
    detail = in_todays_words(content["properties"]["detail"])
    head = {"$schema": schema["$schema"], "$id": content["description"], "title": content["title"]}
    definitions = {"$defs": found} if (found := in_todays_words(content["definitions"])) else {}
    assert head | definitions | detail == schema


@pytest.mark.parametrize("event_type", ON_THE_BUS)
def test_a_schema_is_sound_in_the_draft_that_the_registry_knows_and_has_no_later_words(event_type: str) -> None:
    Draft4Validator.check_schema(CONTENTS[event_type])
    assert not re.search(
        r'"(const|\$defs|\$id|if|then|else|contains|propertyNames)":', json.dumps(CONTENTS[event_type])
    )


EVENTS = Path(__file__).parents[3] / "events"

ENVELOPE = {
    "version": "0",
    "id": "12345678-1234-1234-1234-123456789012",
    "account": "123456789012",
    "time": "2024-03-15T10:30:41Z",
    "region": "eu-central-1",
    "resources": [],
}


@pytest.mark.parametrize("name", ["instance_status_changed", "instance_key_created"])
def test_a_whole_event_is_valid_and_without_a_field_of_its_detail_it_is_not(name: str) -> None:
    event = ENVELOPE | json.loads((EVENTS / f"{name}.json").read_text())
    validator = Draft4Validator(CONTENTS[type_of(event["source"], event["detail"])])
    assert list(validator.iter_errors(event)) == []
    without = {**event, "detail": {key: value for key, value in event["detail"].items() if key != "at"}}
    assert [error.message for error in validator.iter_errors(without)] == ["'at' is a required property"]


def test_a_schema_is_called_as_aws_calls_its_own() -> None:
    named = {found["SchemaName"] for found in SCHEMAS.values()}
    assert {"swiftcache.instances@InstanceStatusChanged", "swiftcache.audit@InstanceKeyCreated"} <= named
    assert [name for name in named if not re.fullmatch(r"[A-Za-z0-9_.@-]{1,385}", name)] == []
    assert len(named) == len(SCHEMAS)


def test_the_template_is_within_cloudformations_limits() -> None:
    assert len(schema_registry.FILE.read_bytes()) < TEMPLATE_BYTES
    assert len(RESOURCES) < RESOURCES_AT_MOST


def test_the_template_makes_a_registry_with_schemas_and_grants_nothing() -> None:
    types = {found["Type"] for found in RESOURCES.values()}
    assert types == {"AWS::EventSchemas::Registry", "AWS::EventSchemas::Schema"}
