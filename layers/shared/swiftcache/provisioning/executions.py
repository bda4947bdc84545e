"""Starting the state machines that make, change and remove an instance."""

from typing import TYPE_CHECKING

from swiftcache.instances.model import Endpoint
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.workflow_names import creation_name, life_name
from swiftcache.platform.executions import start_execution

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StepFunctionsWorkflows:
    def __init__(self, client: "SFNClient", provision_arn: str, deprovision_arn: str, resize_arn: str) -> None:
        self._client = client
        self._provision_arn = provision_arn
        self._deprovision_arn = deprovision_arn
        self._resize_arn = resize_arn

    def provision(self, target: Target, member: Endpoint | None = None) -> None:
        name = creation_name(target.instance_id, generation=target.generation, from_pool=member is not None)
        start_execution(self._client, self._provision_arn, name, {**target_input(target), **_member(member)})

    def delete(self, target: Target, attempt: int, dns_name: str | None = None) -> None:
        start_execution(
            self._client,
            self._deprovision_arn,
            f"delete-{_life(target)}-{attempt}",
            {
                **target_input(target),
                "mode": "DELETE",
                "attempt": attempt,
                **({"dnsName": dns_name} if dns_name else {}),
            },
        )

    def roll_back(self, target: Target, attempt: int, first_error: FirstError, recovery_id: str = "") -> None:
        of = f"{target.instance_id}-{recovery_id}" if recovery_id else _life(target)
        start_execution(
            self._client,
            self._deprovision_arn,
            f"rollback-{of}-{attempt}",
            {
                **target_input(target),
                "mode": "ROLLBACK",
                "attempt": attempt,
                "failure": {"error": first_error.error, "step": first_error.step},
            },
        )

    def resize(self, target: Target, change_id: str, attempt: int, first_error: FirstError | None = None) -> None:
        failure = {"failure": {"error": first_error.error, "step": first_error.step}} if first_error else {}
        start_execution(
            self._client,
            self._resize_arn,
            f"resize-{target.instance_id}-{change_id}-{attempt}",
            {**target_input(target), "changeId": change_id, "attempt": attempt, **failure},
        )


def _member(member: Endpoint | None) -> dict[str, object]:
    if member is None:
        return {}
    return {
        "member": {
            "address": member.address,
            "privateAddress": member.private_address,
            "port": member.port,
            "task": member.task,
        }
    }


def _life(target: Target) -> str:
    return life_name(target.instance_id, target.generation)


def target_input(target: Target) -> dict[str, object]:
    """What every machine that is about an instance takes."""
    return {
        "organizationId": target.organization_id,
        "instanceId": target.instance_id,
        "requestId": target.request_id,
        **({"generation": target.generation} if target.generation else {}),
    }
