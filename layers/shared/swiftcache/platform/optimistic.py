"""Read, decide, write if it is still as it was read: and from the start again if it is not."""

from collections.abc import Callable
from typing import TypeVar

from swiftcache.platform.errors import DependencyUnavailable, RecordChanged
from swiftcache.platform.jitter import pause

T = TypeVar("T")

_TRIES = 8


def retry_on_conflict(attempt: Callable[[], T]) -> T:
    """The attempt's result. Raises what it raises, and DependencyUnavailable if others are always faster."""
    for number in range(_TRIES):
        try:
            return attempt()
        except RecordChanged:
            pause(number)
    raise DependencyUnavailable("the instance is changed by many at once; please try again")
