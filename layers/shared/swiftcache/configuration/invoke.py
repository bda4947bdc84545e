"""Asking ControlRedis, the function that can reach Redis and may know its password, to configure an instance."""

from typing import TYPE_CHECKING

from swiftcache.platform.instance_function import InstanceFunction

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaConfigureTrigger:
    """`function` is its name or ARN. The client's time-outs limit how long `configure` takes."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._function = InstanceFunction(client, function, "the configuration of instances")

    def start(self, organization_id: str, instance_id: str) -> None:
        self._function.start(organization_id, instance_id)

    def configure(self, organization_id: str, instance_id: str) -> bool:
        return self._function.run(organization_id, instance_id)
