"""The table's stream: publishes each change of status, and makes sure that the work it asks for is under way."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache import wiring
from swiftcache.adapters.stream import creation_of, status_change_of
from swiftcache.use_cases.changes import relay

logger = Logger()


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    for record in event["Records"]:
        change = status_change_of(record)
        if change is None:
            continue
        try:
            relay(change, wiring.events(), wiring.workflows())
            if (creation := creation_of(record)) is not None:
                wiring.creations().add(creation)
        except Exception:
            # Order matters within an instance: the stream brings this record and all after it again.
            logger.exception("change not relayed", instance_id=change.instance_id)
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
