"""Pottery: a lock by Redlock, containers, a counter, and a cached function."""

import os

from pottery import NextID, RedisDeque, RedisDict, Redlock, redis_cache
from redis import Redis

redis = Redis.from_url(os.environ["SWIFTCACHE_URL"])
masters = {redis}

with Redlock(key="printer", masters=masters, auto_release_time=10):
    assert Redlock(key="printer", masters=masters).acquire(blocking=False) is False
other = Redlock(key="printer", masters=masters)
assert other.acquire(blocking=False)
other.release()

tel = RedisDict({"jack": 4098, "sape": 4139}, redis=redis, key="tel")
tel["guido"] = 4127
del tel["sape"]
assert dict(RedisDict(redis=redis, key="tel")) == {"jack": 4098, "guido": 4127}
letters = RedisDeque("ghi", redis=redis, key="letters", maxlen=3)
letters.append("j")
assert list(letters) == ["h", "i", "j"]
ids = NextID(key="ids", masters=masters)
assert [next(ids), next(ids), next(ids)] == [1, 2, 3]


@redis_cache(redis=redis, key="expensive")
def expensive(number: int) -> int:
    return number * number


assert [expensive(9), expensive(9)] == [81, 81]
assert (expensive.cache_info().hits, expensive.cache_info().misses) == (1, 1)
