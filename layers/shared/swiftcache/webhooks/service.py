"""What an organization does with its webhooks."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, entry
from swiftcache.access.identity import Caller
from swiftcache.access.ownership import check_own_organization
from swiftcache.events.model import TEST_EVENT, Event
from swiftcache.platform.errors import InvalidRequest, NotFound, SwiftCacheError
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id
from swiftcache.platform.unit_of_work import already_applied, undoing
from swiftcache.webhooks.model import TargetRefused, Webhook, WebhookDisabled, is_webhook_id
from swiftcache.webhooks.ports import Deliveries, DeliveryPage, DeliveryStarter, SigningSecrets, Targets, Webhooks
from swiftcache.webhooks.signature import new_signing_secret


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What a customer asks for."""

    url: str
    events: Sequence[str]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """What a customer changes; None leaves it as it is."""

    url: str | None = None
    events: Sequence[str] | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class CreatedWebhook:
    """`secret` is shown to the owner once."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True)
class WebhookService:
    """The use cases of the API. `now` gives the time with its zone."""

    webhooks: Webhooks
    deliveries: Deliveries
    secrets: SigningSecrets
    targets: Targets
    delivery_starter: DeliveryStarter
    now: Callable[[], datetime]

    def create(self, caller: Caller, organization_id: str, new: NewWebhook) -> CreatedWebhook:
        """Raises NotFound for another's organization, InvalidRequest for a URL that we do not send to, LimitExceeded.

        The record comes before the secret, and the secret goes when the record has gone, told by the table's stream. So
        no crash leaves a secret that nobody knows of.
        """
        check_own_organization(caller, organization_id)
        self._check_url(new.url)
        at, secret = self.now(), new_signing_secret()
        webhook = Webhook(
            id=new_id("wh"),
            organization_id=organization_id,
            url=new.url,
            events=tuple(new.events),
            description=new.description,
            enabled=True,
            created_at=timestamp(at, "seconds"),
        )
        self.webhooks.create(webhook, self._entry(caller, Action.WEBHOOK_CREATED, webhook, at))
        try:
            self.secrets.keep(webhook.id, secret)
        except Exception:
            # The owner never sees this secret, so the webhook would be of no use.
            with suppress(SwiftCacheError), undoing():
                self.webhooks.remove(webhook, self._entry(caller, Action.WEBHOOK_DELETED, webhook, self.now()))
            raise
        return CreatedWebhook(webhook, secret)

    def list(self, caller: Caller, organization_id: str) -> Sequence[Webhook]:
        """Raises NotFound for another's organization."""
        check_own_organization(caller, organization_id)
        return self.webhooks.of(organization_id)

    def get(self, caller: Caller, organization_id: str, webhook_id: str) -> Webhook:
        """Raises NotFound, for another's webhook too."""
        check_own_organization(caller, organization_id)
        webhook = self.webhooks.get(organization_id, webhook_id) if is_webhook_id(webhook_id) else None
        if webhook is None:
            raise NotFound("there is no such webhook")
        return webhook

    def change(self, caller: Caller, organization_id: str, webhook_id: str, change: WebhookChange) -> Webhook:
        """All or nothing; the webhook as it is then. Raises NotFound, InvalidRequest."""
        before = webhook = self.get(caller, organization_id, webhook_id)
        if change.url is not None:
            self._check_url(change.url)
            webhook = replace(webhook, url=change.url)
        if change.events is not None:
            webhook = replace(webhook, events=tuple(change.events))
        if change.enabled is not None:
            webhook = replace(webhook, enabled=change.enabled, disabled_reason=None)
        if webhook != before:
            self.webhooks.change(webhook, self._entry(caller, Action.WEBHOOK_CHANGED, webhook, self.now()))
        return webhook

    def delete(self, caller: Caller, organization_id: str, webhook_id: str) -> None:
        """Its secret follows, by the table's stream. Raises NotFound."""
        check_own_organization(caller, organization_id)
        if already_applied():
            return
        webhook = self.get(caller, organization_id, webhook_id)
        self.webhooks.remove(webhook, self._entry(caller, Action.WEBHOOK_DELETED, webhook, self.now()))

    def test(self, caller: Caller, organization_id: str, webhook_id: str) -> str:
        """Starts the delivery of a test event; its id. Raises NotFound, WebhookDisabled."""
        webhook = self.get(caller, organization_id, webhook_id)
        if not webhook.enabled:
            raise WebhookDisabled("the webhook is disabled; enable it first")
        event_id, at = new_id("evt"), timestamp(self.now())
        data = {
            "id": event_id,
            "organizationId": organization_id,
            "webhookId": webhook.id,
            "requestId": caller.request_id,
            "at": at,
        }
        self.delivery_starter.deliver(Event(event_id, TEST_EVENT, at, organization_id, data), webhook.id)
        return event_id

    def log(
        self, caller: Caller, organization_id: str, webhook_id: str, limit: int, cursor: str | None
    ) -> DeliveryPage:
        """The newest deliveries first. Raises NotFound, InvalidRequest for a cursor that is not ours."""
        return self.deliveries.page(self.get(caller, organization_id, webhook_id).id, limit, cursor)

    def _check_url(self, url: str) -> None:
        try:
            self.targets.check(url)
        except TargetRefused as refused:
            raise InvalidRequest(str(refused), "/url") from refused

    @staticmethod
    def _entry(caller: Caller, action: Action, webhook: Webhook, at: datetime) -> AuditEntry:
        # The host and not the URL: many receivers know their senders by a secret in the path.
        return entry(
            caller, action, webhook.id, webhook.host, at, events=",".join(webhook.events), enabled=webhook.enabled
        )
