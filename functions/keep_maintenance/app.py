"""KeepMaintenance: every minute, begins the maintenance that is due, and tries again what has failed."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.maintenance.keeping import MaintenancePass
from swiftcache.maintenance.wiring import maintenance_keeper
from swiftcache.platform.aws import now
from swiftcache.platform.injector import PROCESS, Injector

SECONDS = 50
"""Of a pass at most. The function's time-out is longer, and the next pass begins after a minute in any case."""

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


def handler(_: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    end = now(injector)() + timedelta(seconds=SECONDS)
    result = maintenance_keeper(injector).run(f"keep-{context.aws_request_id}", end)
    tell(result)
    metrics.add_metric("MaintenanceOverdue", MetricUnit.Count, result.overdue)
    metrics.flush_metrics()
    for error in result.errors.values():
        raise error  # counted by Lambda; the next pass does what this one could not


def tell(result: MaintenancePass) -> None:
    """To the log."""
    for instance_id, error in result.errors.items():
        logger.error("not maintained", instance_id=instance_id, exc_info=error)
    if result.failed:
        logger.warning("maintenance failed", instances=result.failed)
    if result.begun or result.busy:
        logger.info("maintained", begun=result.begun, busy=result.busy)
