"""Bringing an event to the webhooks that want it: to each by a workflow of its own, in as many attempts as it takes.

Every step may run twice. A receiver may hear an event twice, always under the same id.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.events.model import Event
from swiftcache.platform.timestamps import timestamp
from swiftcache.webhooks.model import Attempt, AttemptError, Delivery, DeliveryStatus, Webhook, next_attempt_at
from swiftcache.webhooks.ports import Deliveries, DeliveryStarter, Sender, Sent, SigningSecrets, Webhooks
from swiftcache.webhooks.signature import signed_headers

GONE = 410
"""The status by which a receiver says that it wants to hear no more."""


def fan_out(
    event: Event, webhooks_of: Callable[[str], Sequence[Webhook]], delivery_starter: DeliveryStarter
) -> list[str]:
    """Starts a delivery to each webhook of the event's organization that wants it; answers their ids.

    `webhooks_of` gives those of an organization. Raises DependencyUnavailable; doing all of it again is harmless.
    """
    wanted = [webhook.id for webhook in webhooks_of(event.organization_id) if webhook.wants(event.type)]
    for webhook_id in wanted:
        delivery_starter.deliver(event, webhook_id)
    return wanted


def message(event: Event) -> bytes:
    """The body of every attempt, byte for byte."""
    said = {"type": event.type, "timestamp": event.at, "data": event.data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class WebhookDispatcher:
    """The step SendWebhook. `now` gives the time with its zone."""

    webhooks: Webhooks
    deliveries: Deliveries
    secrets: SigningSecrets
    sender: Sender
    now: Callable[[], datetime]

    def attempt(self, event: Event, webhook_id: str, number: int) -> Delivery:
        """Makes the attempt of this number, counted from 1, unless it was made already; answers what is then known."""
        fresh = Delivery(webhook_id, event.id, event.type, event.at)
        delivery = self.deliveries.get(fresh) or fresh
        if delivery.status is not DeliveryStatus.PENDING or len(delivery.attempts) >= number:
            return delivery
        webhook = self.webhooks.get(event.organization_id, webhook_id)
        if webhook is None:
            return delivery.cancelled()
        delivery = self._try(event, webhook, delivery) if webhook.enabled else delivery.cancelled()
        self.deliveries.put(delivery)
        return delivery

    def _try(self, event: Event, webhook: Webhook, delivery: Delivery) -> Delivery:
        at = self.now()
        sent = self._send(event, webhook, at)
        attempt = Attempt(timestamp(at), sent.duration_ms, sent.status_code, sent.error)
        if sent.status_code == GONE:
            self._disable(webhook, event)
            return delivery.after(attempt, None)
        return delivery.after(attempt, next_attempt_at(len(delivery.attempts) + 1, self.now()))

    def _send(self, event: Event, webhook: Webhook, at: datetime) -> Sent:
        secret = self.secrets.find(webhook.id)
        if secret is None:
            # Its creation has not come so far yet, or has died on the way.
            return Sent(None, AttemptError.UNSIGNED, 0)
        body = message(event)
        return self.sender.send(webhook.url, signed_headers(secret, event.id, int(at.timestamp()), body), body)

    def _disable(self, webhook: Webhook, event: Event) -> None:
        entry = system_entry(
            System.WEBHOOKS,
            Action.WEBHOOK_CHANGED,
            webhook.organization_id,
            webhook.id,
            webhook.host,
            event.id,
            self.now(),
            enabled=False,
            disabledReason="GONE",
        )
        self.webhooks.disable(webhook.disabled("GONE"), entry)
