"""Which keys Redis evicts when its memory is full."""

from enum import StrEnum


class EvictionPolicy(StrEnum):
    """Redis's own names (https://redis.io/docs/latest/develop/reference/eviction/)."""

    NOEVICTION = "noeviction"
    ALLKEYS_LRU = "allkeys-lru"
    ALLKEYS_LFU = "allkeys-lfu"
    ALLKEYS_RANDOM = "allkeys-random"
    VOLATILE_LRU = "volatile-lru"
    VOLATILE_LFU = "volatile-lfu"
    VOLATILE_RANDOM = "volatile-random"
    VOLATILE_TTL = "volatile-ttl"
