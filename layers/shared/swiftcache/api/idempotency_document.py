"""Idempotency keys in the OpenAPI document: the same for every mutation, so that no route can forget them."""

from aws_lambda_powertools.event_handler.openapi.models import Header, OpenAPI, Operation, Parameter, Response

from swiftcache.api.idempotency_header import HEADER, MAX_KEY_LENGTH, MUTATIONS, REPLAY_HEADER, is_kept
from swiftcache.api.problems import MEDIA_TYPE
from swiftcache.api.routes import NEVER_REPLAYED

_PROBLEMS = {
    400: f"the {HEADER} is not 1 to {MAX_KEY_LENGTH} visible ASCII characters",
    409: f"another request with this {HEADER} is still at work; try again after Retry-After seconds",
    422: f"the {HEADER} came with another request before",
}

_BEFORE_THE_WORK = (400, 401, 403, 413, 415)
"""What is answered before the key is looked at."""

_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "Makes the request safe to repeat: for 24 hours the same request with the same key gets the same answer, the "
        "one-time plain key included, and its work is done once. Use a new key, such as a UUID, for each request"
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[!-~]+$"},
}

_REPLAYED = {
    "description": "there, and true, if this was the answer to an earlier request with the same key",
    "schema": {"type": "string", "enum": ["true"]},
}


def with_idempotency_keys(document: OpenAPI) -> OpenAPI:
    """The same document, with the header, the answers that it can lead to, and the mark of a replay."""
    for path, item in (document.paths or {}).items():
        for method in MUTATIONS:
            operation = getattr(item, method.lower())
            if operation is not None and f"{method} {path}" not in NEVER_REPLAYED:
                _add_to(operation)
    return document


def _add_to(operation: Operation) -> None:
    operation.parameters = [*(operation.parameters or []), Parameter.model_validate(_PARAMETER)]
    responses = dict(operation.responses or {})
    for status, description in _PROBLEMS.items():
        if status in responses:
            responses[status].description += f"; or {description}"
        else:
            responses[status] = _problem(description)
    for status, response in responses.items():
        if is_kept(status) and status not in _BEFORE_THE_WORK:
            response.headers = {**(response.headers or {}), REPLAY_HEADER: Header.model_validate(_REPLAYED)}
    operation.responses = responses


def _problem(description: str) -> Response:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return Response.model_validate({"description": description, "content": content})
