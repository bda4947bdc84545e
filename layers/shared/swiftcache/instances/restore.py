"""What an instance begins with that is made from a backup."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Restore:
    """What a task begins with: the object of a backup, in the version that it had when that was decided.

    `keys` are those that Redis must have before it counts; `seconds` is how long fetching and loading may take.
    `taken_at` is the moment that all of it is of (RFC 3339 in UTC); None: it was decided before that was kept.
    """

    backup_id: str
    object_key: str
    version: str
    sha256: str
    size_bytes: int
    seconds: int
    keys: int | None = None
    taken_at: str | None = None


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """That an instance is to begin with a backup. `keys`: it takes the keys of the backup's instance too.

    `left_out` are the fields that nobody has said anything of: they are as they were in the backup's instance.
    """

    backup_id: str
    keys: bool = False
    left_out: frozenset[str] = frozenset()

    @classmethod
    def with_fields(cls, backup_id: str, keys: bool, given: Collection[str]) -> "RestoreRequest":
        """`given` are the fields of a request that were said: its eviction_policy, persistence, settings and events."""
        left_out = {name for name in ("eviction_policy", "persistence") if name not in given}
        if not {"settings", "notify_keyspace_events"} & set(given):
            left_out.add("settings")
        return cls(backup_id, keys, frozenset(left_out))
