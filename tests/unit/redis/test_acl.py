"""What keys may do, and the edition by which a running Redis is known to have it."""

from hashlib import sha256

from swiftcache.instances.key import KEY_RULES, InstanceKey, KeyRole
from swiftcache.redis.acl import users, writes

SINCE = "2026-01-01T00:00:00Z"
KEYS = (
    InstanceKey("key_1", "writer", "a" * 64, SINCE),
    InstanceKey("key_2", "reader", "b" * 64, SINCE, KeyRole.READ_ONLY),
)

EDITIONS = {2: "e411fb08dcf6ce07"}
"""The digest of the rules of each edition, from the second on."""


def test_rules_that_change_are_a_new_edition_so_that_each_running_redis_gets_them() -> None:
    rules = "\n".join(f"{name} {rules}" for name, rules in users(KEYS, "c" * 64).items())
    assert EDITIONS[KEY_RULES] == sha256(rules.encode()).hexdigest()[:16], "raise KEY_RULES, and add its digest here"


def test_a_key_that_may_write_is_told_from_one_that_only_reads() -> None:
    found = users(KEYS, "c" * 64)
    assert {name: writes(found[name]) for name in ("key_1", "key_2")} == {"key_1": True, "key_2": False}
