"""Asking the functions that may do it: ControlNetwork to change a security group, ControlRedis to close connections."""

import json
from typing import TYPE_CHECKING

from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.instance_function import InstanceFunction

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaNetworkTrigger:
    """`function` is its name or ARN. The client's time-outs limit how long `control` takes."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._function = InstanceFunction(client, function, "the network of instances")

    def start(self, organization_id: str, instance_id: str) -> None:
        self._function.start(organization_id, instance_id)

    def control(self, organization_id: str, instance_id: str) -> bool:
        return self._function.run(organization_id, instance_id)


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
