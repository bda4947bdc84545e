"""What is answered where no route is."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from swiftcache.api import problems
from swiftcache.api.routes import allowed_methods
from swiftcache.platform.errors import NotFound

CONSOLE = "/console/"
"""The console's address as some type it: API Gateway has no route that ends with a slash, and refuses to make one."""


def nothing_at(path: str, method: str, request_id: str) -> Response[str]:
    """For an address that is there, but not with this method, the answer says with which.

    An OPTIONS asks just that; the browser of a page that API Gateway's CORS lets in goes on only after a success.
    """
    if path == CONSOLE and method in ("GET", "HEAD"):
        # Relative, so that a custom domain's path stays before it.
        return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": "../console"}, body="")
    allowed = allowed_methods(path)
    if allowed and method == "OPTIONS":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(allowed)}, body="")
    if not allowed:
        return problems.problem(HTTPStatus.NOT_FOUND, "NO_SUCH_ROUTE", "there is nothing at this address", request_id)
    if method in allowed:
        # An id with characters that Powertools, or API Gateway, does not take for a part of an address.
        return problems.problem_of(NotFound("there is no such thing"), request_id)
    return problems.method_not_allowed(method, allowed, request_id)
