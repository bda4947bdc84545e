"""WatchCertificates: every quarter of an hour, looks at every running instance for what has to be known in time.

One whose certificate ends is to be replaced, once there is another, and one with a public address where new tasks have
none; of one whose engine ends its owner is told.
"""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.maintenance.wiring import fleet_watch
from swiftcache.platform.aws import now
from swiftcache.platform.injector import PROCESS, Injector

SECONDS = 90
"""Of a pass at most. The function's time-out is longer."""

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


def handler(_: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    at = now(injector)()
    result = fleet_watch(injector).run(f"watch-{context.aws_request_id}", at + timedelta(seconds=SECONDS))
    for instance_id, error in result.errors.items():
        logger.error("not looked at", instance_id=instance_id, exc_info=error)
    if result.required:
        logger.info("certificates end", instances=result.required)
    if result.moving:
        logger.info("to get no public address", instances=result.moving)
    if result.told:
        logger.info("engines end", instances=result.told)
    if result.first_end is not None:
        metrics.add_metric("EngineDays", MetricUnit.NoUnit, (result.first_end - at.date()).days)
        metrics.flush_metrics()
    for error in result.errors.values():
        raise error  # counted by Lambda; the next pass does what this one could not
