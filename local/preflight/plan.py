"""What is to be deployed: the stack's name, where to, with which parameters, and how many instances are expected."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from local.template import Template
from swiftcache.instances.sizes import SIZES
from swiftcache.pool.model import PoolTarget, parse_pool_targets

PREFIX = "/hostedzone/"
_SECRET = re.compile(r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+")
_UNITS = 1024
"""Fargate's units of a vCPU."""

SMALLEST_VCPU = SIZES[0].cpu / _UNITS


@dataclass(frozen=True, slots=True)
class Standing:
    """The stack as it is deployed now: its parameters, the names that its resources have in AWS, and its outputs.

    What it has given up, as the table after a rollback, is none of its resources.
    """

    status: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    resources: frozenset[str] = frozenset()
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_updated(self) -> bool:
        """Whether this deployment is an update of it. One that was only planned, or rolled back, has no resources."""
        return self.status not in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")


@dataclass(frozen=True, slots=True)
class Plan:
    """`given` are the parameters that somebody gave; `trusted` the roots (DER) that this machine trusts."""

    stack: str
    region: str
    given: Mapping[str, str]
    template: Template
    now: datetime
    account: str = ""
    partition: str = "aws"
    instances: int = 0
    trusted: frozenset[bytes] = frozenset()
    standing: Standing | None = None

    def parameter(self, name: str) -> str:
        """Its value; empty if a required one is not given."""
        return self.given.get(name, str(self.template.parameters[name].get("Default", "")))

    @property
    def zone(self) -> str:
        """The hosted zone's id, also where it was given as Route 53 tells it."""
        return self.parameter("HostedZoneId").removeprefix(PREFIX)

    @property
    def domain(self) -> str:
        return self.parameter("DomainName").lower()

    @property
    def is_private(self) -> bool:
        return self.parameter("NetworkMode") == "private"

    @property
    def makes_private_tasks(self) -> bool:
        return self.parameter("NetworkMode") != "public"

    @property
    def functions_are_inside(self) -> bool:
        """Those that speak to Redis are in its network."""
        return functions_are_inside(self.parameter("NetworkMode"), self.parameter("Port6380"))

    @property
    def makes_vpc(self) -> bool:
        """Whether the network is the stack's own."""
        return not self.parameter("VpcId")

    @property
    def is_update(self) -> bool:
        return self.standing is not None and self.standing.is_updated

    @property
    def pool(self) -> tuple[PoolTarget, ...]:
        return _pool(self.parameter("WarmPool"))

    @property
    def pool_vcpu(self) -> float:
        """What the warm pool's tasks take."""
        return sum(target.size.cpu * target.members for target in self.pool) / _UNITS

    @property
    def new_tasks(self) -> int:
        """The expected instances, and the pool's members that do not run yet."""
        standing = _pool(self.standing.parameters.get("WarmPool", "")) if self.standing else ()
        return self.instances + max(0, _members(self.pool) - _members(standing))


def is_secret(arn: str) -> bool:
    """Whether it is an ARN with which Secrets Manager can be asked."""
    return _SECRET.fullmatch(arn) is not None


def functions_are_inside(mode: str, port: str) -> bool:
    """As the template decides it by NetworkMode and Port6380."""
    return (mode, port) != ("public", "open")


def _pool(text: str) -> tuple[PoolTarget, ...]:
    """None where WarmPool is wrong: a line of its own says that."""
    try:
        return parse_pool_targets(text)
    except ValueError:
        return ()


def _members(pool: tuple[PoolTarget, ...]) -> int:
    return sum(target.members for target in pool)
