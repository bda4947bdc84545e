"""What an error looks like on the wire."""

from typing import ClassVar

from pydantic import ConfigDict

from swiftcache.api.body import AttributesBody, Body


class ProblemDetail(Body):
    """One value that did not validate. `pointer` is a JSON pointer (RFC 6901) into the body, or names a parameter."""

    pointer: str
    detail: str


class LimitDetail(AttributesBody):
    """A limit that a request would exceed, in numbers. `memory` is in bytes."""

    name: str
    limit: int
    used: int
    requested: int


class Problem(Body):
    """An error (RFC 9457, application/problem+json). `code` is stable: compare it, not the words."""

    # `errors` and `limits` are left out where there are none.
    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_serialization_defaults_required=False)

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemDetail] | None = None
    limits: list[LimitDetail] | None = None
