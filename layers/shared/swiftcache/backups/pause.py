"""Keeping a Redis from carrying out writes.

While CLIENT PAUSE WRITE is in force neither a client's write nor an expiry nor an eviction happens, so a copy that is
begun after it has all that was ever acknowledged. Whoever writes waits, and sees no error.
"""

import redis

from swiftcache.instances.final_backup import PAUSE
from swiftcache.instances.model import Endpoint
from swiftcache.platform.errors import RedisUnreachable
from swiftcache.redis.connection import connect
from swiftcache.redis.reach import Reach, from_outside
from swiftcache.redis.scripts import unless_busy


class RedisWritePause:
    def __init__(self, reach: Reach = from_outside) -> None:
        self._reach = reach

    def pause(self, endpoint: Endpoint, hostname: str, password: str) -> None:
        milliseconds = int(PAUSE.total_seconds() * 1000)
        try:
            with connect(self._reach(endpoint), hostname, password) as client:
                unless_busy(client, lambda: client.client_pause(milliseconds, all=False))
        except (redis.RedisError, OSError) as error:
            # The class and not the text: it would name addresses.
            raise RedisUnreachable(f"{hostname} gave {type(error).__name__}") from None
