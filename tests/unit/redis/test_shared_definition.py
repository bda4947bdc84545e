"""What a start brings with it fits into a start, and is the ACL file."""

import gzip
import json
from base64 import b64decode

import pytest

from local.aws.ecs import OVERRIDES
from swiftcache.configuration.keys import MAX_KEYS
from swiftcache.engines.model import EngineName
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.instances.settings import DEFAULT_SETTINGS, NOTIFY, SETTINGS, Number
from swiftcache.instances.sizes import MAX_MEMORY, SIZES, TaskSize
from swiftcache.platform.tokens import new_id, new_instance_key, sha256
from swiftcache.redis.acl import acl_file
from swiftcache.redis.options import redis_options
from swiftcache.redis.shared_definition import packed, shared_definition
from tests.samples import an_instance

LONGEST = DEFAULT_SETTINGS.changed(
    {
        NOTIFY: "g$lshzxeKEmn",
        **{name: kind.most if isinstance(kind, Number) else True for name, kind in SETTINGS.items()},
    }
)
AT = "2026-01-02T03:04:05Z"


def keys(count: int) -> list[InstanceKey]:
    roles = (KeyRole.READ_WRITE, KeyRole.READ_ONLY)
    return [
        InstanceKey(new_id("key"), "a key", sha256(new_instance_key()), AT, role=roles[n % 2]) for n in range(count)
    ]


def test_the_acl_comes_out_as_it_went_in_and_is_the_same_each_time() -> None:
    acl = acl_file(keys(3), "ab" * 32)
    assert gzip.decompress(b64decode(packed(acl))).decode() == acl
    assert packed(acl) == packed(acl)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_start_with_the_most_keys_in_a_rotation_takes_half_of_what_runtask_takes(size: TaskSize) -> None:
    acl = packed(acl_file(keys(MAX_KEYS), "ab" * 32, "cd" * 32))
    environment = {
        "REDIS_PORT_OFFSET": "1",
        "MAX_MEMORY": str(MAX_MEMORY),
        "EVICTION_POLICY": max(EvictionPolicy, key=len),
        "REDIS_LIMITS": redis_options(size, False, LONGEST),
        "ACL_GZ": acl,
    }
    override = {"name": "redis", "environment": [{"name": name, "value": text} for name, text in environment.items()]}
    assert len(json.dumps({"containerOverrides": [override]})) < OVERRIDES / 2


def test_an_instance_with_a_definition_of_its_own_shares_none() -> None:
    assert shared_definition(an_instance(), EngineName.REDIS, SIZES[0], "acl") is None
