"""Changes of records: which come first, and which of them go into one batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

TTL_SECONDS = 5
"""Of an instance's record: so long clients may know where it led before."""

MOST_CHANGES = 400
"""In one request. Route 53 takes 1,000, counts an UPSERT twice, and takes 32,000 characters of values."""


class Priority(IntEnum):
    """Which changes come first: somebody who was served is not, somebody waits, nobody does."""

    RECOVERY = 0
    CREATION = 1
    DELETION = 2


@dataclass(frozen=True, slots=True)
class RecordSet:
    """What a name leads to. `ttl` is in seconds."""

    addresses: tuple[str, ...]
    ttl: int = TTL_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedChange:
    """The name of an instance is to lead to these addresses; without addresses its record is to be removed.

    `known`: where it leads now, as far as whoever asks for the removal knows.
    """

    instance_id: str
    hostname: str
    addresses: tuple[str, ...]
    priority: Priority
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange(AskedChange):
    """One that is queued. `queued_at` is in milliseconds since the epoch.

    Of two changes of one name only the later one counts.
    """

    id: str
    queued_at: int

    @property
    def is_removal(self) -> bool:
        return not self.addresses


@dataclass(frozen=True, slots=True)
class Result:
    """What has come of a change: the name leads where it was to, or `code`, of Route 53, and `message` say why not.

    `removed`: there was a record, and it is no more.
    """

    change: RecordChange
    removed: bool = False
    code: str = ""
    message: str = ""


def in_order(changes: Iterable[RecordChange]) -> tuple[Sequence[RecordChange], Sequence[RecordChange]]:
    """The changes that count, in the order in which they are to be made; and those that later ones have replaced."""
    last: dict[str, RecordChange] = {}
    replaced = []
    for change in sorted(changes, key=lambda change: (change.queued_at, change.id)):
        if change.hostname in last:
            replaced.append(last[change.hostname])
        last[change.hostname] = change
    return sorted(last.values(), key=lambda change: (change.priority, change.queued_at, change.id)), replaced
