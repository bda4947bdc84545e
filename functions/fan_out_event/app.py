"""An event of the bus: starts its delivery to each webhook of its organization that wants it."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache import wiring
from swiftcache.adapters.bus_event import event_of
from swiftcache.use_cases.deliver import fan_out

logger = Logger()


def handler(event: dict[str, Any], _: object) -> None:
    happened = event_of(event)
    webhook_ids = fan_out(happened, wiring.webhooks(), wiring.couriers())
    logger.info("fanned out", event_id=happened.id, event_type=happened.type, webhook_ids=webhook_ids)
