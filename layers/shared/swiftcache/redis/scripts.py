"""Scripts that do not end: while one runs, Redis answers every command with BUSY, but those that end it."""

from collections.abc import Callable
from typing import Any

import redis

from swiftcache.platform.errors import RedisBusy

_TRIES = 5
"""Another script may have come before us each time."""

_KILLS = ("SCRIPT", "FUNCTION")


def unless_busy(client: "redis.Redis", work: Callable[[], object]) -> None:
    """Does the work; where a script is in the way, ends that and tries again.

    Raises RedisBusy where a script has written: Redis ends such a one only with itself.
    """
    for _ in range(_TRIES):
        try:
            work()
            return
        except redis.ResponseError as error:
            if not str(error).startswith("BUSY"):
                raise
        _kill(client)
    raise RedisBusy("one script follows the other")


def _kill(client: "redis.Redis") -> None:
    ask: Callable[..., Any] = client.execute_command
    for kind in _KILLS:
        try:
            ask(kind, "KILL")
        except redis.ResponseError as error:
            if str(error).startswith("UNKILLABLE"):
                raise RedisBusy("a script that has written does not end") from None
            # It has ended meanwhile, or is of the other kind.
            if not str(error).startswith(("NOTBUSY", "BUSY")):
                raise
