"""Starting the recovery machine."""

from typing import TYPE_CHECKING

from swiftcache.instances.ports import FirstError, Target
from swiftcache.platform.executions import start_execution
from swiftcache.provisioning.executions import target_input
from swiftcache.recovery.ports import Recovering

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StartedByTheStream:
    """Starts nothing: where Step Functions is out of reach, the table's stream starts what has begun in the record."""

    def start(self, recovering: Recovering, first_error: FirstError | None = None, last_error: str = "") -> None:
        pass


class StepFunctionsRecoveryWorkflow:
    def __init__(self, client: "SFNClient", recover_arn: str) -> None:
        self._client = client
        self._recover_arn = recover_arn

    def start(self, recovering: Recovering, first_error: FirstError | None = None, last_error: str = "") -> None:
        target = Target(recovering.organization_id, recovering.instance_id, recovering.recovery_id)
        failure = {"failure": {"error": first_error.error, "step": first_error.step}} if first_error else {}
        last = {"lastError": last_error} if last_error else {}
        start_execution(
            self._client,
            self._recover_arn,
            f"recover-{recovering.instance_id}-{recovering.recovery_id}-{recovering.attempt}",
            {
                **target_input(target),
                "recoveryId": recovering.recovery_id,
                "attempt": recovering.attempt,
                **failure,
                **last,
            },
        )
