"""InspectRedis: the figures of one Redis at this moment, or its slow commands. Reads secret values."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.metrics.invoke import live_figures_map
from swiftcache.metrics.slow_commands import slow_commands_map
from swiftcache.metrics.wiring import inspection
from swiftcache.platform.injector import PROCESS, Injector

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> object:
    organization_id, instance_id = event["organizationId"], event["instanceId"]
    logger.append_keys(instance_id=instance_id)
    match event.get("slowCommands"):
        case None:
            figures = inspection(injector).figures(organization_id, instance_id)
            return live_figures_map(figures, limits=event.get("limits", False))
        case limit:
            return slow_commands_map(inspection(injector).slow_commands(organization_id, instance_id, limit))
