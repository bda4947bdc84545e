"""What the OpenAPI document says beyond the types: titles, who may call, and the problems of each route."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from swiftcache import __version__
from swiftcache.api.credentials import COOKIE
from swiftcache.api.problem_contract import Problem
from swiftcache.api.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.openapi.models import OpenAPI

_PROBLEMS = {
    400: "the body is not one JSON object",
    401: "no account key, or one that is not known",
    403: "the account key's role is too low",
    404: "not there, or not yours",
    409: "the state of things does not allow it",
    413: "the body is larger than 64 KB",
    415: "the body is not application/json",
    422: "a value, a field or a parameter of the query that the service does not take",
    429: "a limit is reached, or too many requests came (`RATE_LIMITED`); try again after Retry-After seconds",
    500: "our fault",
    503: "a service that we need is busy; try again after Retry-After seconds",
}

ACCOUNT_KEY = "accountKey"
SESSION_COOKIE = "cookieAuth"

_OF_THE_COOKIE = (
    "a session, begun by `POST /api/v1/session`. It counts only in requests of this API's own pages, of which the "
    "browser says `Sec-Fetch-Site: same-origin`. By plain http, as on a laptop, its name is `swiftcache`"
)

# Powertools documents a 422 of its own for every route that does not say how its own looks.
_EVERY_ROUTE = (422, 429, 500)
_WITH_KEY = (401, 403, 503)
_WITH_BODY = (400, 413, 415)


class Documentation(TypedDict):
    """The arguments of a route's decorator that only the OpenAPI document uses."""

    summary: str
    responses: dict[int, OpenAPIResponse]
    operation_id: str
    tags: list[str]
    security: list[dict[str, list[str]]] | None


class DocumentedApi(APIGatewayHttpResolver):
    """An API that knows what its routes declare, and whose document tells of idempotency keys at every mutation."""

    def query_parameters(self, method: str, path: str) -> set[str] | None:
        """The names that the route of this method and path declares for its query, as the document shows them.

        None if there is none: a path may have characters that no id has.
        """
        from aws_lambda_powertools.event_handler.openapi.params import get_flat_dependant

        routes = (*self._static_routes, *self._dynamic_routes)
        declared = (
            get_flat_dependant(route.dependant).query_params
            for route in routes
            if route.method == method and route.rule.match(path)
        )
        found = next(declared, None)
        return None if found is None else {field.alias for field in found}

    def get_openapi_schema(self, **options: Any) -> "OpenAPI":
        # Imported here: no request but the one for the document needs it.
        from aws_lambda_powertools.event_handler.openapi.models import APIKey, HTTPBearer

        from swiftcache.api.idempotency_document import with_idempotency_keys
        from swiftcache.api.named_schemas import with_named_schemas
        from swiftcache.api.path_names import with_path_names

        self.configure_openapi(
            title="SwiftCache",
            version=__version__,
            openapi_version="3.1.0",
            description="Managed Redis in your own AWS account. Errors are problems (RFC 9457).",
            security_schemes={
                ACCOUNT_KEY: HTTPBearer(description="an account key, `sk_live_…`"),
                SESSION_COOKIE: APIKey.model_validate({"in": "cookie", "name": COOKIE, "description": _OF_THE_COOKIE}),
            },
        )
        document = super().get_openapi_schema(**options)
        # Which routes were asked for before must not show.
        document.paths = dict(sorted((document.paths or {}).items()))
        return with_named_schemas(with_idempotency_keys(with_path_names(document)))


def each(operations: str, **parameters: str) -> dict[str, dict[str, str]]:
    """The same parameters for each of these operations, given in one text: what `leads_to` takes."""
    return dict.fromkeys(operations.split(), parameters)


def documented(
    operation_id: str,
    summary: str,
    success: int,
    model: type[Any] | None,
    *problems: int,
    public: bool = False,
    body: bool = False,
    tag: str = "instances",
    media_type: str = "application/json",
    leads_to: Mapping[str, Mapping[str, str]] | None = None,
    by: Sequence[str] = (ACCOUNT_KEY, SESSION_COOKIE),
    sets_cookie: bool = False,
) -> Documentation:
    """A route that answers `success` with `model`, or one of `problems` besides those that every route has. Without a
    model the answer has no body.

    `by`: what shows who asks, any of them, unless the route is public.
    `leads_to`: for the operations that go on with what this one made, where in the answer their parameters are
    (OpenAPI's runtime expressions).
    """
    statuses = {*_EVERY_ROUTE, *problems}
    if not public:
        statuses.update(_WITH_KEY)
    if body:
        statuses.update(_WITH_BODY)
    responses: dict[int, OpenAPIResponse] = {
        success: {"description": summary, "content": {media_type: {"model": model}} if model else {}}
    }
    if sets_cookie:
        responses[success]["headers"] = {"Set-Cookie": {"description": "the session's", "schema": {"type": "string"}}}
    if leads_to:
        responses[success]["links"] = {
            name: {"operationId": name, "parameters": dict(parameters)} for name, parameters in leads_to.items()
        }
    for status in sorted(statuses):
        responses[status] = {
            "description": _PROBLEMS[status],
            "content": {MEDIA_TYPE: {"model": Problem}},
        }
    return {
        "summary": summary,
        "responses": responses,
        "operation_id": operation_id,
        "tags": [tag],
        "security": None if public else [{scheme: []} for scheme in by],
    }
