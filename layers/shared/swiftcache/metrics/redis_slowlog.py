"""Asking a Redis for its slow commands, whose words may be any bytes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import redis
from redis.client import NEVER_DECODE

from swiftcache.metrics.slow_commands import SlowCommand, SlowCommands
from swiftcache.platform.counters import Counters
from swiftcache.platform.timestamps import timestamp
from swiftcache.redis import resp
from swiftcache.redis.acl import CONTROL_USER


def ask_for_slow_commands(client: "redis.Redis", password: str, limit: int) -> SlowCommands:
    words = ("SLOWLOG", "GET", limit)
    ask: Callable[..., list[Any]] = client.execute_command
    found = ask(*words, **{NEVER_DECODE: True})
    own = Counters(
        commands=2,
        bytes_in=resp.command("AUTH", CONTROL_USER, password) + resp.command(*words),
        bytes_out=resp.OK + resp.answer(found),
    )
    return SlowCommands(tuple(map(_command, found)), own)


def _command(entry: list[Any]) -> SlowCommand:
    number, seconds, microseconds, words, client, name = entry
    return SlowCommand(
        id=number,
        at=timestamp(datetime.fromtimestamp(seconds, UTC), "seconds"),
        microseconds=microseconds,
        words=tuple(map(_text, words)),
        client=_text(client),
        client_name=_text(name),
    )


def _text(value: bytes) -> str:
    """What is no UTF-8 as `\\x` and its bytes."""
    return value.decode("utf-8", "backslashreplace")
