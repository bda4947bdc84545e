"""Django Channels' layers: messages to one channel and to a group, by lists and by PUBLISH."""

import asyncio
import os

from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer


async def talk(layer: RedisChannelLayer | RedisPubSubChannelLayer) -> None:
    one, two = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("room", one)
    await layer.group_add("room", two)
    await layer.send(one, {"type": "chat", "text": "to you"})
    async with asyncio.timeout(20):
        assert (await layer.receive(one))["text"] == "to you"
        await layer.group_send("room", {"type": "chat", "text": "to all"})
        assert [(await layer.receive(channel))["text"] for channel in (one, two)] == ["to all", "to all"]
    await layer.group_discard("room", two)
    await layer.flush()


async def main() -> None:
    hosts = [os.environ["SWIFTCACHE_URL"]]
    await talk(RedisChannelLayer(hosts=hosts))
    await talk(RedisPubSubChannelLayer(hosts=hosts))


asyncio.run(main())
