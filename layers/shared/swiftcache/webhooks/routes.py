"""Webhooks: create, list, get, change, delete, test; and the log of deliveries."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from swiftcache import wiring
from swiftcache.api.openapi import documented, each
from swiftcache.api.request import current_caller
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
            organization_id="$request.path.organization_id",
            webhook_id="$response.body#/webhook/id",
        ),
    ),
)
def create_webhook(
    organization_id: str, request: Annotated[CreateWebhookRequest, Body()]
) -> Response[CreateWebhookResponse]:
    created = wiring.webhook_service().create(current_caller(), organization_id, request.new_webhook())
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
def list_webhooks(organization_id: str) -> ListWebhooksResponse:
    webhooks = wiring.webhook_service().list(current_caller(), organization_id)
    return ListWebhooksResponse(webhooks=[WebhookBody.of(webhook) for webhook in webhooks])


@api.get(WEBHOOK, **documented("getWebhook", "The webhook", 200, GetWebhookResponse, 404, tag="webhooks"))
def get_webhook(organization_id: str, webhook_id: str) -> GetWebhookResponse:
    webhook = wiring.webhook_service().get(current_caller(), organization_id, webhook_id)
    return GetWebhookResponse(webhook=WebhookBody.of(webhook))


@api.patch(
    WEBHOOK,
    **documented("changeWebhook", "The webhook as it is now", 200, GetWebhookResponse, 404, body=True, tag="webhooks"),
)
def change_webhook(
    organization_id: str, webhook_id: str, request: Annotated[ChangeWebhookRequest, Body()]
) -> GetWebhookResponse:
    webhook = wiring.webhook_service().change(current_caller(), organization_id, webhook_id, request.change())
    return GetWebhookResponse(webhook=WebhookBody.of(webhook))


@api.delete(WEBHOOK, **documented("deleteWebhook", "It is gone", 200, DeleteWebhookResponse, 404, tag="webhooks"))
def delete_webhook(organization_id: str, webhook_id: str) -> DeleteWebhookResponse:
    wiring.webhook_service().delete(current_caller(), organization_id, webhook_id)
    return DeleteWebhookResponse(webhook=DeletedWebhookBody(id=webhook_id))


@api.post(
    f"{WEBHOOK}/test",
    status_code=202,
    **documented("testWebhook", "A test event is on its way", 202, SentTestEventResponse, 404, 409, tag="webhooks"),
)
def test_webhook(organization_id: str, webhook_id: str) -> Response[SentTestEventResponse]:
    event_id = wiring.webhook_service().test(current_caller(), organization_id, webhook_id)
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
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    cursor: Annotated[str | None, Query()] = None,
) -> ListDeliveriesResponse:
    page = wiring.webhook_service().log(current_caller(), organization_id, webhook_id, limit, cursor)
    return ListDeliveriesResponse.of(page)
