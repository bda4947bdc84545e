"""Instances to test with."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from swiftcache.domain.instance import EvictionPolicy, Instance, InstanceKey, NewInstance
from swiftcache.domain.sizes import MIB
from swiftcache.domain.status import Reason, Status

ORGANIZATION = "org_1"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
AT = "2026-01-02T03:04:05.678Z"


def an_instance(**different: Any) -> Instance:
    instance = Instance(
        id="inst_a1",
        organization_id=ORGANIZATION,
        name="my-redis",
        status=Status.PROVISIONING,
        max_memory=512 * MIB,
        region="eu-central",
        eviction_policy=EvictionPolicy.ALLKEYS_LRU,
        created_at="2026-01-02T03:04:05Z",
        changed_at=AT,
        reason=Reason.CREATED.value,
        request_id="request-1",
        keys=(InstanceKey("key_1", "my-redis-default", "ab" * 32, "2026-01-02T03:04:05Z"),),
    )
    return replace(instance, **different)


def a_request(**different: Any) -> NewInstance:
    return replace(NewInstance(ORGANIZATION, "my-redis", 512 * MIB, "eu-central"), **different)
