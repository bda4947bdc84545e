"""SendWebhook: one attempt to deliver an event to a webhook. Reads the secret that signs it; answers how it went."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.webhooks.executions import attempt_output, event_of_input
from swiftcache.webhooks.model import DeliveryStatus
from swiftcache.webhooks.wiring import webhook_dispatcher

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    happened = event_of_input(event["event"])
    delivery = webhook_dispatcher(injector).attempt(happened, event["webhookId"], event["attempt"])
    if delivery.status is not DeliveryStatus.DELIVERED:
        logger.warning("not delivered", event_id=happened.id, webhook_id=event["webhookId"], **attempt_output(delivery))
    return attempt_output(delivery)
