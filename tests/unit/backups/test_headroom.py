"""Whether a task can bear that its Redis is copied."""

import pytest

from swiftcache.backups.headroom import (
    SPARE_BYTES,
    Look,
    Memory,
    afterwards,
    before_the_fork,
    check_before,
    check_during,
)
from swiftcache.instances.sizes import MIB
from swiftcache.platform.errors import NotEnoughHeadroom

LIMIT = 512 * MIB


def look(resident: int = 200, reported: int = 0, age: int = 0, received: int = 0, changes: int = 0) -> Look:
    return Look(resident * MIB, reported * MIB, age, received * MIB, changes)


def memory(resident: int, copied: int = 0) -> Memory:
    return Memory(resident * MIB, copied * MIB, look(resident))


def test_there_must_be_room_for_a_fork() -> None:
    check_before(memory(470), LIMIT)
    with pytest.raises(NotEnoughHeadroom, match="of 536870912 bytes are taken"):
        check_before(memory(481), LIMIT)


def test_what_is_there_twice_must_leave_something() -> None:
    check_during(memory(300), memory(300, 50), LIMIT)
    with pytest.raises(NotEnoughHeadroom):
        check_during(memory(300), memory(300, 70), LIMIT)
    check_during(memory(300, 69), memory(300, 70), LIMIT)
    check_during(memory(300, 80), memory(300, 70), LIMIT)


def test_a_redis_that_grows_meanwhile_counts_too() -> None:
    with pytest.raises(NotEnoughHeadroom):
        check_during(memory(300), memory(490), LIMIT)
    assert SPARE_BYTES == 24 * MIB


def test_the_child_is_believed_while_it_speaks() -> None:
    known = before_the_fork(look(received=1, changes=10))
    found = afterwards(known, look(reported=7, age=2, received=100, changes=50_000))
    assert found.copied == 7 * MIB


def test_of_one_that_is_silent_the_worst_is_thought() -> None:
    said = look(reported=7, received=100, changes=1_000)
    known = Memory(200 * MIB, 7 * MIB, said)
    found = afterwards(known, look(reported=7, age=3, received=130, changes=1_256))
    assert (found.copied, found.since) == ((7 + 30 + 1) * MIB, said)
    never = afterwards(before_the_fork(look()), look(received=5))
    assert never.copied == 5 * MIB


def test_no_more_can_be_there_twice_than_is_there() -> None:
    assert afterwards(before_the_fork(look()), look(received=5_000)).copied == 200 * MIB


def test_counters_that_begin_anew_are_no_gain() -> None:
    assert afterwards(before_the_fork(look(received=9, changes=9)), look()).copied == 0
