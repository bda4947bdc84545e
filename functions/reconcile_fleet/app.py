"""ReconcileFleet: every five minutes, or for one instance at once, removes what belongs to nobody and resumes work.

The schedule's event asks for nothing in particular. An operator's may: `{"dryRun": true}` lists and changes nothing,
`{"limit": 50}` lets so many owners' resources be removed at once, `{"backups": true}` looks at the backups of all
organizations, and not only of those whose turn it is. `{"organizationId": …, "instanceId": …}` is about
one.
"""

from collections.abc import Iterable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.fleet.findings import CORRECT, FAIL, RECOVER, REFUSE, RESUME, WAIT, Finding, ReconcileRequest, Report
from swiftcache.fleet.reconciler_wiring import instance_reconciler, reconciler
from swiftcache.fleet.removal import RemovalMethod
from swiftcache.instances.ports import Target
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.injector import PROCESS, Injector

SPARE_MILLISECONDS = 60_000
"""What is kept of the function's time for the page under way, and for the end of the pass."""

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


def handler(event: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> dict[str, Any]:
    request_id = f"reconcile-{context.aws_request_id}"
    if "instanceId" in event:
        target = Target(event["organizationId"], event["instanceId"], request_id)
        return {"started": instance_reconciler(injector).run(target)}
    request = ReconcileRequest(request_id, event.get("limit"), event.get("dryRun", False), event.get("backups", False))
    try:
        report = reconciler(injector).run(request, lambda: context.get_remaining_time_in_millis() < SPARE_MILLISECONDS)
    except RecordChanged:
        logger.warning("another pass is on its way")
        return {"complete": False, "findings": []}
    if not request.dry_run:
        tell(report.findings)
        publish(report)
    return {"complete": report.complete, "findings": [listed(finding) for finding in report.findings]}


def tell(findings: Iterable[Finding]) -> None:
    """To the log. The resource is in one field, as its own names could be those of the log."""
    for finding in findings:
        if finding.error:
            logger.error("not reconciled", finding=listed(finding), exc_info=finding.error)
        elif finding.action == REFUSE:
            logger.error("refused to remove so much without the operator", finding=listed(finding))
        elif finding.action == WAIT:
            logger.info("candidate", finding=listed(finding))
        else:
            logger.warning("reconciled", finding=listed(finding))


def publish(report: Report) -> None:
    """The pass's figures for CloudWatch. Of a pass that is not complete those that it has."""
    counts = {
        "OrphansFound": report.orphans,
        "OrphansRemoved": report.done(*RemovalMethod),
        "OrphansRefused": report.done(REFUSE),
        "CountsCorrected": report.done(CORRECT),
        "WorkResumed": report.done(RESUME),
        "TasksLost": report.done(RECOVER),
        "BackupsLost": sum(finding.action == FAIL and not finding.error for finding in report.findings),
        "NotReconciled": sum(finding.error is not None for finding in report.findings),
        "PassesCompleted": int(report.complete),
    }
    for name, value in counts.items():
        metrics.add_metric(name, MetricUnit.Count, value)
    metrics.flush_metrics()


def listed(finding: Finding) -> dict[str, Any]:
    """A finding as it is shown, without what it has not."""
    shown = {
        "kind": finding.kind,
        "name": finding.name,
        "owner": finding.owner,
        "firstSeen": finding.first_seen,
        "action": str(finding.action),
        "error": str(finding.error) if finding.error else None,
    }
    return {name: value for name, value in shown.items() if value is not None}
