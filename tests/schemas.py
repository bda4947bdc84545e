"""Holds events to their published schemas, and to nothing beyond them."""

import json
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator

from local.schemas import FOLDER

SUFFIX = ".schema.json"


def published() -> dict[str, dict[str, Any]]:
    """Each schema that is under version control, by the type of its event."""
    return {path.name.removesuffix(SUFFIX): json.loads(path.read_text()) for path in sorted(FOLDER.glob(f"*{SUFFIX}"))}


def type_of(source: str, detail: dict[str, Any]) -> str:
    """The type of an event of the bus, as webhooks name it."""
    return str(detail["action"]) if source == "swiftcache.audit" else "instance.status_changed"


def complaints(event_type: str, detail: object) -> list[str]:
    """What an event says against its schema or beyond it: subscribers ignore the unknown, and we publish none."""
    return [f"{event_type}: {error.message}" for error in _strict(event_type).iter_errors(cast(Any, detail))]


@cache
def _strict(event_type: str) -> Draft202012Validator:
    return Draft202012Validator(_closed(published()[event_type]), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _closed(schema: Any) -> Any:
    """The schema, with no properties allowed but those it lists."""
    if isinstance(schema, dict):
        closed = {name: _closed(value) for name, value in schema.items()}
        return closed | ({"additionalProperties": False} if schema.get("type") == "object" else {})
    return schema
