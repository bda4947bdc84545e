"""Starting the state machine that empties an organization."""

from typing import TYPE_CHECKING

from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.platform.executions import start_execution

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StepFunctionsEmptying:
    def __init__(self, client: "SFNClient", empty_arn: str) -> None:
        self._client = client
        self._empty_arn = empty_arn

    def start(self, target: EmptyingTarget, attempt: int) -> None:
        start_execution(
            self._client,
            self._empty_arn,
            f"empty-{target.organization_id}-{target.status_version}-{attempt}",
            {
                "organizationId": target.organization_id,
                "statusVersion": target.status_version,
                "requestId": target.request_id,
                "attempt": attempt,
            },
        )
