"""Instance keys: create, list, revoke."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from swiftcache.api.openapi import documented, each
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import INSTANCES
from swiftcache.configuration.contract import (
    CreateKeyRequest,
    CreateKeyResponse,
    ListKeysResponse,
    RevokedKeyBody,
    RevokeKeyResponse,
)
from swiftcache.configuration.key_service import KeyService
from swiftcache.configuration.wiring import key_service

Service = Annotated[KeyService, provided(key_service)]

KEYS = f"{INSTANCES}/<instance_id>/keys"


@api.post(
    KEYS,
    status_code=201,
    **documented(
        "createInstanceKey",
        "The key, shown this once",
        201,
        CreateKeyResponse,
        404,
        409,
        429,
        body=True,
        tag="keys",
        leads_to=each(
            "revokeInstanceKey",
            instanceId="$request.path.instanceId",
            keyId="$response.body#/createdKey/id",
        ),
    ),
)
def create_key(
    instance_id: str, request: Annotated[CreateKeyRequest, Body()], service: Service, caller: CurrentCaller
) -> Response[CreateKeyResponse]:
    created = service.create(caller, instance_id, request.name, request.role)
    return Response(status_code=HTTPStatus.CREATED, content_type="application/json", body=CreateKeyResponse.of(created))


@api.get(KEYS, **documented("listInstanceKeys", "The instance's keys", 200, ListKeysResponse, 404, tag="keys"))
def list_keys(instance_id: str, service: Service, caller: CurrentCaller) -> ListKeysResponse:
    return ListKeysResponse.of(*service.list(caller, instance_id))


@api.delete(
    f"{KEYS}/<key_id>",
    status_code=202,
    **documented(
        "revokeInstanceKey", "The key is refused within a moment", 202, RevokeKeyResponse, 404, 409, tag="keys"
    ),
)
def revoke_key(instance_id: str, key_id: str, service: Service, caller: CurrentCaller) -> Response[RevokeKeyResponse]:
    applied = service.revoke(caller, instance_id, key_id)
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        body=RevokeKeyResponse(api_key=RevokedKeyBody(id=key_id), applied=applied),
    )
