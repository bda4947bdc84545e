"""Huey: tasks with results, one that is scheduled, and a lock."""

import os

from huey import RedisHuey

huey = RedisHuey("orders", url=os.environ["SWIFTCACHE_URL"])


@huey.task()
def add(left: int, right: int) -> int:
    with huey.lock_task("adding"):
        return left + right


consumer = huey.create_consumer(workers=1, periodic=False, scheduler_interval=1)
consumer.start()
results = [add(number, 1) for number in range(30)]
later = add.schedule((40, 2), delay=1)
assert [result.get(blocking=True, timeout=20) for result in results] == list(range(1, 31))
assert later.get(blocking=True, timeout=20) == 42
consumer.stop(graceful=True)
