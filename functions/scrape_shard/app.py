"""ScrapeShard: reads the Redis of some of a large fleet's instances, for CollectMetrics. Reads secret values."""

import time
from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.metrics.collector import WORKERS, collect
from swiftcache.metrics.figures import fleet_figures_map
from swiftcache.metrics.invoke import unpacked_instances
from swiftcache.metrics.wiring import bucket_store
from swiftcache.platform.injector import PROCESS, Injector

SECONDS = 40.0
"""For all scrapes to begin. CollectMetrics waits for 48 seconds, and this function's time-out is 50."""

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    start = time.monotonic()
    instances = unpacked_instances(event["instances"])
    done = collect(instances, bucket_store(injector), WORKERS, lambda: time.monotonic() > start + SECONDS)
    for owned, result in done.results.items():
        if result.error:
            logger.warning("instance not read", instance_id=owned.instance_id, exc_info=result.error)
    return fleet_figures_map(done.figures, limits=event.get("limits", False))
