"""CollectMetrics: every minute, reads each running Redis and keeps what its clients did. Reads secret values."""

import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from swiftcache.instances.stores import fleet
from swiftcache.metrics.collector import Outcome, ScrapeRun, collect
from swiftcache.metrics.wiring import collector
from swiftcache.platform.injector import PROCESS, Injector

WORKERS = 32
SECONDS = 40.0
"""For all scrapes of a pass to begin. The last may take some seconds more; the function's time-out is 58 seconds."""

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


@metrics.log_metrics
def handler(_: dict[str, Any], __: object, injector: Injector = PROCESS) -> None:
    start = time.monotonic()
    done = collect(fleet(injector), collector(injector), WORKERS, lambda: time.monotonic() > start + SECONDS)
    for instance_id, result in done.results.items():
        if result.error:
            logger.warning("instance not read", instance_id=instance_id, exc_info=result.error)
    publish(done, time.monotonic() - start)


def publish(done: ScrapeRun, seconds: float) -> None:
    """The fleet's figures for CloudWatch."""
    counts = {
        "InstancesRunning": len(done.results) - done.count(Outcome.WAITING),
        "InstancesUnreachable": done.count(Outcome.UNREACHABLE),
        "InstancesNotRead": done.count(Outcome.FAILED, Outcome.LATE),
        "Commands": done.counted.commands,
        "KeyspaceHits": done.counted.hits,
        "KeyspaceMisses": done.counted.misses,
        "Evictions": done.counted.evictions,
        "Keys": done.sum(lambda live: live.keys),
        "Connections": done.sum(lambda live: live.clients),
    }
    memory = {
        "MemoryUsed": done.sum(lambda live: live.used_memory),
        "MemoryLimit": done.sum(lambda live: live.max_memory),
    }
    for name, value in counts.items():
        metrics.add_metric(name, MetricUnit.Count, value)
    for name, value in memory.items():
        metrics.add_metric(name, MetricUnit.Bytes, value)
    metrics.add_metric("CollectorSeconds", MetricUnit.Seconds, seconds)
