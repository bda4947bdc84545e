"""Instance keys: how one is made, and how many there may be."""

from collections.abc import Collection
from datetime import datetime

from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.platform.errors import LimitExceeded
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id, new_instance_key, sha256

MAX_KEYS = 20
"""Of an instance at a time. Enough for a rotation of ten programs at once."""


def make_key(name: str, role: KeyRole, at: datetime) -> tuple[InstanceKey, str]:
    """A new key, and the key in plain: the only time that it is known."""
    plain_key = new_instance_key()
    return InstanceKey(new_id("key"), name, sha256(plain_key), timestamp(at, "seconds"), role), plain_key


def check_room(keys: Collection[InstanceKey]) -> None:
    """Raises LimitExceeded if an instance with these keys takes no further one."""
    if len(keys) >= MAX_KEYS:
        raise LimitExceeded(f"the instance has {len(keys)} of {MAX_KEYS} keys; revoke one first")
