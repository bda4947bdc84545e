"""Reading ahead: what comes goes on coming while who takes it is at work, up to so many pieces."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Full, Queue
from typing import TypeVar

T = TypeVar("T")

_WAIT_SECONDS = 0.2


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


@contextmanager
def read_ahead(items: Iterator[T], most: int) -> Iterator[Iterator[T]]:
    """The same items, read in a thread of its own, and raising what they raise. It ends with the context."""
    ready: Queue[T | _End] = Queue(most)
    left = threading.Event()
    thread = threading.Thread(target=_read, args=(items, ready, left), daemon=True)
    thread.start()
    try:
        yield _taken(ready)
    finally:
        left.set()
        thread.join()


def _read(items: Iterator[T], ready: "Queue[T | _End]", left: threading.Event) -> None:
    try:
        for item in items:
            if not _put(ready, item, left):
                return
        _put(ready, _End(None), left)
    except BaseException as error:
        _put(ready, _End(error), left)


def _put(ready: "Queue[T | _End]", item: T | _End, left: threading.Event) -> bool:
    """Whether there was still somebody to take it."""
    while not left.is_set():
        try:
            ready.put(item, timeout=_WAIT_SECONDS)
        except Full:
            continue
        return True
    return False


def _taken(ready: "Queue[T | _End]") -> Iterator[T]:
    while True:
        item = ready.get()
        if isinstance(item, _End):
            if item.error:
                raise item.error
            return
        yield item
