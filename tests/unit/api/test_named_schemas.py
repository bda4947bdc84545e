"""The OpenAPI document's schemas are such that generators of clients make good types of them."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from local.openapi import document

DOCUMENT = json.loads(document())
SCHEMAS: dict[str, dict[str, Any]] = DOCUMENT["components"]["schemas"]


def parts_of(part: Any) -> Iterator[dict[str, Any]]:
    """The objects that a part of the document consists of, itself first."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from parts_of(inner)


def reached(part: Any) -> set[str]:
    """The names of the components that a part leads to."""
    found: set[str] = set()
    new = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(part)))
    while new:
        found |= new
        new = set(re.findall(r"#/components/schemas/(\w+)", json.dumps([SCHEMAS[name] for name in new]))) - found
    return found


def of_requests() -> set[str]:
    bodies = [
        operation["requestBody"]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        if "requestBody" in operation
    ]
    return reached(bodies)


def test_every_component_is_one_that_an_operation_leads_to() -> None:
    assert set(SCHEMAS) == reached(DOCUMENT["paths"])


def test_a_title_is_the_name_of_a_component_or_nothing() -> None:
    titled = [part["title"] for part in parts_of(SCHEMAS) if isinstance(part.get("title"), str)]
    assert [title for title in titled if title not in SCHEMAS] == []
    assert [part for part in parts_of(DOCUMENT["paths"]) if isinstance(part.get("title"), str)] == []


def test_an_enumeration_that_several_bodies_have_is_one_component() -> None:
    inline = [
        json.dumps(part["enum"])
        for schema in SCHEMAS.values()
        for part in parts_of(schema.get("properties", {}))
        if "enum" in part
    ]
    assert [values for values, times in Counter(inline).items() if times > 1] == []


def test_a_request_has_no_default_that_a_client_could_send_unasked() -> None:
    assert len(of_requests()) > 10
    assert [name for name in of_requests() for part in parts_of(SCHEMAS[name]) if "default" in part] == []


def test_a_default_of_a_request_is_told_in_words() -> None:
    fields = SCHEMAS["CreateInstanceRequest"]["properties"]
    assert fields["deletionProtection"]["description"] == "true makes DELETE answer 409; by default false"
    assert SCHEMAS["CreateKeyRequest"]["properties"]["role"]["description"] == 'by default "read-write"'


def test_the_words_promise_no_default_where_a_backup_decides_what_was_left_out() -> None:
    fields = SCHEMAS["CreateInstanceRequest"]["properties"]
    decided = ("evictionPolicy", "persistence", "notifyKeyspaceEvents")
    assert ["by default" in fields[name]["description"] for name in decided] == [False] * 3


def test_what_an_answer_always_has_is_required() -> None:
    optional = {
        name: sorted(schema["properties"].keys() - set(schema.get("required", [])))
        for name, schema in SCHEMAS.items()
        if "properties" in schema and name not in of_requests()
    }
    # A problem has these where there are any.
    assert {name: fields for name, fields in optional.items() if fields} == {"Problem": ["errors", "limits"]}
