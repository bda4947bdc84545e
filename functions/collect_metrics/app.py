"""CollectMetrics: every minute, has each running Redis read and what its clients did kept. Reads secret values.

One that answers nobody is told to its owner, and replaced.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.instances.model import Instance
from swiftcache.instances.stores import fleet
from swiftcache.metrics.collector import WORKERS, collect
from swiftcache.metrics.figures import FleetFigures, days_until
from swiftcache.metrics.observed import note_observed
from swiftcache.metrics.shards import scrape_all, shards_of
from swiftcache.metrics.wiring import bucket_store, observed_tasks, shards
from swiftcache.platform.aws import now
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.platform.network import functions_are_inside
from swiftcache.recovery.looks import concluded_from
from swiftcache.recovery.wiring import silence_watch

SECONDS = 40.0
"""For all scrapes of a pass to begin. The last may take some seconds more; the function's time-out is 58 seconds."""

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


@metrics.log_metrics
def handler(_: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    start = time.monotonic()
    cut = shards_of(list(fleet(injector).running()))
    if len(cut) > 1 or (cut and functions_are_inside(injector)):
        figures = by_others(cut, injector)
    else:
        request_id = f"collect-{context.aws_request_id}"
        figures = here(*cut, injector=injector, until=start + SECONDS, request_id=request_id)
    publish(figures, time.monotonic() - start, now(injector)())


def here(instances: Sequence[Instance] = (), *, injector: Injector, until: float, request_id: str) -> FleetFigures:
    """Scrapes all in this process."""
    done = collect(instances, bucket_store(injector), WORKERS, lambda: time.monotonic() > until)
    for owned, result in done.results.items():
        if result.error:
            logger.warning("instance not read", instance_id=owned.instance_id, exc_info=result.error)
    figures, concluded = concluded_from(instances, done, lambda: silence_watch(injector), request_id)
    for one in concluded:
        logger.warning("answers nobody", instance_id=one.instance_id, recovering=one.recovering, exc_info=one.error)
    ends, failed = note_observed(instances, done.results, observed_tasks(injector))
    for each in failed:
        logger.warning("what was seen is not noted", instance_id=each.instance_id, exc_info=each.error)
    return replace(figures, certificates_end=ends)


def by_others(cut: Sequence[Sequence[Instance]], injector: Injector) -> FleetFigures:
    """Has each shard scraped by a process of its own."""
    done = scrape_all(cut, shards(injector))
    for error in done.errors:
        logger.warning("shard not read", exc_info=error)
    return done.figures


def publish(figures: FleetFigures, seconds: float, at: datetime) -> None:
    """The fleet's figures for CloudWatch."""
    counts = {
        "InstancesRunning": figures.running,
        "InstancesUnreachable": figures.unreachable,
        "InstancesNotRead": figures.not_read,
        "InstancesNotAnswering": figures.not_answering,
        "Commands": figures.counted.commands,
        "KeyspaceHits": figures.counted.hits,
        "KeyspaceMisses": figures.counted.misses,
        "Evictions": figures.counted.evictions,
        "EvictedClients": figures.counted.evicted_clients,
        "RejectedConnections": figures.counted.rejected_connections,
        "OutputLimitDisconnections": figures.counted.output_limit_disconnections,
        "QueryLimitDisconnections": figures.counted.query_limit_disconnections,
        "Keys": figures.keys,
        "Connections": figures.connections,
    }
    memory = {"MemoryUsed": figures.memory_used, "MemoryLimit": figures.memory_limit}
    for name, value in counts.items():
        metrics.add_metric(name, MetricUnit.Count, value)
    for name, value in memory.items():
        metrics.add_metric(name, MetricUnit.Bytes, value)
    if figures.certificates_end:
        metrics.add_metric("CertificateDays", MetricUnit.NoUnit, days_until(figures.certificates_end, at))
    metrics.add_metric("CollectorSeconds", MetricUnit.Seconds, seconds)
