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


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: what Redis takes, and what of it the child has twice."""

    resident: int
    copied: int = 0


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
