"""What a task's redis-server is told beside memory, policy and what is the same for all."""

from swiftcache.instances.settings import Settings
from swiftcache.instances.sizes import TaskSize
from swiftcache.redis.limits import redis_limits


def redis_options(size: TaskSize, persistence: bool, settings: Settings) -> str:
    """As words of redis-server's command line: its size's limits and its owner's settings.

    One value for both, `redisLimits` in the state machines and REDIS_LIMITS in the task: so settings reach a task of a
    definition, or of an execution, that was made before there were any.
    """
    return f"{redis_limits(size, persistence).options()} {settings.options()}"
