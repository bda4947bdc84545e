"""Webhooks: create, list, get, change, delete, test; and the log of deliveries."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from swiftcache.api.openapi import documented, each
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import API
from swiftcache.webhooks.contract import (
    ChangeWebhookRequest,
    CreateWebhookRequest,
    CreateWebhookResponse,
    DeletedWebhookBody,
    DeleteWebhookResponse,
    GetWebhookResponse,
    ListDeliveriesResponse,
    ListWebhooksResponse,
    SentTestEventResponse,
    WebhookBody,
)
from swiftcache.webhooks.service import WebhookService
from swiftcache.webhooks.wiring import webhook_service

Service = Annotated[WebhookService, provided(webhook_service)]

WEBHOOKS = f"{API}/organizations/<organization_id>/webhooks"
WEBHOOK = f"{WEBHOOKS}/<webhook_id>"


@api.post(
    WEBHOOKS,
    status_code=201,
    **documented(
        "createWebhook",
        "The webhook, and the secret that signs what is sent to it, shown this once",
        201,
        CreateWebhookResponse,
        404,
        409,
        429,
        body=True,
        tag="webhooks",
        leads_to=each(
            "getWebhook changeWebhook deleteWebhook testWebhook listDeliveries",
            organizationId="$request.path.organizationId",
            webhookId="$response.body#/webhook/id",
        ),
    ),
)
def create_webhook(
    organization_id: str, request: Annotated[CreateWebhookRequest, Body()], service: Service, caller: CurrentCaller
) -> Response[CreateWebhookResponse]:
    created = service.create(caller, organization_id, request.new_webhook())
    return Response(
        status_code=HTTPStatus.CREATED,
        content_type="application/json",
        headers={"Location": f"{API}/organizations/{organization_id}/webhooks/{created.webhook.id}"},
        body=CreateWebhookResponse.of(created),
    )


@api.get(
    WEBHOOKS,
    **documented("listWebhooks", "The organization's webhooks", 200, ListWebhooksResponse, 404, tag="webhooks"),
)
def list_webhooks(organization_id: str, service: Service, caller: CurrentCaller) -> ListWebhooksResponse:
    webhooks = service.list(caller, organization_id)
    return ListWebhooksResponse(webhooks=[WebhookBody.of(webhook) for webhook in webhooks])


@api.get(WEBHOOK, **documented("getWebhook", "The webhook", 200, GetWebhookResponse, 404, tag="webhooks"))
def get_webhook(organization_id: str, webhook_id: str, service: Service, caller: CurrentCaller) -> GetWebhookResponse:
    webhook = service.get(caller, organization_id, webhook_id)
    return GetWebhookResponse(webhook=WebhookBody.of(webhook))


@api.patch(
    WEBHOOK,
    **documented("changeWebhook", "The webhook as it is now", 200, GetWebhookResponse, 404, body=True, tag="webhooks"),
)
def change_webhook(
    organization_id: str,
    webhook_id: str,
    request: Annotated[ChangeWebhookRequest, Body()],
    service: Service,
    caller: CurrentCaller,
) -> GetWebhookResponse:
    webhook = service.change(caller, organization_id, webhook_id, request.change())
    return GetWebhookResponse(webhook=WebhookBody.of(webhook))


@api.delete(WEBHOOK, **documented("deleteWebhook", "It is gone", 200, DeleteWebhookResponse, 404, tag="webhooks"))
def delete_webhook(
    organization_id: str, webhook_id: str, service: Service, caller: CurrentCaller
) -> DeleteWebhookResponse:
    service.delete(caller, organization_id, webhook_id)
    return DeleteWebhookResponse(webhook=DeletedWebhookBody(id=webhook_id))


@api.post(
    f"{WEBHOOK}/test",
    status_code=202,
    **documented("testWebhook", "A test event is on its way", 202, SentTestEventResponse, 404, 409, tag="webhooks"),
)
def test_webhook(
    organization_id: str, webhook_id: str, service: Service, caller: CurrentCaller
) -> Response[SentTestEventResponse]:
    event_id = service.test(caller, organization_id, webhook_id)
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        body=SentTestEventResponse(event_id=event_id),
    )


@api.get(
    f"{WEBHOOK}/deliveries",
    **documented("listDeliveries", "The newest deliveries first", 200, ListDeliveriesResponse, 404, tag="webhooks"),
)
def list_deliveries(
    organization_id: str,
    webhook_id: str,
    service: Service,
    caller: CurrentCaller,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    cursor: Annotated[str | None, Query()] = None,
) -> ListDeliveriesResponse:
    page = service.log(caller, organization_id, webhook_id, limit, cursor)
    return ListDeliveriesResponse.of(page)
