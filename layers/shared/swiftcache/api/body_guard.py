"""The form of a request's body: one JSON object, not too large and not too deep.

Powertools' own reading is more lenient, and has no limits.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from swiftcache.platform.errors import SwiftCacheError

MAX_BODY_BYTES = 64 * 1024
_MAX_DEPTH = 16
_BYTE_ORDER_MARK = "\ufeff"


class Refused(SwiftCacheError):
    """A request whose form is wrong. `status` is the answer's; `faults` are names of it, each with what is wrong."""

    def __init__(self, status: HTTPStatus, code: str, message: str, faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.faults = faults


def with_json_object(event: dict[str, Any]) -> dict[str, Any]:
    """The event (API Gateway's, payload format 2.0) with its body as plain text and the media type in its plain form.

    The body must be one JSON object in UTF-8 of at most 64 KB. Raises Refused.
    """
    raw = _raw(event)
    if len(raw) > MAX_BODY_BYTES:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "BODY_TOO_LARGE",
            f"the body may have {MAX_BODY_BYTES} bytes; this one has {len(raw)}",
        )
    headers = event.get("headers", {})
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "send the body without Content-Encoding"
        )
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type.strip().lower() != "application/json" or charset not in ("", "utf-8"):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "send the body as Content-Type: application/json",
        )
    try:
        text = raw.decode()
        if text.startswith(_BYTE_ORDER_MARK):
            raise _malformed("the body begins with a byte order mark (U+FEFF); send it as UTF-8 without one")
        body = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        _check_depth(body)
    except (ValueError, RecursionError) as error:
        raise _malformed(_where(error)) from error
    if not isinstance(body, dict):
        raise _malformed("the body must be a JSON object")
    headers = {**headers, "content-type": "application/json"}
    return {**event, "headers": headers, "body": text, "isBase64Encoded": False}


def _raw(event: dict[str, Any]) -> bytes:
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise _malformed("the body could not be decoded") from error


def _malformed(detail: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "MALFORMED_JSON", detail)


def _where(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeError):
        return "the body is not UTF-8"
    if isinstance(error, RecursionError):
        return f"the body is nested more than {_MAX_DEPTH} deep"
    return f"the body is not JSON: {error}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is there twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON value")


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(_MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise RecursionError


def _children(value: object) -> list[object]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []
