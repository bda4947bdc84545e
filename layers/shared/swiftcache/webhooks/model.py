"""Webhooks: where an organization wants to hear of its events, and what became of each delivery."""

import random
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from swiftcache.access.audit import Action
from swiftcache.events.model import STATUS_CHANGED
from swiftcache.platform.errors import Conflict, SwiftCacheError
from swiftcache.platform.timestamps import timestamp

MAX_WEBHOOKS = 20
"""For one organization. Each costs a secret, and a delivery of each event."""

EVERY_EVENT = "*"
EVENT_TYPES = (STATUS_CHANGED, *(action.value for action in Action))
"""What a webhook can ask for: each type has a schema in docs/schemas."""

WAITS_SECONDS = (5, 30, 120, 600, 3_600, 21_600)
"""Before the second attempt, the third, and so on: seven attempts in about seven hours."""

_JITTER = 0.1
_ID = re.compile(r"wh_[a-z0-9]{1,64}")


@dataclass(frozen=True, slots=True)
class Webhook:
    """`events` are types of events, or `*` for all. `disabled_reason` is None unless the service disabled it."""

    id: str
    organization_id: str
    url: str
    events: tuple[str, ...]
    description: str | None
    enabled: bool
    created_at: str
    disabled_reason: str | None = None

    def wants(self, event_type: str) -> bool:
        """Whether an event of this type is sent here."""
        return self.enabled and (EVERY_EVENT in self.events or event_type in self.events)

    @property
    def host(self) -> str:
        """The host of its URL: what may be told in a log, since a path may hold a secret of the receiver's."""
        return re.split("[/?]", self.url.partition("://")[2])[0]

    def disabled(self, reason: str) -> "Webhook":
        """The same webhook, as the service disables it."""
        return replace(self, enabled=False, disabled_reason=reason)


class WebhookDisabled(Conflict):
    code = "WEBHOOK_DISABLED"


class AttemptError(StrEnum):
    """Why an attempt did not deliver."""

    TARGET_FORBIDDEN = "TARGET_FORBIDDEN"
    NAME_NOT_RESOLVED = "NAME_NOT_RESOLVED"
    CONNECTION_FAILED = "CONNECTION_FAILED"
    TLS_FAILED = "TLS_FAILED"
    TIMED_OUT = "TIMED_OUT"
    NOT_HTTP = "NOT_HTTP"
    STATUS_NOT_2XX = "STATUS_NOT_2XX"
    UNSIGNED = "UNSIGNED"


class TargetRefused(SwiftCacheError):
    """A URL that webhooks are not sent to. `error` says why, for the delivery log."""

    code = "TARGET_FORBIDDEN"

    def __init__(self, error: AttemptError, message: str) -> None:
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST to the receiver. `status_code` is None where it answered nothing, `error` where it delivered."""

    at: str
    duration_ms: int
    status_code: int | None
    error: AttemptError | None


class DeliveryStatus(StrEnum):
    """A delivery is PENDING until one of the others is its end."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook. `at` is the event's time; `next_attempt_at` is None at the end."""

    webhook_id: str
    event_id: str
    event_type: str
    at: str
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: tuple[Attempt, ...] = ()
    next_attempt_at: str | None = None

    def after(self, attempt: Attempt, next_attempt_at: str | None) -> "Delivery":
        """The delivery with one attempt more; without a next one it has ended."""
        if attempt.error is None:
            status, next_attempt_at = DeliveryStatus.DELIVERED, None
        else:
            status = DeliveryStatus.PENDING if next_attempt_at else DeliveryStatus.FAILED
        attempts = (*self.attempts, attempt)
        return replace(self, status=status, attempts=attempts, next_attempt_at=next_attempt_at)

    def cancelled(self) -> "Delivery":
        """Ended because its webhook was disabled."""
        return replace(self, status=DeliveryStatus.CANCELLED, next_attempt_at=None)


def next_attempt_at(attempts_made: int, now: datetime) -> str | None:
    """When to try again after so many attempts; None if that was the last.

    Some per cent later than the schedule, so that all that failed together does not come back together.
    """
    if attempts_made > len(WAITS_SECONDS):
        return None
    wait = WAITS_SECONDS[attempts_made - 1] * (1 + random.SystemRandom().uniform(0, _JITTER))
    return timestamp(now + timedelta(seconds=wait))


def is_webhook_id(text: str) -> bool:
    """Whether this could be a webhook's id. What could not need not be looked up."""
    return _ID.fullmatch(text) is not None
