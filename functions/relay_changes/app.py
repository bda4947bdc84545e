"""The table's stream: publishes each change of status, and makes sure that the work a change asks for is under way."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache import wiring
from swiftcache.adapters.stream import status_change_of, unconfigured_instance_of
from swiftcache.use_cases.changes import relay

logger = Logger()


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    for record in event["Records"]:
        try:
            _relay(record)
        except Exception:
            # Order matters within an instance: the stream brings this record and all after it again.
            logger.exception("change not relayed", item=record["dynamodb"]["Keys"])
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def _relay(record: dict[str, Any]) -> None:
    change = status_change_of(record)
    if change:
        relay(change, wiring.events(), wiring.workflows())
    unconfigured = unconfigured_instance_of(record)
    if unconfigured:
        wiring.configurator().start(unconfigured.organization_id, unconfigured.id)
