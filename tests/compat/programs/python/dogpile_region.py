"""dogpile.cache: a region, many threads that want one value which is made once, and a lock in Redis for it."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from dogpile.cache import make_region
from dogpile.cache.api import NO_VALUE

region = make_region().configure(
    "dogpile.cache.redis",
    expiration_time=60,
    arguments={"url": os.environ["SWIFTCACHE_URL"], "distributed_lock": True, "thread_local_lock": False},
)
made = []


@region.cache_on_arguments()
def user(number: int) -> dict[str, int]:
    made.append(number)
    time.sleep(0.2)
    return {"id": number}


with ThreadPoolExecutor(8) as pool:
    assert list(pool.map(user, [1] * 8)) == [{"id": 1}] * 8
assert made == [1]
region.set_multi({"one": 1, "two": 2})
assert region.get_multi(["one", "two", "three"]) == [1, 2, NO_VALUE]
user.invalidate(1)
assert user(1) == {"id": 1}
assert made == [1, 1]
