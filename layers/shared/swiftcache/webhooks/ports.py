"""What webhooks need of the world. `table.py` and others provide it; tests/fakes provides it in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.events.model import Event
from swiftcache.webhooks.model import AttemptError, Delivery, Webhook


@dataclass(frozen=True, slots=True)
class Sent:
    """How one POST went. `error` is None exactly for a 2xx; `status_code` is None where nothing was answered."""

    status_code: int | None
    error: AttemptError | None
    duration_ms: int


class Sender(Protocol):
    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """One POST, over within seconds. Checks where the URL leads. Raises nothing for what the receiver does."""
        ...


class Targets(Protocol):
    def check(self, url: str) -> None:
        """Raises TargetRefused for a URL that webhooks are not sent to."""


class SigningSecrets(Protocol):
    """The secrets of webhooks: each is known to its owner and kept for signing, and is nowhere else."""

    def keep(self, webhook_id: str, secret: str) -> None: ...

    def find(self, webhook_id: str) -> str | None: ...

    def forget(self, webhook_id: str) -> None:
        """Does nothing if it is gone already."""


class Webhooks(Protocol):
    """The record of webhooks. Each change is written together with its audit entry, or not at all."""

    def create(self, webhook: Webhook, entry: AuditEntry) -> None:
        """Raises NotFound if there is no such organization, Conflict if it is not ACTIVE, LimitExceeded."""

    def get(self, organization_id: str, webhook_id: str) -> Webhook | None:
        """A strongly consistent read."""

    def of(self, organization_id: str) -> Sequence[Webhook]:
        """All of the organization, in the order of their ids, by strongly consistent reads."""

    def change(self, webhook: Webhook, entry: AuditEntry) -> None:
        """Replaces url, events, description, enabled and disabled_reason. Raises NotFound."""

    def disable(self, webhook: Webhook, entry: AuditEntry) -> None:
        """Stores the disabled webhook. Does nothing if it is disabled or gone already."""

    def remove(self, webhook: Webhook, entry: AuditEntry) -> None:
        """Does nothing if it is gone already."""


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """`cursor` is opaque; None after the last page."""

    deliveries: Sequence[Delivery]
    cursor: str | None


class Deliveries(Protocol):
    """The delivery log. It is kept for seven days."""

    def get(self, delivery: Delivery) -> Delivery | None:
        """What is stored of the same event to the same webhook."""

    def put(self, delivery: Delivery) -> None: ...

    def page(self, webhook_id: str, limit: int, cursor: str | None) -> DeliveryPage:
        """One read, the newest first. Raises InvalidRequest for a cursor that is not ours."""


class DeliveryStarter(Protocol):
    def deliver(self, event: Event, webhook_id: str) -> None:
        """Starts the delivery. Starting it again does nothing, whether it still runs or has ended.

        Raises DependencyUnavailable.
        """
