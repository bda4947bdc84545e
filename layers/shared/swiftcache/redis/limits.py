"""What the clients of one Redis may take together, so that with its data it stays within its task's memory.

Redis evicts keys to keep `maxmemory`. What comes on top has to fit into the task's head-room: TLS, which Redis does not
count; queries, answers and transactions, where nothing may be evicted; the stream to a second task while it takes over.
"""

from dataclasses import dataclass

from swiftcache.instances.sizes import MIB, TaskSize, largest_memory

TLS_BYTES = 34 * 1024
"""What a connection takes in OpenSSL and in the sockets' lists; measured 32 KiB."""

PROCESS_BYTES = 32 * MIB
"""Redis itself without data; measured 14 MiB."""

_CONNECTIONS_PER_MIB = 10
_MOST_CONNECTIONS = 10_000
_PART_FOR_ALL, _PART_FOR_ONE = 4, 8
_TRACKED_PER_CONNECTION = 10
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class RedisLimits:
    """`buffers` are bytes: of all clients together; `largest`: of one value, one answer, the stream to a new task."""

    connections: int
    buffers: int
    largest: int

    def options(self) -> str:
        """As words of redis-server's command line."""
        whole, half, quarter = self.largest, self.largest // 2, self.largest // 4
        return " ".join(
            (
                f"--maxclients {self.connections}",
                # Whoever takes most is disconnected first.
                f"--maxmemory-clients {self.buffers}",
                f"--client-query-buffer-limit {whole}",
                # No value may be larger: else one SETRANGE could allocate more than the task has.
                f"--proto-max-bulk-len {whole}",
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
    return RedisLimits(connections, head_room // _PART_FOR_ALL, head_room // _PART_FOR_ONE)
