"""Changing an instance, the plan of a change, replacing the task, and what the sizes cost."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from swiftcache.api.openapi import documented, each
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import INSTANCES
from swiftcache.changes.contract import ChangeInstanceRequest, ListSizesResponse, PlanBody, PlanResponse
from swiftcache.changes.replacement import ReplacementService
from swiftcache.changes.service import ChangeService
from swiftcache.changes.wiring import change_service, replacement_service
from swiftcache.instances.contract import GetInstanceResponse, InstanceBody
from swiftcache.platform.network import makes_private_tasks

Service = Annotated[ChangeService, provided(change_service)]
Replacing = Annotated[ReplacementService, provided(replacement_service)]
Private = Annotated[bool, provided(makes_private_tasks)]

INSTANCE = f"{INSTANCES}/<instance_id>"

_POLL_SECONDS = "5"


@api.get(
    f"{INSTANCES}/sizes",
    **documented("listSizes", "What instances cost, by the size of their task", 200, ListSizesResponse, public=True),
)
def list_sizes(private: Private) -> ListSizesResponse:
    return ListSizesResponse.of_all(is_public=not private)


@api.patch(
    INSTANCE,
    **documented(
        "changeInstance",
        "The instance; `change` tells whether a change of memory or policy is done already",
        200,
        GetInstanceResponse,
        *(404, 409, 429),
        body=True,
    ),
)
def change_instance(
    instance_id: str, request: Annotated[ChangeInstanceRequest, Body()], service: Service, caller: CurrentCaller
) -> GetInstanceResponse:
    instance = service.change(caller, instance_id, request.change_request())
    return GetInstanceResponse(instance=InstanceBody.of(instance))


@api.post(
    f"{INSTANCE}/plan",
    **documented("planChange", "What the same PATCH would do", 200, PlanResponse, 404, body=True),
)
def plan_change(
    instance_id: str,
    request: Annotated[ChangeInstanceRequest, Body()],
    service: Service,
    private: Private,
    caller: CurrentCaller,
) -> PlanResponse:
    plan = service.plan(caller, instance_id, request.change_request())
    return PlanResponse(plan=PlanBody.of(plan, is_public=not private))


@api.post(
    f"{INSTANCE}/replace",
    status_code=202,
    **documented(
        "replaceInstance",
        "The instance; its `change` tells when a new task has taken over, with all data",
        202,
        GetInstanceResponse,
        *(404, 409),
        leads_to=each("getInstance deleteInstance getTimeline", instanceId="$response.body#/instance/id"),
    ),
)
def replace_instance(instance_id: str, service: Replacing, caller: CurrentCaller) -> Response[GetInstanceResponse]:
    instance = service.replace_task(caller, instance_id)
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        headers={"Location": f"{INSTANCES}/{instance.id}", "Retry-After": _POLL_SECONDS},
        body=GetInstanceResponse(instance=InstanceBody.of(instance)),
    )
