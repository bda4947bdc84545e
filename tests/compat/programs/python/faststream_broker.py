"""FastStream: a subscriber of a channel, of a list, and of a stream's group, and an answer to a request."""

import asyncio
import os

from faststream.redis import RedisBroker, StreamSub

broker = RedisBroker(os.environ["SWIFTCACHE_URL"])
heard: asyncio.Queue[tuple[str, int]] = asyncio.Queue()


@broker.subscriber("channel")
async def by_channel(number: int) -> None:
    await heard.put(("channel", number))


@broker.subscriber(list="list")
async def by_list(number: int) -> None:
    await heard.put(("list", number))


@broker.subscriber(stream=StreamSub("stream", group="workers", consumer="one"))
async def by_stream(number: int) -> None:
    await heard.put(("stream", number))


@broker.subscriber("double")
async def double(number: int) -> int:
    return number * 2


async def main() -> None:
    async with broker:
        await broker.start()
        await broker.publish(1, "channel")
        await broker.publish(2, list="list")
        await broker.publish(3, stream="stream")
        async with asyncio.timeout(20):
            assert {await heard.get() for _ in range(3)} == {("channel", 1), ("list", 2), ("stream", 3)}
        answer = await broker.request(21, "double", timeout=10)
        assert await answer.decode() == 42


asyncio.run(main())
