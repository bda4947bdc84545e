"""Writes docs/schemas: a JSON Schema for the `detail` of each event on the bus, which is a webhook's `data`.

`make schemas`, from the models in `swiftcache.events.contract`.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from swiftcache.events.contract import event_models
from swiftcache.events.eventbridge import DETAIL_TYPE, audit_detail_type
from swiftcache.events.model import STATUS_CHANGED

VERSION = 1
FOLDER = Path(__file__).parent.parent / "docs" / "schemas"

Json = dict[str, Any]


class _Untitled(GenerateJsonSchema):
    """Without a title for each field: it would say the field's name once more."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schemas() -> dict[str, Json]:
    """Each schema by the type of its event, as a webhook names it."""
    return {event_type: _schema(event_type, model) for event_type, model in event_models().items()}


def _schema(event_type: str, model: type[BaseModel]) -> Json:
    title = DETAIL_TYPE if event_type == STATUS_CHANGED else audit_detail_type(event_type)
    head = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:swiftcache:event:{event_type}:{VERSION}",
        "title": title,
    }
    # The model's own title is the name of a class.
    return head | model.model_json_schema(schema_generator=_Untitled) | {"title": title}


def path_of(event_type: str) -> Path:
    """Where the schema of a type of event is kept."""
    return FOLDER / f"{event_type}.schema.json"


def text_of(schema: Json) -> str:
    """A schema as its file has it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes every schema, and removes those of events that there are no more."""
    FOLDER.mkdir(exist_ok=True)
    made = {path_of(event_type): text_of(schema) for event_type, schema in schemas().items()}
    for path in set(FOLDER.iterdir()) - set(made):
        path.unlink()
    for path, text in made.items():
        path.write_text(text)
    print(f"wrote {len(made)} schemas to {FOLDER.name}")


if __name__ == "__main__":
    main()
