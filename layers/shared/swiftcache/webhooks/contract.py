"""The bodies of the webhooks' routes."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypeAliasType

from swiftcache.api.body import VISIBLE, AttributesBody, Body, RequestBody, set_by_the_service
from swiftcache.webhooks.model import EVENT_TYPES, EVERY_EVENT, AttemptError, DeliveryStatus
from swiftcache.webhooks.ports import DeliveryPage
from swiftcache.webhooks.service import CreatedWebhook, NewWebhook, WebhookChange

_TYPES = (EVERY_EVENT, *EVENT_TYPES)


def _known(event_type: str) -> str:
    if event_type not in _TYPES:
        raise ValueError("there is no such type of event; docs/events.md lists them, and * is all of them")
    return event_type


def _unique(events: list[str]) -> list[str]:
    if len(set(events)) < len(events):
        raise ValueError("a type is there twice")
    return events


Url = Annotated[
    str,
    Field(
        max_length=2048,
        pattern=r"^https?://[!-~]+$",
        description="https://, on port 443 or from 1024 on, and with public addresses only",
        json_schema_extra={"format": "uri"},
    ),
]
# With a name, so that all bodies share one type in the document.
EventType = TypeAliasType(
    "EventType", Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(_TYPES)})]
)
EventTypes = Annotated[
    list[EventType],
    AfterValidator(_unique),
    Field(
        min_length=1,
        max_length=len(_TYPES),
        description="types of events, or * for all that there are and will be",
        json_schema_extra={"uniqueItems": True},
    ),
]
Description = Annotated[
    str,
    Field(pattern=f"^{VISIBLE}{{0,200}}$", description="up to 200 characters, none of them invisible or for control"),
]


class CreateWebhookRequest(RequestBody):
    """Where to send events, and which."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "example": {"url": "https://hooks.example.com/swiftcache", "events": ["instance.status_changed"]}
        },
    )

    url: Url
    events: EventTypes
    description: Description | None = None

    def new_webhook(self) -> NewWebhook:
        return NewWebhook(self.url, self.events, self.description)


class ChangeWebhookRequest(RequestBody):
    """What to change. What is left out or null stays as it is."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"enabled": False}},
    )

    url: Url | None = None
    events: EventTypes | None = None
    enabled: bool | None = None

    @classmethod
    def fixed(cls) -> Mapping[str, str]:
        again = "it was given when the webhook was created. Create another, and delete this one"
        return {**set_by_the_service(WebhookBody), "description": again}

    def change(self) -> WebhookChange:
        return WebhookChange(self.url, self.events, self.enabled)


class WebhookBody(AttributesBody):
    """A webhook, without the secret that signs what is sent to it."""

    id: str
    organization_id: str
    url: str
    events: list[str]
    description: str | None
    enabled: bool
    disabled_reason: Annotated[
        str | None, Field(description="GONE if the receiver answered 410 and was disabled for it; else null")
    ]
    created_at: str


class CreateWebhookResponse(Body):
    webhook: WebhookBody
    signing_secret: Annotated[str, Field(description="`whsec_…`: verifies the signatures; shown here once")]

    @classmethod
    def of(cls, created: CreatedWebhook) -> "CreateWebhookResponse":
        return cls(webhook=WebhookBody.of(created.webhook), signing_secret=created.secret)


class GetWebhookResponse(Body):
    webhook: WebhookBody


class ListWebhooksResponse(Body):
    """All of them: an organization has 20 at most."""

    webhooks: list[WebhookBody]


class DeletedWebhookBody(Body):
    id: str


class DeleteWebhookResponse(Body):
    message: Literal["Webhook deleted"] = "Webhook deleted"
    webhook: DeletedWebhookBody


class SentTestEventResponse(Body):
    """The test event is on its way: the delivery log has it under this id."""

    event_id: str


class AttemptBody(AttributesBody):
    at: str
    duration_ms: int
    status_code: Annotated[int | None, Field(description="null where the receiver answered nothing")]
    error: Annotated[AttemptError | None, Field(description="null where it delivered")]


class DeliveryBody(AttributesBody):
    """One event on its way to the webhook."""

    event_id: Annotated[str, Field(description="what the receiver gets as webhook-id")]
    event_type: str
    at: Annotated[str, Field(description="when it happened")]
    status: DeliveryStatus
    attempts: list[AttemptBody]
    next_attempt_at: Annotated[str | None, Field(description="null unless PENDING")]


class ListDeliveriesResponse(Body):
    deliveries: list[DeliveryBody]
    next_cursor: Annotated[str | None, Field(description="send it as `cursor` for the next page; null on the last")]

    @classmethod
    def of(cls, page: DeliveryPage) -> "ListDeliveriesResponse":
        return cls(deliveries=[DeliveryBody.of(delivery) for delivery in page.deliveries], next_cursor=page.cursor)
