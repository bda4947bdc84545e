"""How far a Redis is that begins with data: whether it has loaded them, and how many keys it has found."""

from typing import Any

import redis

from swiftcache.instances.model import Endpoint
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.redis.connection import connect
from swiftcache.redis.ports import Loading
from swiftcache.redis.reach import Reach, from_outside


class RedisLoading:
    def __init__(self, reach: Reach = from_outside) -> None:
        self._reach = reach

    def look(self, endpoint: Endpoint, hostname: str, password: str) -> Loading:
        """Raises DependencyUnavailable if nobody answers there, or not yet."""
        try:
            with connect(self._reach(endpoint), hostname, password) as client:
                found: dict[str, Any] = client.info("everything")
        except redis.BusyLoadingError:
            return Loading(False, 0, 0, 0, 0)
        except (redis.RedisError, OSError) as error:
            # The class and not the text: it would name addresses.
            raise DependencyUnavailable(f"{hostname} gave {type(error).__name__}") from None
        return Loading(
            done=not int(found["loading"]),
            keys=int(found["rdb_last_load_keys_loaded"]) + int(found["rdb_last_load_keys_expired"]),
            evicted=int(found["evicted_keys"]),
            used_memory=int(found["used_memory"]),
            max_memory=int(found["maxmemory"]),
        )
