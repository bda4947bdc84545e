"""Synthetic records: organizations with running instances, an account key, and the requests about them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from swiftcache.access.identity import Role
from swiftcache.instances.items import instance_item
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.organizations.items import lookup_item, organization_item
from swiftcache.organizations.membership import EffectiveAccess
from swiftcache.organizations.model import Limits, Organization, OrganizationStatus
from swiftcache.platform.timestamps import timestamp
from tests.bench.servers import PROJECT
from tests.bench.table import Table
from tests.samples import an_account_key, an_instance

NAME = "bench"
"""Of the table."""

ORGANIZATION = "org_bench0"
"""The first one."""

INSTANCE = "inst_0i0"
"""Its first instance."""

EACH = 100
"""Instances of an organization in a large fleet."""

_EVENTS = PROJECT / "events"
_MEMORY = 128 * MIB


def organization_id(number: int) -> str:
    return f"org_bench{number}"


def token(number: int) -> str:
    """The account key of an organization."""
    return f"sk_live_{number:032}"


def instance_id(number: int, organization: int = 0) -> str:
    """Of an organization's instances."""
    return f"inst_{organization}i{number}"


def instance_of_fleet(place: int) -> str:
    """In a fleet of organizations with EACH instances."""
    return instance_id(place % EACH, place // EACH)


def running_instance() -> Instance:
    """With two keys, as many as a rotation has."""
    keys = [InstanceKey(f"key_{name}", f"bench-{name}", "ab" * 32, "2026-01-02T03:04:05Z") for name in ("a", "b")]
    return an_instance(
        id=INSTANCE,
        organization_id=ORGANIZATION,
        status=Status.RUNNING,
        max_memory=_MEMORY,
        hostname=f"{INSTANCE}.redis.example.com",
        port=6379,
        endpoint=Endpoint("203.0.113.9", 6379, f"arn:aws:ecs:eu-central-1:123456789012:task/bench/{INSTANCE}"),
        control_password_at="2026-01-02T03:04:05Z",
        keys=tuple(keys),
    )


def seed(table: Table, sizes: Sequence[int]) -> None:
    """Fills a table with an organization of each size, in instances. What it uses is what its counts say."""
    pattern = json.dumps(instance_item(running_instance()))
    for number, instances in enumerate(sizes):
        owner = organization_id(number)
        table.add(_organization(owner, instances))
        table.add(_lookup(number))
        own = pattern.replace(ORGANIZATION, owner)
        for instance in range(instances):
            table.add(json.loads(own.replace(INSTANCE, instance_id(instance, number))))


def _organization(organization: str, instances: int) -> dict[str, Any]:
    limits = Limits(1_000_000, 1_000_000 * _MEMORY)
    used = Limits(instances, instances * _MEMORY)
    made = Organization(organization, "Bench", OrganizationStatus.ACTIVE, "2026-01-02T03:04:05Z", limits, used)
    return dict(organization_item(made, version=1))


def _lookup(number: int) -> dict[str, Any]:
    plain = token(number)
    key = an_account_key(plain, organization_id=organization_id(number))
    # Used a moment ago: noting that anew is not a part of every request.
    used = {"lastUsedAt": {"S": timestamp(datetime.now(UTC))}}
    return {**lookup_item(EffectiveAccess(key, Role.OWNER, suspended=False)), **used}


def sample(name: str, organization: int = 0) -> Any:
    """The sample event of this name, about this organization and its first instance, and with its account key."""
    text = (_EVENTS / f"{name}.json").read_text(encoding="utf-8")
    names = {
        "inst_abc123xyz": instance_id(0, organization),
        "org_123": organization_id(organization),
        token(0): token(organization),
    }
    for written, meant in names.items():
        text = text.replace(written, meant)
    return json.loads(text)
