"""Asking the reconciler to look at one instance."""

import json
from typing import TYPE_CHECKING

from swiftcache.platform.aws_errors import passing_errors_as_unavailable

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaReconcileTrigger:
    """`function` is its name or ARN."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def start(self, organization_id: str, instance_id: str) -> None:
        payload = json.dumps({"organizationId": organization_id, "instanceId": instance_id}).encode()
        with passing_errors_as_unavailable("the reconciler"):
            self._client.invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)
