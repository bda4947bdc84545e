"""What every body of the API has in common: names are camelCase on the wire, as in the guides."""

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

NAME = r"^[A-Za-z0-9_.-]{1,64}$"

VISIBLE = r"[^\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
"""A character of a text that people read, as a regular expression: no control character, and none that is invisible or
turns the direction of what follows, since two texts that look the same must be the same."""


class Body(BaseModel):
    # A model is built when it is first used: no request uses more than a few.
    model_config: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, populate_by_name=True, defer_build=True)


class AttributesBody(Body):
    """A body whose fields are attributes, by the same names, of what it shows."""

    @classmethod
    def of(cls, shown: object) -> Self:
        return cls.model_validate(shown, from_attributes=True)


def whole(value: object) -> object:
    """JSON knows one kind of number: 10485760.0 is an integer (JSON Schema, 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
