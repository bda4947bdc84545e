"""KeepBackups: every minute, begins the backups that are due and removes those that have had their time.

The schedule's event asks for nothing in particular. The stream's names those that are to be looked at at once.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.backups.keeping import BackupKeeper, KeepWork, Kept
from swiftcache.backups.ports import KeepTargets
from swiftcache.backups.wiring import backup_keeper
from swiftcache.platform.aws import now
from swiftcache.platform.injector import PROCESS, Injector

SECONDS = 50
"""Of a pass at most. The function's time-out is longer, and the next pass begins after a minute in any case."""

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


def handler(event: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    keeper = backup_keeper(injector)
    end = now(injector)() + timedelta(seconds=SECONDS)
    if "backups" in event:
        again(tell(keeper.run_for(targets_of(event), end)))
        return
    publish(tell(keeper.run(f"keep-{context.aws_request_id}", end)), keeper)


def targets_of(event: dict[str, Any]) -> KeepTargets:
    return KeepTargets(
        [(backup["organizationId"], backup["backupId"]) for backup in event["backups"]],
        [(instance["organizationId"], instance["instanceId"]) for instance in event["instances"]],
    )


def tell(turns: Iterable[Kept]) -> list[Kept]:
    """To the log."""
    kept = []
    for turn in turns:
        kept.append(turn)
        if turn.error:
            logger.error("not kept", target=turn.id, work=turn.work, exc_info=turn.error)
        elif turn.work in (KeepWork.SKIPPED, KeepWork.FAILED):
            logger.warning("kept", target=turn.id, work=turn.work)
        else:
            logger.info("kept", target=turn.id, work=turn.work)
    return kept


def again(kept: Iterable[Kept]) -> None:
    """Lambda asks again, twice, if something failed: what a schedule does not keep is due with its next backup only."""
    for turn in kept:
        if turn.error:
            raise turn.error


def publish(kept: Iterable[Kept], keeper: BackupKeeper) -> None:
    """The pass's figures for CloudWatch."""
    metrics.add_metric("BackupsNotKept", MetricUnit.Count, sum(turn.error is not None for turn in kept))
    metrics.add_metric("BackupsLate", MetricUnit.Seconds, keeper.lateness().total_seconds())
    metrics.flush_metrics()
