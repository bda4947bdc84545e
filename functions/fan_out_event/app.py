"""The table's stream: starts the delivery of each event to each webhook of its organization that wants it."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.stream.records import event_in
from swiftcache.webhooks.delivery import fan_out
from swiftcache.webhooks.wiring import delivery_starter, webhooks

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    # One look for each organization of the batch: most have no webhook at all.
    webhooks_of = cache(webhooks(injector).of)
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        try:
            if happened := event_in(record):
                webhook_ids = fan_out(happened, webhooks_of, delivery_starter(injector))
                if webhook_ids:
                    logger.info("fanned out", event_id=happened.id, event_type=happened.type, webhook_ids=webhook_ids)
        except Exception as error:
            logger.exception("event not fanned out", event_id=record["eventID"])
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
            if isinstance(error, DependencyUnavailable):
                # It would be so for the others too. What fails by itself keeps none of them waiting.
                break
    return {"batchItemFailures": failures}
