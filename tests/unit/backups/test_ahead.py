"""Reading ahead: the same pieces in the same order, and an end whatever happens."""

import threading
from collections.abc import Iterator

import pytest

from swiftcache.backups.ahead import read_ahead


def numbers(count: int, seen: list[int]) -> Iterator[int]:
    for number in range(count):
        seen.append(number)
        yield number


def test_the_items_are_the_same_in_the_same_order() -> None:
    with read_ahead(numbers(100, []), 3) as items:
        assert list(items) == list(range(100))


def test_no_more_is_read_than_may_be() -> None:
    seen: list[int] = []
    with read_ahead(numbers(100, seen), 3) as items:
        assert next(items) == 0
        threading.Event().wait(0.05)
        assert len(seen) <= 6
    assert len(seen) <= 6


def test_an_error_comes_where_it_came() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with read_ahead(broken(), 3) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="broken"):
            next(items)


def test_nobody_is_left_reading() -> None:
    before = threading.active_count()
    with read_ahead(numbers(100, []), 1) as items:
        next(items)
    assert threading.active_count() == before
