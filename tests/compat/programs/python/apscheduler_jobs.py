"""APScheduler: jobs in Redis, which a second scheduler finds and runs after the first has ended."""

import os
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from apscheduler.jobstores.redis import RedisJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from redis import Redis

url = urlsplit(os.environ["SWIFTCACHE_URL"])
server = {"host": url.hostname, "port": url.port, "username": url.username, "password": url.password, "ssl": True}


def note(what: str) -> None:
    Redis.from_url(os.environ["SWIFTCACHE_URL"]).rpush("done", what)


def scheduler() -> BackgroundScheduler:
    return BackgroundScheduler(jobstores={"default": RedisJobStore(**server)}, timezone=UTC)


first = scheduler()
first.start(paused=True)
first.add_job(note, "date", run_date=datetime.now(UTC) + timedelta(seconds=1), args=["once"], misfire_grace_time=60)
first.add_job(note, "interval", hours=1, args=["later"], id="hourly")
first.shutdown()

second = scheduler()
second.start()
client, deadline = Redis.from_url(os.environ["SWIFTCACHE_URL"], decode_responses=True), time.monotonic() + 30
while not client.exists("done") and time.monotonic() < deadline:
    time.sleep(0.1)
second.shutdown()
assert client.lrange("done", 0, -1) == ["once"]
assert client.hkeys("apscheduler.jobs") == ["hourly"]
