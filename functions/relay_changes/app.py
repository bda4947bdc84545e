"""The table's stream: publishes each change, and makes sure that the work it asks for is under way."""

from collections.abc import Iterable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from swiftcache.backups.wiring import backup_starter, keep_trigger
from swiftcache.configuration.wiring import configure_trigger
from swiftcache.events.model import Event, NotPublished
from swiftcache.events.wiring import events
from swiftcache.fleet.wiring import emptying
from swiftcache.networks.wiring import network_trigger
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.pool.wiring import pool_reconcile_trigger, pool_targets
from swiftcache.provisioning.wiring import workflows
from swiftcache.recovery.wiring import recovery_workflow
from swiftcache.stream.backup_records import keep_targets
from swiftcache.stream.records import (
    begun_backup_in,
    creation_of,
    emptying_of,
    event_in,
    generation_in,
    member_taken_in,
    pool_change_in,
    recovery_of,
    removed_webhook_in,
    replacement_of,
    status_change_of,
    unconfigured_instance_of,
    unlimited_instance_of,
)
from swiftcache.stream.service import pool_news, start_resize, start_work
from swiftcache.timeline.wiring import creations
from swiftcache.webhooks.wiring import signing_secrets

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    records: list[dict[str, Any]] = event["Records"]
    started, happened = _start_all(records, injector)
    relayed = _publish(happened, started, injector)
    _reconcile_pool(records[:relayed], injector)
    _keep_backups(records[:relayed], injector)
    # Order matters within an instance: the stream brings the first that failed and all after it again.
    failed = records[relayed : relayed + 1]
    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in failed]}


def _start_all(records: list[dict[str, Any]], injector: Injector) -> tuple[int, list[tuple[int, Event]]]:
    """Starts what each record asks for, up to the first that fails.

    Answers how many that were, and their events, each with the index of its record.
    """
    happened: list[tuple[int, Event]] = []
    for index, record in enumerate(records):
        try:
            _start(record, injector)
            if told := event_in(record):
                happened.append((index, told))
        except Exception:
            logger.exception("change not relayed", event_id=record["eventID"])
            return index, happened
    return len(records), happened


def _publish(happened: list[tuple[int, Event]], started: int, injector: Injector) -> int:
    """Publishes the events of so many records, all at once; answers how many of the records are then relayed."""
    try:
        if happened:
            events(injector).publish([told for _, told in happened])
    except NotPublished as error:
        index, told = happened[error.first]
        logger.exception("change not published", event_id=told.id)
        return index
    return started


def _reconcile_pool(records: Iterable[dict[str, Any]], injector: Injector) -> None:
    """Once for all of them. If that fails, the schedule starts a pass within a minute."""
    news = pool_news(filter(None, map(pool_change_in, records)), pool_targets(injector))
    for name, value in (("PoolTakenOver", news.taken_over), ("PoolMissed", news.missed)):
        if value:
            metrics.add_metric(name, MetricUnit.Count, value)
            metrics.flush_metrics()
    if news.work:
        try:
            pool_reconcile_trigger(injector).start()
        except DependencyUnavailable:
            logger.warning("no pass over the warm pool at once", exc_info=True)


def _keep_backups(records: Iterable[dict[str, Any]], injector: Injector) -> None:
    """Once for all of them. If that fails, the schedule's next pass does it."""
    if targets := keep_targets(records):
        try:
            keep_trigger(injector).start(targets)
        except DependencyUnavailable:
            logger.warning("backups not looked at at once", exc_info=True)


def _start(record: dict[str, Any], injector: Injector) -> None:
    if webhook_id := removed_webhook_in(record):
        signing_secrets(injector).forget(webhook_id)
    elif backup := begun_backup_in(record):
        backup_starter(injector).start(backup)
    elif target := emptying_of(record):
        emptying(injector).start(target, attempt=0)
    elif change := status_change_of(record):
        start_work(change, workflows(injector), member_taken_in(record), generation_in(record))
        if creation := creation_of(record):
            creations(injector).add(creation)
    else:
        _follow(record, injector)


def _follow(record: dict[str, Any], injector: Injector) -> None:
    """What a change of configuration, or a lost task, asks for."""
    if replacement := replacement_of(record):
        start_resize(replacement, workflows(injector))
    if recovering := recovery_of(record):
        recovery_workflow(injector).start(recovering)
    if unconfigured := unconfigured_instance_of(record):
        configure_trigger(injector).start(unconfigured.organization_id, unconfigured.id)
    if unlimited := unlimited_instance_of(record):
        network_trigger(injector).start(unlimited.organization_id, unlimited.id)
