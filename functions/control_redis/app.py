"""ControlRedis: makes a running Redis equal to its record. Reads and writes secret values; answers nothing."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache import wiring

logger = Logger()


def handler(event: dict[str, Any], _: object) -> None:
    instance_id = event["instanceId"]
    logger.append_keys(instance_id=instance_id)
    wiring.configure()(event["organizationId"], instance_id)
    logger.info("configured")
