"""Instances: create, list, get, delete; and the regions that they can be in."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from swiftcache.api.body import NAME
from swiftcache.api.openapi import documented, each
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import INSTANCES
from swiftcache.instances.contract import (
    CreateInstanceRequest,
    CreateInstanceResponse,
    DeleteInstanceResponse,
    GetInstanceResponse,
    InstanceBody,
    ListInstancesResponse,
    ListRegionsResponse,
    RegionBody,
)
from swiftcache.instances.final_backup_contract import FinalBackupChoice
from swiftcache.instances.long_poll import MAX_SECONDS, LongPoll, WaitTarget
from swiftcache.instances.model import REGIONS
from swiftcache.instances.ports import Filter
from swiftcache.instances.service import InstanceService
from swiftcache.instances.status import Status
from swiftcache.instances.wiring import instance_service, long_poll

Service = Annotated[InstanceService, provided(instance_service)]
Waiter = Annotated[LongPoll, provided(long_poll)]

INSTANCE = f"{INSTANCES}/<instance_id>"

_POLL_SECONDS = "1"

AFTER_WAITING = 3.5
"""Seconds that a look under way and the last read may take at the end, and the answer."""


@api.get(
    f"{INSTANCES}/regions",
    **documented("listRegions", "The regions", 200, ListRegionsResponse, public=True),
)
def list_regions() -> ListRegionsResponse:
    return ListRegionsResponse(regions=[RegionBody.of(region) for region in REGIONS])


@api.post(
    INSTANCES,
    status_code=201,
    **documented(
        "createInstance",
        "The instance, PROVISIONING, and its first key, shown this once",
        201,
        CreateInstanceResponse,
        404,
        409,
        429,
        body=True,
        leads_to=each(
            "getInstance deleteInstance changeInstance planChange listInstanceKeys createInstanceKey getTimeline "
            "getReceipt getMetrics getLiveMetrics",
            instanceId="$response.body#/instance/id",
        ),
    ),
)
def create_instance(
    request: Annotated[CreateInstanceRequest, Body()], service: Service, caller: CurrentCaller
) -> Response[CreateInstanceResponse]:
    created = service.create(caller, request.new_instance())
    return Response(
        status_code=HTTPStatus.CREATED,
        content_type="application/json",
        headers={"Location": f"{INSTANCES}/{created.instance.id}", "Retry-After": _POLL_SECONDS},
        body=CreateInstanceResponse.of(created),
    )


@api.get(
    INSTANCES,
    **documented("listInstances", "The organization's instances", 200, ListInstancesResponse, 404),
)
def list_instances(
    organization_id: Annotated[str, Query(alias="organizationId")],
    service: Service,
    caller: CurrentCaller,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    cursor: Annotated[str | None, Query()] = None,
    status: Annotated[Status | None, Query(description="only those with this status")] = None,
    name: Annotated[str | None, Query(description="only those with exactly this name", pattern=NAME)] = None,
) -> ListInstancesResponse:
    only = Filter(status, name)
    page = service.page(caller, organization_id, limit, cursor, only)
    return ListInstancesResponse.of(page)


@api.get(INSTANCE, **documented("getInstance", "The instance", 200, GetInstanceResponse, 404))
def get_instance(
    instance_id: str,
    service: Service,
    long_poll: Waiter,
    caller: CurrentCaller,
    wait_for: Annotated[
        WaitTarget | None,
        Query(alias="waitFor", description="answer once it is so, or cannot be any more, or `timeout` has gone"),
    ] = None,
    timeout: Annotated[
        int, Query(ge=0, le=MAX_SECONDS, description="how long to wait, in seconds, if `waitFor` is given")
    ] = MAX_SECONDS,
) -> GetInstanceResponse:
    if wait_for is None:
        return GetInstanceResponse(instance=InstanceBody.of(service.get(caller, instance_id)))
    left = api.lambda_context.get_remaining_time_in_millis() / 1000 - AFTER_WAITING
    return GetInstanceResponse.of(long_poll.wait(caller, instance_id, wait_for, min(timeout, left)))


@api.delete(
    INSTANCE,
    status_code=202,
    **documented(
        "deleteInstance", "The deletion is under way, or follows its backup", 202, DeleteInstanceResponse, 404, 409
    ),
)
def delete_instance(
    instance_id: str,
    service: Service,
    caller: CurrentCaller,
    final_backup: Annotated[
        FinalBackupChoice,
        Query(
            alias="finalBackup", description="back up first: or it stays, or it goes all the same; by default neither"
        ),
    ] = FinalBackupChoice.NONE,
) -> Response[DeleteInstanceResponse]:
    status = service.delete(caller, instance_id, final_backup.mode)
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        body=DeleteInstanceResponse.of(instance_id, status),
    )
