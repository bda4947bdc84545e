"""The HTTP API: who asks, whether they may, then the route; and every error as a problem."""

import os
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.access.authentication import authorize
from swiftcache.access.identity import Caller
from swiftcache.access.rate_limiter import admit, admit_anybody
from swiftcache.access.wiring import rates
from swiftcache.api import problems
from swiftcache.api.body_guard import with_json_object
from swiftcache.api.credentials import credentials_of
from swiftcache.api.head import as_read
from swiftcache.api.idempotency_header import answer_once, key_of
from swiftcache.api.loading import load
from swiftcache.api.no_route import nothing_at
from swiftcache.api.query import check_query
from swiftcache.api.resolver import api
from swiftcache.api.routes import ACCESS, SIGN_OUT, WITHOUT_BODY, allowed_methods, is_route_of
from swiftcache.api.wiring import idempotency
from swiftcache.instances.wiring import instance_service
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.aws import now
from swiftcache.platform.errors import NotAuthenticated, SwiftCacheError
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.sessions.wiring import sessions

NO_ROUTE = "$default"
"""API Gateway's name for an address or method that template.yaml does not list: there is nothing to protect."""

# By the version, ApiErrorsOfVersion counts while requests go over to a new one.
logger = Logger(version=os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"))


@api.exception_handler(SwiftCacheError)
def refuse(error: SwiftCacheError) -> Response[str]:
    return _answer_to(error, _request_id())


@api.exception_handler(RequestValidationError)
def refuse_values(error: RequestValidationError) -> Response[str]:
    return problems.invalid_values(error.errors(), _request_id())


@api.exception_handler(Exception)
def fail(error: Exception) -> Response[str]:
    return _answer_to(error, _request_id())


def _answer_to(error: Exception, request_id: str) -> Response[str]:
    if isinstance(error, SwiftCacheError):
        answer = problems.problem_of(error, request_id)
    else:
        answer = problems.internal_error(request_id)
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.exception("request failed")
    return answer


@api.not_found
def no_such_route(_: NotFoundError) -> Response[str]:
    return nothing_at(api.current_event.path, api.current_event.http_method, _request_id())


@logger.inject_lambda_context(correlation_id_path="requestContext.requestId")
def handler(event: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> dict[str, Any]:
    event = as_read(event)
    route, request = event["routeKey"], event["requestContext"]
    # Before Powertools validates anything, so that a stranger learns nothing from a 422.
    try:
        caller = _admit(event, injector)
        method, path = request["http"]["method"], event["rawPath"]
        # Powertools finds the route by the path: not before it is the one whose permission was asked for. API Gateway
        # may read an encoded path otherwise, and takes a fixed address, asked with a method that it lacks, for one with
        # a parameter.
        if method not in allowed_methods(path) or not is_route_of(route, method, path):
            return problems.event_of(nothing_at(path, method, request["requestId"]))
        if method in ("POST", "PUT", "PATCH") and route not in WITHOUT_BODY:
            event = with_json_object(event)
        load(route)
        if (query := event.get("rawQueryString")) and (declared := api.query_parameters(method, path)) is not None:
            check_query(query, declared)
        return _resolve(event, context, caller, injector)
    except Exception as error:
        return problems.event_of(_answer_to(error, request["requestId"]))


def _admit(event: dict[str, Any], injector: Injector) -> Caller | None:
    """Who may go on; None where everybody may."""
    route, request = event["routeKey"], event["requestContext"]
    permission = None if route == NO_ROUTE else ACCESS[route]
    source_ip, at = request["http"]["sourceIp"], now(injector)()
    if permission is None:
        admit_anybody(rates(injector), source_ip, at)
        return None
    credentials = credentials_of(event)
    try:
        caller = admit(
            accounts(injector), sessions(injector), rates(injector), credentials, source_ip, request["requestId"], at
        )
    except NotAuthenticated:
        # Who signs out is signed out, whatever has become of the session and its account key.
        if route == SIGN_OUT and credentials.session_token:
            return None
        raise
    authorize(caller, permission)
    return caller


def _resolve(
    event: dict[str, Any], context: LambdaContext, caller: Caller | None, injector: Injector
) -> dict[str, Any]:
    key = key_of(event)
    api.append_context(caller=caller, injector=injector)
    if caller is None or key is None:
        return api.resolve(event, context)
    seconds = context.get_remaining_time_in_millis() / 1000
    return answer_once(idempotency(injector), event, caller.key_id, key, seconds, lambda: api.resolve(event, context))


def _request_id() -> str:
    request_id: str = api.current_event["requestContext"]["requestId"]
    return request_id


def _load_everything() -> None:
    from swiftcache.api.docs_routes import document

    document()  # needs every route, and every body's model
    instance_service(PROCESS)  # has the clients that nearly every request needs


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # This process becomes the snapshot that others start from: what it has, none of them has to load.
    _load_everything()
