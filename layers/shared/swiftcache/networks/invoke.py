"""Asking the functions that may do it: ControlNetwork to change a security group, ControlRedis to close connections."""

import json
from typing import TYPE_CHECKING, Literal

from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaNetworkTrigger:
    """`function` is its name or ARN. The client's time-outs limit how long `control` takes."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def start(self, organization_id: str, instance_id: str) -> None:
        self._invoke("Event", organization_id, instance_id)

    def control(self, organization_id: str, instance_id: str) -> bool:
        try:
            return self._invoke("RequestResponse", organization_id, instance_id)
        except DependencyUnavailable:
            return False

    def _invoke(self, kind: Literal["Event", "RequestResponse"], organization_id: str, instance_id: str) -> bool:
        """Whether it was accepted, or done without an error."""
        payload = json.dumps({"organizationId": organization_id, "instanceId": instance_id}).encode()
        with passing_errors_as_unavailable("the network of instances"):
            answer = self._client.invoke(FunctionName=self._function, InvocationType=kind, Payload=payload)
        # The function has logged what went wrong.
        return not answer.get("FunctionError")


class LambdaConnections:
    """`function` is ControlRedis's name or ARN: it reaches Redis, and what may change security groups does not."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def close_others(self, organization_id: str, instance_id: str) -> None:
        given = {"step": "CloseOthers", "organizationId": organization_id, "instanceId": instance_id}
        with passing_errors_as_unavailable("the configuration of instances"):
            answer = self._client.invoke(FunctionName=self._function, Payload=json.dumps(given).encode())
        if answer.get("FunctionError"):
            raise DependencyUnavailable(f"connections of {instance_id} could not be closed")
