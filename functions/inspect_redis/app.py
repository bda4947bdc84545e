"""InspectRedis: the figures of one Redis at this moment. Reads secret values; answers figures alone."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache import wiring
from swiftcache.metrics.collector import inspect
from swiftcache.metrics.invoke import live_figures_map

logger = Logger()


def handler(event: dict[str, Any], _: object) -> dict[str, int]:
    instance_id = event["instanceId"]
    logger.append_keys(instance_id=instance_id)
    figures = inspect(wiring.instances(), wiring.looker(), wiring.metrics(), event["organizationId"], instance_id)
    return live_figures_map(figures)
