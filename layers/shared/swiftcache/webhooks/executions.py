"""The state machine that delivers, and what it gives to its function and takes from it.

An execution is named after its event and its webhook, and a name is given away once: an event that the table's stream
brings twice is delivered once.
"""

from typing import TYPE_CHECKING, Any

from swiftcache.events.model import Event
from swiftcache.platform.executions import start_execution
from swiftcache.webhooks.model import Delivery

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StepFunctionsDeliveryStarter:
    def __init__(self, client: "SFNClient", machine_arn: str) -> None:
        self._client = client
        self._machine_arn = machine_arn

    def deliver(self, event: Event, webhook_id: str) -> None:
        given: dict[str, object] = {"webhookId": webhook_id, "event": _event_input(event)}
        start_execution(self._client, self._machine_arn, f"{event.id}-{webhook_id}", given)


def _event_input(event: Event) -> dict[str, object]:
    return {
        "id": event.id,
        "type": event.type,
        "at": event.at,
        "organizationId": event.organization_id,
        "data": dict(event.data),
    }


def event_of_input(given: dict[str, Any]) -> Event:
    """The event in what the state machine gives to its function."""
    return Event(given["id"], given["type"], given["at"], given["organizationId"], given["data"])


def attempt_output(delivery: Delivery) -> dict[str, Any]:
    """What the state machine needs to go on: never where the webhook leads, nor what signs it."""
    last = delivery.attempts[-1].error if delivery.attempts else None
    return {
        "status": delivery.status.value,
        "nextAttemptAt": delivery.next_attempt_at,
        "attempts": len(delivery.attempts),
        "error": last.value if last else None,
    }
