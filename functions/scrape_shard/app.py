"""ScrapeShard: reads the Redis of some of a large fleet's instances, for CollectMetrics. Reads secret values."""

import time
from dataclasses import replace
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.metrics.collector import WORKERS, collect
from swiftcache.metrics.figures import fleet_figures_map
from swiftcache.metrics.invoke import unpacked_instances
from swiftcache.metrics.observed import note_observed
from swiftcache.metrics.wiring import bucket_store, observed_tasks
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.recovery.looks import concluded_from
from swiftcache.recovery.wiring import silence_watch

SECONDS = 40.0
"""For all scrapes to begin. CollectMetrics waits for 48 seconds, and this function's time-out is 50."""

logger = Logger()


def handler(event: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> dict[str, Any]:
    start = time.monotonic()
    instances = unpacked_instances(event["instances"])
    done = collect(instances, bucket_store(injector), WORKERS, lambda: time.monotonic() > start + SECONDS)
    for owned, result in done.results.items():
        if result.error:
            logger.warning("instance not read", instance_id=owned.instance_id, exc_info=result.error)
    request_id = f"collect-{context.aws_request_id}"
    figures, concluded = concluded_from(instances, done, lambda: silence_watch(injector), request_id)
    for one in concluded:
        logger.warning("answers nobody", instance_id=one.instance_id, recovering=one.recovering, exc_info=one.error)
    ends, failed = note_observed(instances, done.results, observed_tasks(injector))
    for each in failed:
        logger.warning("what was seen is not noted", instance_id=each.instance_id, exc_info=each.error)
    found = replace(figures, certificates_end=ends)
    return fleet_figures_map(found, limits=event.get("limits", False), certificates=event.get("certificates", False))
