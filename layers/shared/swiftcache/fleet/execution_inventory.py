"""Executions of the state machines: which run, which was the last of its kind, and stopping one."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.fleet.ports import Attempt, WorkflowKind
from swiftcache.fleet.step_input import first_error_in
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.provisioning.step_input import own_error

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_SERVICE = "the workflow service"
_OWNER = re.compile(r"[a-z]+-((?:inst|org)_[a-z0-9]+)(?:_\d+)?(?:-|$)")


class RunningExecutions:
    """The executions of one machine that run, by the owners in their names."""

    def __init__(self, client: "SFNClient", machine: str) -> None:
        self._client = client
        self._machine = machine

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        after: Any = {"nextToken": token} if token else {}
        with passing_errors_as_unavailable(_SERVICE):
            listed = self._client.list_executions(
                stateMachineArn=self._machine, statusFilter="RUNNING", maxResults=1000, **after
            )
        found = [
            CloudResource(ResourceKind.EXECUTION, execution["executionArn"], named[1])
            for execution in listed["executions"]
            if (named := _OWNER.match(execution["name"]))
        ]
        return found, listed.get("nextToken")


class StepFunctionsExecutions:
    """`machines` are their ARNs."""

    def __init__(self, client: "SFNClient", machines: Mapping[WorkflowKind, str]) -> None:
        self._client = client
        self._machines = machines

    def find(self, kind: WorkflowKind, name: str) -> Attempt | None:
        detail = self._described(kind, name)
        return _attempt(0, detail) if detail else None

    def latest(self, kind: WorkflowKind, name: str) -> Attempt | None:
        """By doubling and halving: attempts that repeat for weeks are hundreds."""
        seen: dict[int, Any] = {}

        def is_there(number: int) -> bool:
            if number not in seen:
                seen[number] = self._described(kind, f"{name}-{number}")
            return seen[number] is not None

        # A rollback 0 is the provisioning's own: one that is stopped before has none, and the next is 1.
        first = 0 if is_there(0) else 1
        count = 1
        while is_there(first + count - 1):
            count *= 2
        last = first + bisect_left(range(count), True, key=lambda number: not is_there(first + number)) - 1
        return _attempt(last, seen[last]) if last >= first else None

    def stop(self, execution: CloudResource) -> None:
        with passing_errors_as_unavailable(_SERVICE):
            self._client.stop_execution(
                executionArn=execution.name, error="Orphaned", cause=f"{execution.owner} is not in the record"
            )

    def _described(self, kind: WorkflowKind, name: str) -> Any:
        arn = f"{self._machines[kind].replace(':stateMachine:', ':execution:')}:{name}"
        try:
            with passing_errors_as_unavailable(_SERVICE):
                return self._client.describe_execution(executionArn=arn)
        except ClientError as error:
            if code_of(error) == "ExecutionDoesNotExist":
                return None
            raise


def _attempt(number: int, detail: Any) -> Attempt:
    return Attempt(number, detail["status"] == "RUNNING", first_error_in(detail), own_error(detail).error)
