"""The limits of a Redis: with all of them reached at once it still fits into its task."""

import pytest

from swiftcache.instances.sizes import MIB, SIZES, TaskSize, largest_memory, task_size
from swiftcache.redis.limits import PROCESS_BYTES, READERS, TLS_BYTES, RedisLimits, redis_limits

USED = [
    (size, persistence)
    for persistence in (False, True)
    for size in SIZES
    if task_size(largest_memory(size, persistence), persistence) == size
]
each_size = pytest.mark.parametrize(("size", "persistence"), USED)


@each_size
def test_a_task_has_room_for_the_most_data_and_all_that_clients_may_take(size: TaskSize, persistence: bool) -> None:
    limits = redis_limits(size, persistence)
    # One command may take its part before Redis looks at the sum again; and there is the stream to a new task.
    buffers = limits.buffers + 2 * limits.answer
    data = largest_memory(size, persistence) * (2 if persistence else 1)
    needed = data + PROCESS_BYTES + limits.connections * TLS_BYTES + buffers
    assert needed <= size.memory * MIB


@each_size
def test_the_largest_value_fits_into_every_limit_of_who_reads_it(size: TaskSize, persistence: bool) -> None:
    limits = redis_limits(size, persistence)
    counted = block_for(limits.value + 512) + 32 * 1024
    assert counted < limits.answer // 2  # of a subscriber, and of anybody for longer than a minute
    assert READERS * counted < limits.buffers
    assert limits.value > limits.buffers // READERS * 4 // 5 - MIB, "no larger block would do"


def block_for(size: int) -> int:
    """The smallest of jemalloc's blocks that holds so many bytes."""
    return min(block for power in range(40) for quarter in (4, 5, 6, 7) if (block := quarter << power) >= size)


@pytest.mark.parametrize(
    ("size", "limits"),
    [
        (TaskSize(256, 512), (2048, 51, 25, 11)),
        (TaskSize(256, 1024), (3072, 77, 38, 15)),
        (TaskSize(1024, 6144), (10_000, 512, 256, 127)),
    ],
)
def test_a_larger_task_serves_more(size: TaskSize, limits: tuple[int, int, int, int]) -> None:
    assert in_mib(redis_limits(size)) == limits


def in_mib(limits: RedisLimits) -> tuple[int, int, int, int]:
    return limits.connections, limits.buffers // MIB, limits.answer // MIB, limits.value // MIB
