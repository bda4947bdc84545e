"""KeepPool: every minute, and as soon as a member was taken over, makes the warm pool what it is to be."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.pool.service import PoolPassResult
from swiftcache.pool.wiring import pool_reconciler

NAMESPACE = "SwiftCache"

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)


def handler(_: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    result = pool_reconciler(injector).run(f"keep-{context.aws_request_id}")
    tell(result)
    publish(result)


def tell(result: PoolPassResult) -> None:
    for plan in result.plans:
        if plan.troubled:
            logger.error("members fail", size=plan.target.size.memory, ready=plan.ready, wanted=plan.target.members)
    if result.added or result.deleted:
        logger.info("kept", added=result.added, deleted=result.deleted)


def publish(result: PoolPassResult) -> None:
    """The pool's figures for CloudWatch, which bills those that there are: none where there is no pool."""
    if not result.plans:
        return
    for plan in result.plans:
        of_size = EphemeralMetrics(namespace=NAMESPACE)
        of_size.add_dimension("size", str(plan.target.size.memory))
        of_size.add_metric("PoolReady", MetricUnit.Count, plan.ready)
        of_size.add_metric("PoolWanted", MetricUnit.Count, plan.target.members)
        of_size.flush_metrics()
    metrics.add_metric("PoolShelvesEmpty", MetricUnit.Count, result.empty)
    metrics.flush_metrics()
