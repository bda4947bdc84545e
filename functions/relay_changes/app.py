"""The table's stream: publishes each change of status, and makes sure that the work it asks for is under way."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache import wiring
from swiftcache.adapters.stream import replacement_of, status_change_of
from swiftcache.use_cases.changes import relay, start_resize

logger = Logger()


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    for record in event["Records"]:
        try:
            _relay(record)
        except Exception:
            # Order matters within an instance: the stream brings this record and all after it again.
            logger.exception("change not relayed", key=record["dynamodb"]["Keys"]["SK"]["S"])
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def _relay(record: dict[str, Any]) -> None:
    if change := status_change_of(record):
        relay(change, wiring.events(), wiring.workflows())
    if replacement := replacement_of(record):
        start_resize(replacement, wiring.workflows())
