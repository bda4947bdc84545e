"""redis-py: a subscriber that hears nothing while every pass of the service by the clock comes by.

The longest of them comes every five minutes. There is one connection, and the first error ends it.
"""

import os

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

IDLE_SECONDS = 330

once = {"decode_responses": True, "socket_timeout": None, "retry": Retry(NoBackoff(), 0)}
listener = Redis.from_url(os.environ["SWIFTCACHE_URL"], **once)
with listener.pubsub(ignore_subscribe_messages=True) as subscription:
    subscription.subscribe("news")
    assert subscription.get_message(timeout=IDLE_SECONDS) is None  # that it is subscribed
    assert subscription.get_message(timeout=IDLE_SECONDS) is None
    speaker = Redis.from_url(os.environ["SWIFTCACHE_URL"], decode_responses=True)
    [connection] = speaker.client_list(_type="pubsub")
    assert int(connection["age"]) >= IDLE_SECONDS
    assert speaker.publish("news", "at last") == 1
    message = subscription.get_message(timeout=5)
    assert message is not None
    assert message["data"] == "at last"
