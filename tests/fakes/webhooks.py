"""What webhooks need of the world, in memory. tests/contract holds it to what the adapters do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swiftcache.access.audit import AuditEntry
from swiftcache.events.model import Event
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.errors import Conflict, DependencyUnavailable, InvalidRequest, LimitExceeded, NotFound
from swiftcache.webhooks.model import MAX_WEBHOOKS, AttemptError, Delivery, TargetRefused, Webhook
from swiftcache.webhooks.ports import DeliveryPage, Sent
from tests.fakes.organizations import FakeAccounts


@dataclass
class FakeWebhooks:
    accounts: FakeAccounts
    stored: dict[tuple[str, str], Webhook] = field(default_factory=dict)

    def create(self, webhook: Webhook, entry: AuditEntry) -> None:
        organization = self.accounts.organizations.get(webhook.organization_id)
        if organization is None:
            raise NotFound(f"there is no organization {webhook.organization_id}")
        if organization.status is not OrganizationStatus.ACTIVE:
            raise Conflict(f"the organization is {organization.status}")
        if len(self.of(webhook.organization_id)) >= MAX_WEBHOOKS:
            raise LimitExceeded("an organization has at most so many webhooks")
        self._store(webhook, entry)

    def get(self, organization_id: str, webhook_id: str) -> Webhook | None:
        return self.stored.get((organization_id, webhook_id))

    def of(self, organization_id: str) -> Sequence[Webhook]:
        return [webhook for (owner, _), webhook in sorted(self.stored.items()) if owner == organization_id]

    def change(self, webhook: Webhook, entry: AuditEntry) -> None:
        if self.get(webhook.organization_id, webhook.id) is None:
            raise NotFound(f"there is no webhook {webhook.id}")
        self._store(webhook, entry)

    def disable(self, webhook: Webhook, entry: AuditEntry) -> None:
        known = self.get(webhook.organization_id, webhook.id)
        if known is not None and known.enabled:
            self._store(webhook, entry)

    def remove(self, webhook: Webhook, entry: AuditEntry) -> None:
        if self.stored.pop((webhook.organization_id, webhook.id), None):
            self.accounts.audit.append(entry)

    def _store(self, webhook: Webhook, entry: AuditEntry) -> None:
        self.stored[webhook.organization_id, webhook.id] = webhook
        self.accounts.audit.append(entry)


@dataclass
class FakeDeliveries:
    stored: dict[tuple[str, str], Delivery] = field(default_factory=dict)

    def get(self, delivery: Delivery) -> Delivery | None:
        return self.stored.get((delivery.webhook_id, _place(delivery)))

    def put(self, delivery: Delivery) -> None:
        self.stored[delivery.webhook_id, _place(delivery)] = delivery

    def page(self, webhook_id: str, limit: int, cursor: str | None) -> DeliveryPage:
        if cursor is not None and not cursor.startswith("before:"):
            raise InvalidRequest("cursor is not one that this API gave", "/cursor")
        before = (cursor or "before:~").removeprefix("before:")
        places = sorted((place for owner, place in self.stored if owner == webhook_id and place < before), reverse=True)
        found = [self.stored[webhook_id, place] for place in places[:limit]]
        return DeliveryPage(found, f"before:{places[limit - 1]}" if len(places) > limit else None)


def _place(delivery: Delivery) -> str:
    return f"{delivery.at}#{delivery.event_id}"


@dataclass
class FakeSigningSecrets:
    available: bool = True
    kept: dict[str, str] = field(default_factory=dict)

    def keep(self, webhook_id: str, secret: str) -> None:
        if not self.available:
            raise DependencyUnavailable("the store of secrets is busy")
        self.kept[webhook_id] = secret

    def find(self, webhook_id: str) -> str | None:
        return self.kept.get(webhook_id)

    def forget(self, webhook_id: str) -> None:
        self.kept.pop(webhook_id, None)


class FakeTargets:
    """Refuses hosts that begin with `private`."""

    def check(self, url: str) -> None:
        if "://private" in url:
            raise TargetRefused(AttemptError.TARGET_FORBIDDEN, "the host has an address outside the public internet")


@dataclass
class FakeDeliveryStarter:
    available: bool = True
    started: list[tuple[Event, str]] = field(default_factory=list)

    def deliver(self, event: Event, webhook_id: str) -> None:
        if not self.available:
            raise DependencyUnavailable("the workflow service is busy")
        if all((known.id, to) != (event.id, webhook_id) for known, to in self.started):
            self.started.append((event, webhook_id))


@dataclass
class FakeSender:
    """Answers with `answers`, one after the other, then with 204."""

    answers: list[Sent] = field(default_factory=list)
    sent: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        self.sent.append((url, headers, body))
        return self.answers.pop(0) if self.answers else Sent(204, None, 12)
