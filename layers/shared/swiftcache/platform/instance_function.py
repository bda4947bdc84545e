"""Asking a function of ours to make an instance as its record wants it, in the background or while somebody waits."""

import json
from typing import TYPE_CHECKING, Literal

from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class InstanceFunction:
    """`function` is its name or ARN, `about` says in an error what is not available without it.

    The client's time-outs limit how long `run` takes.
    """

    def __init__(self, client: "LambdaClient", function: str, about: str) -> None:
        self._client = client
        self._function = function
        self._about = about

    def start(self, organization_id: str, instance_id: str) -> None:
        """Has it run soon. Raises DependencyUnavailable."""
        self._invoke("Event", organization_id, instance_id)

    def run(self, organization_id: str, instance_id: str) -> bool:
        """False if that did not work, or not in time."""
        try:
            return self._invoke("RequestResponse", organization_id, instance_id)
        except DependencyUnavailable:
            return False

    def _invoke(self, kind: Literal["Event", "RequestResponse"], organization_id: str, instance_id: str) -> bool:
        """Whether it was accepted, or done without an error."""
        payload = json.dumps({"organizationId": organization_id, "instanceId": instance_id}).encode()
        with passing_errors_as_unavailable(self._about):
            answer = self._client.invoke(FunctionName=self._function, InvocationType=kind, Payload=payload)
        # The function has logged what went wrong.
        return not answer.get("FunctionError")
