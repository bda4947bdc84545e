"""Whether a Redis can be copied without its task running out of memory.

Redis forks, and for as long as the child lives every page that is written to is there twice. The two together, and what
clients may take meanwhile, must fit into the task: beyond that it is killed, with all that it holds.
"""

from dataclasses import dataclass

from swiftcache.instances.sizes import MIB
from swiftcache.platform.errors import NotEnoughHeadroom

SPARE_BYTES = 24 * MIB
"""What is left to clients, whose buffers come and go; the kernel takes some of it for itself."""

_FORK_BYTES = 8 * MIB
"""The child's own buffers. Its page tables come on top: eight bytes for each page of four kilobytes."""
_PAGE_TABLES = 512
_LOOKS_AHEAD = 2


_PAGE_BYTES = 4096
_FRESH_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Look:
    """What Redis says of itself. Bytes: what it takes, what the child says is there twice, what clients have sent.

    `age` is how many seconds ago the child said so. `changes` counts the writes to a key.
    """

    resident: int
    reported: int
    age: int
    received: int
    changes: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: what Redis takes, and what of it is there twice. `since` is the look at which the child last said so."""

    resident: int
    copied: int
    since: Look


def before_the_fork(look: Look) -> Memory:
    return Memory(look.resident, 0, look)


def afterwards(known: Memory, look: Look) -> Memory:
    """The child says nothing while it is at work on few and long values, or while nobody takes what it writes.

    Then it is as much more as what clients have sent since, and a page for each write: rather too much than too little.
    """
    if look.reported and look.age <= _FRESH_SECONDS:
        return Memory(look.resident, look.reported, look)
    since = known.since
    more = max(0, look.received - since.received) + _PAGE_BYTES * max(0, look.changes - since.changes)
    return Memory(look.resident, min(since.reported + more, look.resident), since)


def check_before(memory: Memory, limit: int) -> None:
    """Raises NotEnoughHeadroom where a fork alone would be too much."""
    needed = _FORK_BYTES + memory.resident // _PAGE_TABLES + SPARE_BYTES
    if memory.resident + needed > limit:
        raise NotEnoughHeadroom(
            f"{memory.resident} of {limit} bytes are taken, and a copy needs {needed} bytes at least"
        )


def check_during(earlier: Memory, memory: Memory, limit: int) -> None:
    """Raises NotEnoughHeadroom before it is too late: what has been copied since the look before may be copied again,
    before the next look and while the child ends."""
    growth = max(0, memory.copied - earlier.copied) * _LOOKS_AHEAD
    if memory.resident + memory.copied + growth + SPARE_BYTES > limit:
        raise NotEnoughHeadroom(
            f"{memory.resident} of {limit} bytes are taken, and what was written meanwhile took {memory.copied} more"
        )
