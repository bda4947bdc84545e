"""The limits of a Redis: with all of them reached at once it still fits into its task."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swiftcache.instances.sizes import MAX_MEMORY, MIB, MIN_MEMORY, TaskSize, largest_memory, task_size
from swiftcache.redis.limits import PROCESS_BYTES, TLS_BYTES, redis_limits


@given(st.integers(MIN_MEMORY, MAX_MEMORY), st.booleans())
def test_a_task_has_room_for_all_that_clients_may_take(max_memory: int, persistence: bool) -> None:
    size = task_size(max_memory, persistence)
    limits = redis_limits(size, persistence)
    # One command may take its part before Redis looks at the sum again; and there is the stream to a new task.
    buffers = limits.buffers + 2 * limits.largest
    data = max_memory * (2 if persistence else 1)
    needed = data + PROCESS_BYTES + limits.connections * TLS_BYTES + buffers
    assert needed <= size.memory * MIB


@given(st.integers(MIN_MEMORY, MAX_MEMORY), st.booleans())
def test_the_limits_hold_for_each_memory_that_the_same_task_carries(max_memory: int, persistence: bool) -> None:
    size = task_size(max_memory, persistence)
    assert max_memory <= largest_memory(size, persistence)
    assert task_size(largest_memory(size, persistence), persistence) == size


@pytest.mark.parametrize(
    ("size", "connections", "largest_mib"),
    [(TaskSize(256, 512), 2048, 25), (TaskSize(256, 1024), 3072, 38), (TaskSize(1024, 6144), 10_000, 256)],
)
def test_a_larger_task_serves_more(size: TaskSize, connections: int, largest_mib: int) -> None:
    limits = redis_limits(size)
    assert (limits.connections, limits.largest // MIB) == (connections, largest_mib)
