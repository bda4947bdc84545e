"""What the clients of one Redis may take together, so that with its data it stays within its task's memory.

Redis evicts keys to keep `maxmemory`. What comes on top has to fit into the task's head-room: TLS, which Redis does not
count; queries, answers and transactions, where nothing may be evicted; the stream to a second task while it takes over.

Redis counts an answer, and a query, by the block of memory that it lies in. jemalloc has four sizes of blocks from one
power of two to the next (http://jemalloc.net/jemalloc.3.html#size_classes), so what is a byte larger than a block
counts up to a quarter more. The largest value is therefore just smaller than a block of which `READERS` fit into what
all clients may take: whatever can be written can be read, by so many at once who do not hurry, and by who has just
written it.
"""

from dataclasses import dataclass

from swiftcache.instances.sizes import MIB, TaskSize, largest_memory

TLS_BYTES = 34 * 1024
"""What a connection takes in OpenSSL and in the sockets' lists; measured 32 KiB."""

PROCESS_BYTES = 32 * MIB
"""Redis itself without data; measured 14 MiB."""

READERS = 4
"""How many may wait for the largest value at once. Who has written it and reads it takes as much as three of them."""

_OWN_BYTES = 64 * 1024
"""What Redis counts of a client beside its largest value: itself, and what it keeps ready to be read and sent."""

_FRAME_BYTES = 1024
"""More than a block has for itself, and what goes around a value in it."""

_CONNECTIONS_PER_MIB = 10
_MOST_CONNECTIONS = 10_000
_PART = 16
_TRACKED_PER_CONNECTION = 10
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class RedisLimits:
    """Bytes but for `connections`. `buffers`: of all clients together; `value`: of one string, however it grows.

    `answer`: what waits for one client, one client's query, the stream to a new task.
    """

    connections: int
    buffers: int
    answer: int
    value: int

    def options(self) -> str:
        """As words of redis-server's command line."""
        whole, half, quarter = self.answer, self.answer // 2, self.answer // 4
        return " ".join(
            (
                f"--maxclients {self.connections}",
                # Whoever takes most is disconnected first.
                f"--maxmemory-clients {self.buffers}",
                f"--client-query-buffer-limit {whole}",
                # No value may be larger: else one SETRANGE could allocate more than the task has.
                f"--proto-max-bulk-len {self.value}",
                # What is remembered for clients that cache counts as memory in use, and stays when they have gone.
                f"--tracking-table-max-keys {self.connections * _TRACKED_PER_CONNECTION}",
                # Within one command Redis looks at these alone.
                f"--client-output-buffer-limit normal {whole} {half} {_SECONDS}",
                f"pubsub {half} {quarter} {_SECONDS}",
                f"replica {whole} {half} {_SECONDS}",
            )
        )


def redis_limits(size: TaskSize, persistence: bool = False) -> RedisLimits:
    """The limits for any `maxmemory` that a task of this size may have: it can change while the task runs.

    With persistence the data may be there twice, while Redis rewrites its file.
    """
    data = largest_memory(size, persistence) * (2 if persistence else 1)
    head_room = size.memory * MIB - data
    connections = min(head_room * _CONNECTIONS_PER_MIB // MIB, _MOST_CONNECTIONS)
    free = head_room - PROCESS_BYTES - connections * TLS_BYTES
    # Of what is free: READERS for all clients, two for one command's answer, two for the stream to a new task.
    block = min(head_room // _PART, free // (READERS + 4) - _OWN_BYTES)
    one = block + _OWN_BYTES
    return RedisLimits(connections, READERS * one, 2 * one, _block_within(block) - _FRAME_BYTES)


def _block_within(size: int) -> int:
    """The largest of jemalloc's blocks that is not larger than `size` bytes."""
    step = 1 << (size.bit_length() - 3)
    return size - size % step
