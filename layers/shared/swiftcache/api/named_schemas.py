"""The schemas of the OpenAPI document: those that it uses, as generators of clients make types of them.

Pydantic gives each property a title, as `Bystatus` to `byStatus`, and generators prefer it to the property's own name.
Powertools describes errors of its own, which no route answers with. And a default in the schema of a request is taken
for more than it says: some clients send it, and others make who calls them send it.
"""

import json
import re
from collections.abc import Iterable, Iterator

from aws_lambda_powertools.event_handler.openapi.models import OpenAPI, Operation, Reference, Schema
from pydantic import BaseModel

Components = dict[str, Schema | Reference]

_REFERENCE = re.compile(r'"#/components/schemas/(\w+)"')


def with_named_schemas(document: OpenAPI) -> OpenAPI:
    """The same document, where only a component has a title, its name; where each component is one that an operation
    leads to; and where requests have their defaults in words.
    """
    components: Components = (document.components and document.components.schemas) or {}
    named = {id(component) for component in components.values()}
    for schema in _schemas_in(document):
        if id(schema) not in named:
            schema.title = None
    operations = [part for path in (document.paths or {}).values() for _, part in path if isinstance(part, Operation)]
    for name in _reached((operation.requestBody for operation in operations if operation.requestBody), components):
        _put_defaults_in_words(components[name])
    for unused in components.keys() - _reached(operations, components):
        del components[unused]
    return document


def _put_defaults_in_words(component: Schema | Reference) -> None:
    fields = (component.properties or {}) if isinstance(component, Schema) else {}
    for field in fields.values():
        if isinstance(field, Schema) and field.default is not None:
            words = f"by default {json.dumps(field.default)}"
            field.description = f"{field.description}; {words}" if field.description else words
            field.default = None


def _schemas_in(part: object) -> Iterator[Schema]:
    if isinstance(part, Schema):
        yield part
    parts: Iterable[object] = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    if isinstance(part, BaseModel):
        parts = (value for _, value in part)
    for each in parts:
        yield from _schemas_in(each)


def _reached(parts: Iterable[BaseModel], components: Components) -> set[str]:
    """The names of the components that these parts of the document refer to, and those that they refer to."""
    unseen, seen = {name for part in parts for name in _named_by(part)}, set[str]()
    while unseen:
        seen |= unseen
        unseen = {name for known in unseen for name in _named_by(components[known])} - seen
    return seen


def _named_by(part: BaseModel) -> set[str]:
    return set(_REFERENCE.findall(part.model_dump_json(by_alias=True, exclude_none=True)))
