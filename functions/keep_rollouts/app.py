"""KeepRollouts: every five minutes, brings a newer image a step further through the fleet, or stops it."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.platform.aws import now
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.rollouts.keeping import RolloutPass
from swiftcache.rollouts.model import RolloutStatus
from swiftcache.rollouts.wiring import rollout_keeper

SECONDS = 90
"""Of a pass at most. The function's time-out is longer."""

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


def handler(_: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    end = now(injector)() + timedelta(seconds=SECONDS)
    result = rollout_keeper(injector).run(f"rollout-{context.aws_request_id}", end)
    tell(result)
    waits = result.rollout is not None and result.rollout.awaits_operator
    metrics.add_metric("RolloutStopped", MetricUnit.Count, int(waits))
    metrics.flush_metrics()
    for error in result.errors.values():
        raise error  # counted by Lambda; the next pass does what this one could not


def tell(result: RolloutPass) -> None:
    """To the log."""
    for instance_id, error in result.errors.items():
        logger.error("not asked for", instance_id=instance_id, exc_info=error)
    rollout = result.rollout
    if rollout is None:
        return
    said: dict[str, Any] = {"rollout_id": rollout.id, "target": f"{rollout.engine} {rollout.version}"}
    said["wave"] = rollout.wave
    if result.begun:
        logger.info("rollout begun", **said)
    if result.moved and rollout.status is RolloutStatus.STOPPED:
        why = rollout.why.message if rollout.why else None
        logger.warning("rollout stopped", why=why, failed=rollout.failed, worse=rollout.worse, **said)
    elif result.moved:
        logger.info("rollout ended", status=rollout.status.value, **said)
    if result.required or result.withdrawn:
        logger.info("rollout", required=result.required, withdrawn=result.withdrawn, **said)
