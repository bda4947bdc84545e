"""coredis: typed answers, a pipeline, and a scan. It looks at the certificate's name only if it is given a context."""

import os
import ssl

import anyio
from coredis import Redis


async def main() -> None:
    client = Redis.from_url(
        os.environ["SWIFTCACHE_URL"], decode_responses=True, ssl_context=ssl.create_default_context()
    )
    async with client:
        async with client.pipeline(transaction=True) as pipe:
            kept, first, then = pipe.set("greeting", "hello"), pipe.incr("visits"), pipe.incrby("visits", 41)
        assert (await kept, await first, await then) == (True, 1, 42)
        assert await client.hset("user:1", {"name": "Ada", "born": "1815"}) == 2
        assert await client.hgetall("user:1") == {"name": "Ada", "born": "1815"}
        assert await client.zadd("scores", {"Ada": 3, "Grace": 5}) == 2
        assert await client.zrange("scores", 0, -1) == ("Ada", "Grace")
        assert {key async for key in client.scan_iter()} == {"greeting", "visits", "user:1", "scores"}


anyio.run(main)
