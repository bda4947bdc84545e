"""What every body of the API has in common: names are camelCase on the wire, as in the guides."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError

from swiftcache.api.names import unknown

NAME = r"^[A-Za-z0-9_.-]{1,64}$"

VISIBLE = r"[^\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
"""A character of a text that people read, as a regular expression: no control character, and none that is invisible or
turns the direction of what follows, since two texts that look the same must be the same."""


class Body(BaseModel):
    # A model is built when it is first used: no request uses more than a few.
    # What an answer always has is required in the document, also where the code leaves it to a default.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        defer_build=True,
        json_schema_serialization_defaults_required=True,
    )


class AttributesBody(Body):
    """A body whose fields are attributes, by the same names, of what it shows."""

    @classmethod
    def of(cls, shown: object) -> Self:
        return cls.model_validate(shown, from_attributes=True)


class RequestBody(BaseModel):
    """What a client sends. Unknown fields are refused: a misspelt one must not be ignored."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, defer_build=True
    )

    @classmethod
    def fixed(cls) -> Mapping[str, str]:
        """Fields that are shown and yet not taken, each with why it cannot be changed and what to do instead."""
        return {}

    @model_validator(mode="before")
    @classmethod
    def _check_names(cls, given: object) -> object:
        known = [field.alias or to_camel(name) for name, field in cls.model_fields.items()]
        faults = [name for name in given if name not in known] if isinstance(given, dict) else []
        if faults:
            raise ValidationError.from_exception_data(cls.__name__, [cls._fault(name, known) for name in faults])
        return given

    @classmethod
    def _fault(cls, name: str, known: list[str]) -> InitErrorDetails:
        why = cls.fixed().get(name)
        said = unknown("field", name, known) if why is None else f"this field cannot be changed: {why}"
        return InitErrorDetails(type=PydanticCustomError("name", "{said}", {"said": said}), loc=(name,), input=None)


def set_by_the_service(shown: type[BaseModel]) -> Mapping[str, str]:
    """The fields of what a route shows, as `RequestBody.fixed` has them."""
    return dict.fromkeys(map(to_camel, shown.model_fields), "the service sets it")


def whole(value: object) -> object:
    """JSON knows one kind of number: 10485760.0 is an integer (JSON Schema, 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
