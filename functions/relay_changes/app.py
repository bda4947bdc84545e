"""The table's stream: publishes each change, and makes sure that the work it asks for is under way."""

from collections.abc import Iterable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from swiftcache import wiring
from swiftcache.adapters.stream import (
    audited_in,
    creation_of,
    emptying_of,
    member_taken_in,
    pool_change_in,
    recovery_of,
    removed_webhook_in,
    replacement_of,
    status_change_of,
    unconfigured_instance_of,
)
from swiftcache.domain.errors import DependencyUnavailable
from swiftcache.domain.pool import POOL
from swiftcache.use_cases.changes import pool_news, relay, start_resize

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    relayed: list[dict[str, Any]] = []
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        try:
            _relay(record)
        except Exception:
            # Order matters within an instance: the stream brings this record and all after it again.
            logger.exception("change not relayed", event_id=record["eventID"])
            failures = [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]
            break
        relayed.append(record)
    _keep_pool(relayed)
    return {"batchItemFailures": failures}


def _keep_pool(records: Iterable[dict[str, Any]]) -> None:
    """Once for all of them. If that fails, the schedule has it kept within a minute."""
    news = pool_news(filter(None, map(pool_change_in, records)), wiring.shelves())
    for name, value in (("PoolTakenOver", news.taken_over), ("PoolMissed", news.missed)):
        if value:
            metrics.add_metric(name, MetricUnit.Count, value)
            metrics.flush_metrics()
    if news.work:
        try:
            wiring.keeping().start()
        except DependencyUnavailable:
            logger.warning("the warm pool is not kept at once", exc_info=True)


def _relay(record: dict[str, Any]) -> None:
    if entry := audited_in(record):
        if entry.organization_id != POOL:
            wiring.events().publish_audited(entry)
    elif webhook_id := removed_webhook_in(record):
        wiring.signing_secrets().forget(webhook_id)
    elif target := emptying_of(record):
        wiring.emptying().start(target, attempt=0)
    elif change := status_change_of(record):
        relay(change, wiring.events(), wiring.workflows(), member_taken_in(record))
        if creation := creation_of(record):
            wiring.creations().add(creation)
    else:
        _follow(record)


def _follow(record: dict[str, Any]) -> None:
    """What a change of configuration, or a lost task, asks for."""
    if replacement := replacement_of(record):
        start_resize(replacement, wiring.workflows())
    if recovering := recovery_of(record):
        wiring.recovery_workflow().start(recovering)
    if unconfigured := unconfigured_instance_of(record):
        wiring.configurator().start(unconfigured.organization_id, unconfigured.id)
