"""Having the warm pool kept at once."""

import json
from typing import TYPE_CHECKING

from swiftcache.adapters.aws_errors import passing_errors_as_unavailable
from swiftcache.domain.pool_ports import PoolNews

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaKeeping:
    """`function` is its name or ARN."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def start(self, news: PoolNews) -> None:
        payload = json.dumps({"takenOver": news.taken_over, "missed": news.missed}).encode()
        with passing_errors_as_unavailable("the keeper of the warm pool"):
            self._client.invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)
