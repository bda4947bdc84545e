"""Errors as problems (RFC 9457): which error of the domain is which status, and how one looks."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from swiftcache.api.body_guard import Refused
from swiftcache.api.problem_contract import LimitDetail, Problem, ProblemDetail
from swiftcache.api.words import words
from swiftcache.platform.errors import (
    Conflict,
    DependencyUnavailable,
    IdempotencyKeyReused,
    InvalidRequest,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    RateLimited,
    RequestInProgress,
    SwiftCacheError,
)

MEDIA_TYPE = "application/problem+json"

_RETRY_SECONDS = "2"

_STATUS: dict[type[SwiftCacheError], HTTPStatus] = {
    NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    LimitExceeded: HTTPStatus.TOO_MANY_REQUESTS,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    DependencyUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

_HEADERS: dict[HTTPStatus, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": _RETRY_SECONDS},
    # What counts against a limit goes when somebody deletes something, which takes a while.
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "30"},
}


def problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    request_id: str,
    *,
    errors: Sequence[ProblemDetail] | None = None,
    limits: Sequence[LimitDetail] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[str]:
    """The answer to a request that could not be done."""
    body = Problem(
        type=f"urn:swiftcache:problem:{code.lower().replace('_', '-')}",
        title=status.phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id,
        errors=list(errors) if errors else None,
        limits=list(limits) if limits else None,
    )
    return Response(
        status_code=status.value,
        content_type=MEDIA_TYPE,
        headers={**_HEADERS.get(status, {}), **(headers or {})},
        body=body.model_dump_json(by_alias=True, exclude_none=True),
    )


def problem_of(error: SwiftCacheError, request_id: str) -> Response[str]:
    """An error of the domain. One that no request should meet is a 500, which tells nothing of the inside."""
    if isinstance(error, Refused):
        faults = [ProblemDetail(pointer=_pointer([name]), detail=detail) for name, detail in error.faults]
        return problem(error.status, error.code, str(error), request_id, errors=faults)
    status = next((found for kind, found in _STATUS.items() if isinstance(error, kind)), None)
    if status is None:
        return internal_error(request_id)
    errors = limits = None
    if isinstance(error, InvalidRequest):
        errors = [ProblemDetail(pointer=error.pointer, detail=str(error))]
    if isinstance(error, LimitExceeded):
        limits = [LimitDetail.of(figure) for figure in error.figures]
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RequestInProgress | RateLimited) else None
    return problem(status, error.code, str(error), request_id, errors=errors, limits=limits, headers=headers)


def method_not_allowed(method: str, allowed: Sequence[str], request_id: str) -> Response[str]:
    return problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        f"{method} is not a method of this address",
        request_id,
        headers={"Allow": ", ".join(allowed)},
    )


def internal_error(request_id: str) -> Response[str]:
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        SwiftCacheError.code,
        f"something went wrong on our side; tell the operator the request id {request_id}",
        request_id,
    )


def invalid_values(found: Sequence[Any], request_id: str) -> Response[str]:
    """What pydantic found, each with the pointer of its value. The values themselves are not repeated."""
    # The first part of a place says where the value came from: body, query, path.
    details = [ProblemDetail(pointer=_pointer(error["loc"][1:]), detail=words(error)) for error in found]
    said = "; ".join(f"{detail.pointer or '/'}: {detail.detail}" for detail in details)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, InvalidRequest.code, said, request_id, errors=details)


def _pointer(loc: Sequence[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in loc)


def event_of(answer: Response[str]) -> dict[str, Any]:
    """The answer as API Gateway takes it."""
    return {
        "statusCode": int(answer.status_code),
        "headers": dict(answer.headers),
        "body": answer.body,
        "isBase64Encoded": False,
    }
