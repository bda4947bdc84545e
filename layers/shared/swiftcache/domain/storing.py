"""Read, decide, write if it is still as it was read: and from the start again if it is not."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from swiftcache.domain.errors import DependencyUnavailable, RecordChanged

T = TypeVar("T")

_TRIES = 8


def again_if_changed(attempt: Callable[[], T]) -> T:
    """The attempt's result. Raises what it raises, and DependencyUnavailable if others are always faster."""
    for number in range(_TRIES):
        try:
            return attempt()
        except RecordChanged:
            # Full jitter: those who meet here must not meet again.
            time.sleep(random.SystemRandom().uniform(0, min(0.01 * 2**number, 0.3)))
    raise DependencyUnavailable("the instance is changed by many at once; please try again")
