"""A fleet each of whose instances is in use at every moment, for passes of metrics that are counted and not timed."""

import random
import secrets
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.metrics.key_usage import Connection
from swiftcache.metrics.model import LiveFigures, RedisSample
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.tokens import new_control_password, new_id
from tests.bench.dynamodb_units import Item
from tests.bench.records import EACH, running_instance
from tests.fakes.metrics import FakeReader
from tests.fakes.redis import FakeCredentials

_SEED = 11
_OWN = Counters(commands=3, bytes_in=270, bytes_out=4300)


def items(instances: int) -> list[Item]:
    """Running instances in organizations of EACH, with ids as long and as random as real ones."""
    organizations = [new_id("org") for _ in range(-(-instances // EACH))]
    pattern = running_instance()
    return [_item(pattern, organizations[number // EACH]) for number in range(instances)]


def _item(pattern: Instance, organization: str) -> Item:
    name = new_id("inst")
    endpoint = Endpoint(
        "203.0.113.9", 6379, f"arn:aws:ecs:eu-central-1:123456789012:task/swiftcache/{secrets.token_hex(16)}"
    )
    keys = tuple(replace(key, id=new_id("key"), sha256=secrets.token_hex(32)) for key in pattern.keys)
    made = replace(pattern, id=name, organization_id=organization, endpoint=endpoint, keys=keys)
    found: Any = instance_item(replace(made, hostname=f"{name[5:]}.redis.example.com"))
    return dict(found)


class Passwords(FakeCredentials):
    """Counts how often it is asked."""

    asked = 0

    def control_password(self, instance_id: str) -> str:
        self.asked += 1
        return new_control_password()


@dataclass
class BusyReader(FakeReader):
    """The Redis of every instance. Between two scrapes each has done something else, and no two the same."""

    drawn: random.Random = field(default_factory=lambda: random.Random(_SEED))
    runs: dict[str, str] = field(default_factory=dict)
    counted: dict[str, Counters] = field(default_factory=dict)
    scrapes: Counter[str] = field(default_factory=Counter)

    def read(self, instance: Instance, password: str, *, connections: bool, patient: bool = False) -> RedisSample:
        draw = self.drawn.randrange
        self.scrapes[instance.id] += 1
        did = Counters(draw(50_000), draw(9_000_000), draw(30_000_000), draw(30_000), draw(9_000), draw(300))
        after = self.counted[instance.id] = self.counted.get(instance.id, NOTHING) + did + _OWN
        live = LiveFigures(
            draw(2**27), 2**27, draw(90_000), draw(50), draw(9_000), after.hits, after.misses, after.evictions
        )
        used = tuple(Connection(key.id, draw(9_000), draw(50)) for key in instance.keys)
        run = self.runs.setdefault(instance.id, secrets.token_hex(20))
        return RedisSample(run, after, _OWN, NOTHING, live, used)
