"""Looking into a Redis from where neither its password nor its address may be known: another function does it."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from swiftcache.instances.model import Instance
from swiftcache.metrics.model import LiveFigures
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import RedisUnreachable

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaInspector:
    """`function` is the name or ARN of InspectRedis. The client's time-outs limit how long this takes."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def inspect(self, instance: Instance) -> LiveFigures:
        target = {"organizationId": instance.organization_id, "instanceId": instance.id}
        with passing_errors_as_unavailable("the inspection of instances"):
            answer = self._client.invoke(FunctionName=self._function, Payload=json.dumps(target).encode())
        # The function has logged what went wrong.
        if answer.get("FunctionError"):
            raise RedisUnreachable(f"the Redis of {instance.id} does not answer; please try again")
        return live_figures_of(json.loads(answer["Payload"].read()))


def live_figures_map(figures: LiveFigures) -> dict[str, int]:
    """What InspectRedis answers."""
    return asdict(figures)


def live_figures_of(answer: dict[str, Any]) -> LiveFigures:
    return LiveFigures(**answer)
