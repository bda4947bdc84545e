"""Dramatiq: actors, a delayed message, and results."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

broker = RedisBroker(url=os.environ["SWIFTCACHE_URL"])
broker.add_middleware(Results(backend=RedisBackend(url=os.environ["SWIFTCACHE_URL"])))
dramatiq.set_broker(broker)


@dramatiq.actor(store_results=True)
def add(left: int, right: int) -> int:
    return left + right


worker = dramatiq.Worker(broker, worker_threads=2)
worker.start()
messages = [add.send(number, number) for number in range(50)]
delayed = add.send_with_options(args=(40, 2), delay=1000)
assert [message.get_result(block=True, timeout=20_000) for message in messages] == [2 * n for n in range(50)]
assert delayed.get_result(block=True, timeout=20_000) == 42
worker.stop()
