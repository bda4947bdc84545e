"""What other functions do: looking into a Redis from where its password may not be known, and shards of a pass."""

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from swiftcache.instances.items import INSTANCE_CODEC
from swiftcache.instances.model import Instance
from swiftcache.metrics.figures import FleetFigures, fleet_figures_of
from swiftcache.metrics.model import LIVE_FIRST, LiveFigures
from swiftcache.metrics.slow_commands import SlowCommand, slow_commands_of
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable, RedisUnreachable

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaInspector:
    """`function` is the name or ARN of InspectRedis. The client's time-outs limit how long this takes."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def inspect(self, instance: Instance) -> LiveFigures:
        return live_figures_of(self._ask(instance, limits=True))

    def slow_commands(self, instance: Instance, limit: int) -> Sequence[SlowCommand]:
        return slow_commands_of(self._ask(instance, slowCommands=limit))

    def _ask(self, instance: Instance, **more: int) -> Any:
        target = {"organizationId": instance.organization_id, "instanceId": instance.id, **more}
        with passing_errors_as_unavailable("the inspection of instances"):
            answer = self._client.invoke(FunctionName=self._function, Payload=json.dumps(target).encode())
        # The function has logged what went wrong.
        if answer.get("FunctionError"):
            raise RedisUnreachable(f"the Redis of {instance.id} does not answer; please try again")
        return json.loads(answer["Payload"].read())


def live_figures_map(figures: LiveFigures, limits: bool) -> dict[str, int | None]:
    """What InspectRedis answers; with what its limits closed only to who asks, since others take no more fields."""
    found: dict[str, int | None] = asdict(figures)
    return found if limits else {name: found[name] for name in LIVE_FIRST}


def live_figures_of(answer: dict[str, Any]) -> LiveFigures:
    return LiveFigures(**answer)


class LambdaShards:
    """`function` is the name or ARN of ScrapeShard. The client's time-outs limit how long a shard may take."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def scrape(self, instances: Sequence[Instance]) -> FleetFigures:
        with passing_errors_as_unavailable("the scraping of a shard"):
            answer = self._client.invoke(
                FunctionName=self._function,
                Payload=json.dumps(
                    {"instances": packed_instances(instances), "limits": True, "certificates": True}
                ).encode(),
            )
        # The function has logged what went wrong.
        if answer.get("FunctionError"):
            raise DependencyUnavailable(f"a shard of {len(instances)} instances was not scraped")
        return fleet_figures_of(json.loads(answer["Payload"].read()))


def packed_instances(instances: Sequence[Instance]) -> str:
    """Instances for an invocation, which takes 6 MB. Hashes of keys stay where they are: no scrape needs them."""
    told = [replace(one, keys=tuple(replace(key, sha256="") for key in one.keys)) for one in instances]
    plain = [INSTANCE_CODEC.encode(replace(one, configuration_runs=frozenset())) for one in told]
    return base64.b64encode(zlib.compress(json.dumps(plain).encode(), level=1)).decode()


def unpacked_instances(packed: str) -> list[Instance]:
    return [INSTANCE_CODEC.decode(one) for one in json.loads(zlib.decompress(base64.b64decode(packed)))]
