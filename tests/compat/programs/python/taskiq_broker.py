"""Taskiq: tasks by a stream with acknowledgements, and their results."""

import asyncio
import os

from taskiq.api import run_receiver_task
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

URL = os.environ["SWIFTCACHE_URL"]
broker = RedisStreamBroker(URL).with_result_backend(RedisAsyncResultBackend(URL))


@broker.task
async def double(number: int) -> int:
    return number * 2


async def main() -> None:
    await broker.startup()
    broker.is_worker_process = True
    receiver = asyncio.create_task(run_receiver_task(broker))
    tasks = [await double.kiq(number) for number in range(30)]
    results = [await task.wait_result(timeout=30) for task in tasks]
    assert [result.return_value for result in results] == [2 * number for number in range(30)]
    assert [result.error for result in results if result.is_err] == []
    receiver.cancel()
    await asyncio.gather(receiver, return_exceptions=True)
    await broker.shutdown()


asyncio.run(main())
