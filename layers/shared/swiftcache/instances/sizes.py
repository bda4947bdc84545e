"""How much memory an instance may have, and the Fargate task that carries it."""

from dataclasses import dataclass

MIB = 1024 * 1024

MIN_MEMORY = 10 * MIB
"""The smallest `maxMemory`, in bytes: the smallest that the public guides show."""

MAX_MEMORY = 4096 * MIB
"""The largest `maxMemory`, in bytes: the largest in the public guide's table."""


@dataclass(frozen=True, slots=True)
class TaskSize:
    """`cpu` in Fargate's units (1024 is one vCPU), `memory` in MiB."""

    cpu: int
    memory: int

    @property
    def family(self) -> str:
        """What its task definition in the template is called, after the stack's name."""
        return f"{self.cpu}-{self.memory}"


# Pairs that Fargate accepts. Redis serves commands on one thread, so more than one vCPU buys little; TLS and
# larger data sets want more than a quarter of one.
SIZES = (
    TaskSize(256, 512),
    TaskSize(256, 1024),
    TaskSize(256, 2048),
    TaskSize(512, 3072),
    TaskSize(512, 4096),
    TaskSize(1024, 6144),
    TaskSize(1024, 8192),
    TaskSize(2048, 10240),
)


def task_size(max_memory: int, persistence: bool = False) -> TaskSize:
    """The smallest task with head-room for `max_memory` bytes of data.

    Head-room is a quarter and 128 MiB on top: for fragmentation, clients (see `redis_limits`), and Lua scripts, which
    may exceed Redis's `maxmemory` by much before Redis notices. With persistence the data once more: while Redis
    rewrites its file, a fork of it keeps every page that is written to meanwhile, in the worst case all.
    """
    return next(size for size in SIZES if max_memory <= largest_memory(size, persistence))


def largest_memory(size: TaskSize, persistence: bool = False) -> int:
    """The largest `max_memory`, in bytes, that a task of this size carries."""
    data = (size.memory - 128) * MIB
    return min(data * 4 // 9 if persistence else data * 4 // 5, MAX_MEMORY)
