"""Which instance key is in use, told from the connections that Redis lists.

A client that authenticates with a key's id as user name is that key's. Most send the key alone: they are Redis's user
`default`, and Redis does not say with which of its passwords a connection came. It came with a key that existed when
it was opened; if only one of the read-write keys did, that one. Else it is counted as SHARED, for whoever asks
whether a key may go: a key is surely unused only if nothing is shared either.

What opens and closes between two looks is not seen, so a last use is known to the minute, for connections that last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.platform.timestamps import timestamp

SHARED = "default"
"""In the place of a key's id: connections with one of several keys."""

_ROUNDING = timedelta(seconds=2)
"""Redis gives ages in whole seconds, and keys' times are whole seconds too."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A client's connection: its Redis user, how long it is open, and since when it is silent, in seconds."""

    user: str
    age: int
    idle: int


@dataclass(frozen=True, slots=True)
class KeyUse:
    """`last_used_at` is RFC 3339 in UTC, to the second; `connections` were open at the last look."""

    last_used_at: str
    connections: int


def key_use(
    before: Mapping[str, KeyUse], connections: Iterable[Connection], keys: Iterable[InstanceKey], now: datetime
) -> dict[str, KeyUse]:
    """The use of each key, by its id or SHARED, that was ever seen. `before` is the result of the look before.

    What is known of a key that is no more is dropped, and so are connections of users that are none of the keys.
    """
    keys = list(keys)
    known = {key.id for key in keys} | {SHARED}
    found = {name: KeyUse(use.last_used_at, 0) for name, use in before.items() if name in known}
    for connection in connections:
        name = _key_of(connection, keys, now)
        if name in known:
            used = timestamp(now - timedelta(seconds=connection.idle), "seconds")
            use = found.get(name, KeyUse(used, 0))
            found[name] = KeyUse(max(use.last_used_at, used), use.connections + 1)
    return found


def _key_of(connection: Connection, keys: Iterable[InstanceKey], now: datetime) -> str:
    if connection.user != SHARED:
        return connection.user
    opened = timestamp(now - timedelta(seconds=connection.age) + _ROUNDING, "seconds")
    candidates = [key.id for key in keys if key.role is KeyRole.READ_WRITE and key.created_at <= opened]
    return candidates[0] if len(candidates) == 1 else SHARED
