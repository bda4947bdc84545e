"""RenewCertificate: every hour, notes which certificate new tasks get, and has it renewed when its time has come.

Reads and writes the certificate's secret. {"force": true} renews it now, whenever it ends.
"""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from swiftcache.certificates.keeping import KeepResult, Outcome
from swiftcache.certificates.wiring import certificate_keeper
from swiftcache.platform.injector import PROCESS, Injector

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    failing = True
    try:
        result = certificate_keeper(injector).run(force=event.get("force", False))
        failing = result.failing
    finally:
        metrics.add_metric("RenewalFailing", MetricUnit.Count, failing)
        metrics.flush_metrics()
    tell(result)
    return answer(result)


def tell(result: KeepResult) -> None:
    current, failure = result.state.current, result.state.failure
    match result.outcome:
        case Outcome.FAILED if failure:
            logger.error("not renewed", code=failure.code, reason=failure.message, since=failure.since)
        case Outcome.RENEWED if current:
            logger.info("renewed", not_after=current.not_after, fingerprint=current.sha256_fingerprint)


def answer(result: KeepResult) -> dict[str, Any]:
    """For who calls it by hand."""
    current, failure = result.state.current, result.state.failure
    return {
        "outcome": result.outcome.value,
        "certificate": {
            "notAfter": current.not_after,
            "sha256Fingerprint": current.sha256_fingerprint,
            "names": list(current.names),
        }
        if current
        else None,
        "failure": {"code": failure.code, "message": failure.message, "since": failure.since} if failure else None,
    }
