"""Bringing back a deleted instance."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response

from swiftcache.api.openapi import documented, each
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import BACKUPS, INSTANCES
from swiftcache.backups.final_wiring import undelete_service
from swiftcache.backups.undelete import UndeleteService
from swiftcache.instances.contract import GetInstanceResponse, InstanceBody

Service = Annotated[UndeleteService, provided(undelete_service)]

_POLL_SECONDS = "1"


@api.post(
    f"{BACKUPS}/<backup_id>/undelete",
    status_code=202,
    **documented(
        "undeleteInstance",
        "The instance, PROVISIONING, with its id, hostname and keys; it is RUNNING when all data are there",
        202,
        GetInstanceResponse,
        404,
        409,
        tag="backups",
        leads_to=each("getInstance deleteInstance getTimeline", instanceId="$response.body#/instance/id"),
    ),
)
def undelete_instance(backup_id: str, service: Service, caller: CurrentCaller) -> Response[GetInstanceResponse]:
    instance = service.undelete(caller, backup_id)
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        headers={"Location": f"{INSTANCES}/{instance.id}", "Retry-After": _POLL_SECONDS},
        body=GetInstanceResponse(instance=InstanceBody.of(instance)),
    )
