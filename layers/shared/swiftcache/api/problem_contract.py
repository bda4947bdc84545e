"""What an error looks like on the wire."""

from swiftcache.api.body import Body
from swiftcache.platform.errors import Figure


class ProblemDetail(Body):
    """One value that did not validate. `pointer` is a JSON pointer (RFC 6901) into the request's body."""

    pointer: str
    detail: str


class LimitDetail(Body):
    """A limit that a request would exceed, in numbers. `memory` is in bytes."""

    name: str
    limit: int
    used: int
    requested: int

    @classmethod
    def of(cls, figure: Figure) -> "LimitDetail":
        return cls(name=figure.name, limit=figure.limit, used=figure.used, requested=figure.requested)


class Problem(Body):
    """An error (RFC 9457, application/problem+json). `code` is stable: compare it, not the words."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemDetail] | None = None
    limits: list[LimitDetail] | None = None
