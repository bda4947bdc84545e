"""redis-py: BLPOP, BLMOVE and XREAD BLOCK wait for minutes, each on one connection, and get what is then written."""

import os
import time
from concurrent.futures import ThreadPoolExecutor, wait

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

WAIT_SECONDS = 150
LIMIT_SECONDS = 2 * WAIT_SECONDS


def client() -> Redis:
    once = {"decode_responses": True, "socket_timeout": None, "retry": Retry(NoBackoff(), 0)}
    return Redis.from_url(os.environ["SWIFTCACHE_URL"], **once)


with ThreadPoolExecutor() as pool:
    popped = pool.submit(client().blpop, "orders", timeout=LIMIT_SECONDS)
    moved = pool.submit(client().blmove, "from", "to", timeout=LIMIT_SECONDS)
    read = pool.submit(client().xread, {"events": "$"}, block=1000 * LIMIT_SECONDS)

    began = time.monotonic()
    assert client().blpop("never", timeout=WAIT_SECONDS) is None
    assert time.monotonic() - began >= WAIT_SECONDS
    assert not any(waiting.done() for waiting in (popped, moved, read))

    writer = client()
    writer.rpush("orders", "book")
    writer.rpush("from", "pen")
    event = writer.xadd("events", {"what": "paid"})
    wait((popped, moved, read), timeout=10)
    assert list(popped.result(0)) == ["orders", "book"]
    assert moved.result(0) == "pen"
    assert read.result(0)[0][1] == [(event, {"what": "paid"})]
