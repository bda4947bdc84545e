"""valkey-py: asyncio, a pipeline, a script, and a subscriber."""

import asyncio
import os

import valkey.asyncio as valkey


async def main() -> None:
    async with valkey.from_url(os.environ["SWIFTCACHE_URL"], decode_responses=True) as client:
        async with client.pipeline(transaction=True) as pipe:
            assert await pipe.set("greeting", "hello").incr("visits").incrby("visits", 41).execute() == [True, 1, 42]
        raise_by = client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
        assert await raise_by(keys=["visits"], args=[8]) == 50
        async with client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe("news")
            await subscription.get_message(timeout=5)
            assert await client.publish("news", "to you") == 1
            heard = await subscription.get_message(timeout=5)
            assert heard is not None
            assert heard["data"] == "to you"


asyncio.run(main())
