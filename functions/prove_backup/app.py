"""ProveBackup: has a backup restored into a Redis that serves nobody, and records what came of it.

It makes links to the backup and to the report, and gives them to the task alone.
"""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from swiftcache.backups.proof_input import proof_output, proof_target_of
from swiftcache.backups.proof_wiring import backup_prover
from swiftcache.platform.errors import CannotBeRestored
from swiftcache.platform.injector import PROCESS, Injector

logger = Logger()
metrics = Metrics(namespace="SwiftCache")


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> dict[str, Any]:
    target = proof_target_of(event)
    logger.append_keys(backup_id=target.backup_id, attempt=target.attempt)
    prover = backup_prover(injector)
    try:
        match event["step"]:
            case "StartProof":
                return proof_output(prover.start(target))
            case "RecordProof":
                prover.record(target, event["task"])
            case "PostponeProof":
                prover.postpone(target)
            case unknown:
                raise ValueError(f"there is no step {unknown}")
    except CannotBeRestored:
        metrics.add_metric("BackupsNotRestorable", MetricUnit.Count, 1)
        metrics.flush_metrics()
        raise
    return {}
