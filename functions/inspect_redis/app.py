"""InspectRedis: the figures of one Redis at this moment. Reads secret values; answers figures alone."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.instances.stores import instances
from swiftcache.metrics.invoke import live_figures_map
from swiftcache.metrics.scraper import inspect
from swiftcache.metrics.wiring import metrics, scraper
from swiftcache.platform.injector import PROCESS, Injector

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, int | None]:
    instance_id = event["instanceId"]
    logger.append_keys(instance_id=instance_id)
    figures = inspect(instances(injector), scraper(injector), metrics(injector), event["organizationId"], instance_id)
    return live_figures_map(figures, limits=event.get("limits", False))
