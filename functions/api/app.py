"""The HTTP API: parse, one use case, serialise."""

import re
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache import wiring
from swiftcache.domain.errors import NotFound, SwiftCacheError
from swiftcache.domain.instance import REGIONS
from swiftcache.domain.organization import Caller
from swiftcache.http import problems
from swiftcache.http.contract import (
    CreateInstanceRequest,
    CreateInstanceResponse,
    DeleteInstanceResponse,
    DeletingInstanceBody,
    GetInstanceResponse,
    InstanceBody,
    ListInstancesResponse,
    ListRegionsResponse,
    RegionBody,
)
from swiftcache.http.guard import with_json_object
from swiftcache.http.openapi import describe, documented
from swiftcache.use_cases.instances import authenticate

INSTANCES = "/api/v1/instances"
INSTANCE = "/api/v1/instances/<instance_id>"
REGIONS_OFFERED = "/api/v1/instances/regions"

PUBLIC_ROUTES = frozenset({f"GET {REGIONS_OFFERED}"})
"""Every other route needs an account key."""

NO_ROUTE = "$default"
"""API Gateway's name for an address or method that template.yaml does not list: there is nothing to protect."""

_POLL_SECONDS = "1"

logger = Logger()
app = APIGatewayHttpResolver(enable_validation=True)
describe(app)


@app.get(
    REGIONS_OFFERED,
    **documented("listRegions", "The regions", 200, ListRegionsResponse, public=True),
)
def list_regions() -> ListRegionsResponse:
    return ListRegionsResponse(regions=[RegionBody.of(region) for region in REGIONS])


@app.post(
    INSTANCES,
    status_code=201,
    **documented(
        "createInstance",
        "The instance, PROVISIONING, and its first key, shown this once",
        201,
        CreateInstanceResponse,
        404,
        body=True,
    ),
)
def create_instance(request: Annotated[CreateInstanceRequest, Body()]) -> Response[CreateInstanceResponse]:
    created = wiring.instance_service().create(_caller(), request.new_instance(), _request_id())
    logger.info("instance created", instance_id=created.instance.id)
    return Response(
        status_code=HTTPStatus.CREATED,
        content_type="application/json",
        headers={"Location": f"{INSTANCES}/{created.instance.id}", "Retry-After": _POLL_SECONDS},
        body=CreateInstanceResponse.of(created),
    )


@app.get(
    INSTANCES,
    **documented("listInstances", "The organization's instances", 200, ListInstancesResponse, 404),
)
def list_instances(
    organization_id: Annotated[str, Query(alias="organizationId")],
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    cursor: Annotated[str | None, Query()] = None,
) -> ListInstancesResponse:
    page = wiring.instance_service().page(_caller(), organization_id, limit, cursor)
    return ListInstancesResponse.of(page)


@app.get(INSTANCE, **documented("getInstance", "The instance", 200, GetInstanceResponse, 404))
def get_instance(instance_id: str) -> GetInstanceResponse:
    instance = wiring.instance_service().get(_caller(), instance_id)
    return GetInstanceResponse(instance=InstanceBody.of(instance))


@app.delete(
    INSTANCE,
    status_code=202,
    **documented("deleteInstance", "The deletion is under way", 202, DeleteInstanceResponse, 404),
)
def delete_instance(instance_id: str) -> Response[DeleteInstanceResponse]:
    wiring.instance_service().delete(_caller(), instance_id, _request_id())
    logger.info("instance deletion accepted", instance_id=instance_id)
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        body=DeleteInstanceResponse(instance=DeletingInstanceBody(id=instance_id)),
    )


@app.delete(REGIONS_OFFERED, include_in_schema=False)
def delete_regions() -> Response[str]:
    """Else `regions` would be taken for an instance's id."""
    return _nothing_here()


@app.exception_handler(SwiftCacheError)
def refuse(error: SwiftCacheError) -> Response[str]:
    return _answer_to(error, _request_id())


@app.exception_handler(RequestValidationError)
def refuse_values(error: RequestValidationError) -> Response[str]:
    return problems.invalid_values(error.errors(), _request_id())


@app.exception_handler(Exception)
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


_ALLOWED = (
    (re.compile(REGIONS_OFFERED), ("GET",)),
    (re.compile(INSTANCES), ("GET", "POST")),
    (re.compile(f"{INSTANCES}/[^/]+"), ("GET", "DELETE")),
)


@app.not_found
def no_such_route(_: NotFoundError) -> Response[str]:
    return _nothing_here()


def _nothing_here() -> Response[str]:
    """For an address that is there, but not with this method, the answer says with which."""
    path, method = app.current_event.path, app.current_event.http_method
    allowed = next((methods for address, methods in _ALLOWED if address.fullmatch(path)), None)
    if allowed is None:
        return problems.problem(
            HTTPStatus.NOT_FOUND, "NO_SUCH_ROUTE", "there is nothing at this address", _request_id()
        )
    if method in allowed:
        # An id with characters that Powertools does not take for a part of an address.
        return problems.problem_of(NotFound("there is no such instance"), _request_id())
    return problems.problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        f"{method} is not a method of this address",
        _request_id(),
        headers={"Allow": ", ".join(allowed)},
    )


@logger.inject_lambda_context(correlation_id_path="requestContext.requestId")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if event["routeKey"] == NO_ROUTE:
        return app.resolve(event, context)
    # Before Powertools validates anything, so that a stranger learns nothing from a 422.
    try:
        if event["routeKey"] not in PUBLIC_ROUTES:
            caller = authenticate(wiring.accounts(), event.get("headers", {}).get("authorization"))
            app.append_context(caller=caller)
        if event["requestContext"]["http"]["method"] in ("POST", "PUT", "PATCH"):
            event = with_json_object(event)
    except Exception as error:
        return problems.event_of(_answer_to(error, event["requestContext"]["requestId"]))
    return app.resolve(event, context)


def _caller() -> Caller:
    caller: Caller = app.context["caller"]
    return caller


def _request_id() -> str:
    request_id: str = app.current_event["requestContext"]["requestId"]
    return request_id
