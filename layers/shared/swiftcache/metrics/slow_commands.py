"""Commands that took long, as Redis remembers them (https://redis.io/docs/latest/commands/slowlog-get/)."""

from dataclasses import asdict, dataclass, field
from typing import Any

from swiftcache.platform.counters import Counters


@dataclass(frozen=True, slots=True)
class SlowCommand:
    """`at` is RFC 3339 in UTC. `words` are the owner's data: they are in no log of ours, nor in an exception.

    Redis keeps 32 words of a command, and 128 bytes of each.
    """

    id: int
    at: str
    microseconds: int
    words: tuple[str, ...] = field(repr=False)
    client: str
    client_name: str


@dataclass(frozen=True, slots=True)
class SlowCommands:
    """The newest first. `own` is our share in Redis's counters for having asked."""

    commands: tuple[SlowCommand, ...]
    own: Counters


def slow_commands_map(commands: tuple[SlowCommand, ...]) -> list[dict[str, Any]]:
    """What InspectRedis answers."""
    return [asdict(command) for command in commands]


def slow_commands_of(answer: list[dict[str, Any]]) -> list[SlowCommand]:
    return [SlowCommand(**{**command, "words": tuple(command["words"])}) for command in answer]
