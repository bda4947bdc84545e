"""Starting the state machines.

A name is given away once: Step Functions answers ExecutionAlreadyExists for it, also after the execution ended (for
90 days). That makes starting the same work again harmless, whoever does it and why.
"""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.instances.model import Endpoint
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.workflow_names import creation_name
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StepFunctionsWorkflows:
    def __init__(self, client: "SFNClient", provision_arn: str, deprovision_arn: str, resize_arn: str) -> None:
        self._client = client
        self._provision_arn = provision_arn
        self._deprovision_arn = deprovision_arn
        self._resize_arn = resize_arn

    def provision(self, target: Target, member: Endpoint | None = None) -> None:
        name = creation_name(target.instance_id, from_pool=member is not None)
        _start(self._client, self._provision_arn, name, {**_input(target), **_member(member)})

    def delete(self, target: Target, attempt: int) -> None:
        _start(
            self._client,
            self._deprovision_arn,
            f"delete-{target.instance_id}-{attempt}",
            {**_input(target), "mode": "DELETE", "attempt": attempt},
        )

    def roll_back(self, target: Target, attempt: int, first_error: FirstError, recovery_id: str = "") -> None:
        of = f"{target.instance_id}-{recovery_id}" if recovery_id else target.instance_id
        _start(
            self._client,
            self._deprovision_arn,
            f"rollback-{of}-{attempt}",
            {
                **_input(target),
                "mode": "ROLLBACK",
                "attempt": attempt,
                "failure": {"error": first_error.error, "step": first_error.step},
            },
        )

    def resize(self, target: Target, change_id: str, attempt: int, first_error: FirstError | None = None) -> None:
        failure = {"failure": {"error": first_error.error, "step": first_error.step}} if first_error else {}
        _start(
            self._client,
            self._resize_arn,
            f"resize-{target.instance_id}-{change_id}-{attempt}",
            {**_input(target), "changeId": change_id, "attempt": attempt, **failure},
        )


def _start(client: "SFNClient", machine: str, name: str, execution_input: dict[str, object]) -> None:
    try:
        with passing_errors_as_unavailable("the workflow service"):
            client.start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(execution_input, sort_keys=True)
            )
    except ClientError as error:
        if code_of(error) != "ExecutionAlreadyExists":
            raise


def _member(member: Endpoint | None) -> dict[str, object]:
    if member is None:
        return {}
    return {"member": {"address": member.address, "port": member.port, "task": member.task}}


def _input(target: Target) -> dict[str, object]:
    return {
        "organizationId": target.organization_id,
        "instanceId": target.instance_id,
        "requestId": target.request_id,
    }
