"""What pydantic found, in our words."""

from collections.abc import Mapping
from typing import Any

_TIME = "this must be a time as RFC 3339 has it, with its zone"

_WORDS: Mapping[str, str] = {
    "missing": "this {kind} is required",
    "string_type": "this must be a text",
    "string_unicode": "this is not UTF-8",
    "string_too_short": "this must have at least {min_length} characters",
    "string_too_long": "this must have at most {max_length} characters",
    "string_pattern_mismatch": "this must match {pattern}",
    "int_type": "this must be a whole number",
    "int_parsing": "this must be a whole number",
    "int_from_float": "this must be a whole number",
    "int_parsing_size": "this number is too large",
    "greater_than_equal": "this must be {ge} or more",
    "less_than_equal": "this must be {le} or less",
    "bool_type": "this must be true or false",
    "enum": "this must be {expected}",
    "literal_error": "this must be {expected}",
    "list_type": "this must be a list",
    "too_short": "this must have at least {min_length} entries",
    "too_long": "this must have at most {max_length} entries",
    "dict_type": "this must be an object",
    "model_type": "this must be an object",
    "model_attributes_type": "this must be an object",
    "value_error": "{error}",
    "timezone_aware": _TIME,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
}
"""By the type of pydantic's error (https://docs.pydantic.dev/latest/errors/validation_errors/), with what it knows."""


def words(error: Mapping[str, Any]) -> str:
    """What is wrong with one value. One of pydantic's errors that no field of ours has is told as pydantic does."""
    said = _WORDS.get(error["type"])
    if said is None:
        return str(error["msg"])
    kind = "parameter" if error["loc"][0] == "query" else "field"
    return said.format_map({**error.get("ctx", {}), "kind": kind})
