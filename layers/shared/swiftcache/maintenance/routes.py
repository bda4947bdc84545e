"""Maintenance that is pending: having it done now, and putting it off."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response

from swiftcache.api.openapi import documented
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import INSTANCES
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.contract import GetInstanceResponse, InstanceBody
from swiftcache.maintenance.service import MaintenanceService
from swiftcache.maintenance.wiring import maintenance_service

Service = Annotated[MaintenanceService, provided(maintenance_service)]

MAINTENANCE = f"{INSTANCES}/<instance_id>/maintenance/<reason>"

_POLL_SECONDS = "1"


@api.post(
    f"{MAINTENANCE}/now",
    status_code=202,
    **documented(
        "startMaintenance",
        "The instance; `change` tells of the replacement once it has begun, within a minute",
        202,
        GetInstanceResponse,
        404,
        409,
    ),
)
def start_maintenance(
    instance_id: str, reason: str, service: Service, caller: CurrentCaller
) -> Response[GetInstanceResponse]:
    instance = service.begin_now(caller, instance_id, _reason(reason))
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        headers={"Location": f"{INSTANCES}/{instance.id}", "Retry-After": _POLL_SECONDS},
        body=GetInstanceResponse(instance=InstanceBody.of(instance)),
    )


@api.post(
    f"{MAINTENANCE}/defer",
    **documented(
        "deferMaintenance", "The instance, with the next window's start", 200, GetInstanceResponse, *(404, 409)
    ),
)
def defer_maintenance(instance_id: str, reason: str, service: Service, caller: CurrentCaller) -> GetInstanceResponse:
    return GetInstanceResponse(instance=InstanceBody.of(service.defer(caller, instance_id, _reason(reason))))


def _reason(text: str) -> ChangeReason | None:
    """In lower case in the address. None for a word that is no reason."""
    return {reason.value.lower(): reason for reason in ChangeReason}.get(text)
