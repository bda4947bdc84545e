"""How fast the machines' time may go on this computer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.statemachine.clock import SPEED, FastClock

SLOWEST = 8
"""How many times faster than real time the machines' time is at least, however busy the computer is."""


@contextmanager
def bearable() -> Iterator[None]:
    """In here as fast as the computer can follow: what takes it real time is multiplied by this for the machines."""
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    FastClock.speed = max(SLOWEST, SPEED / max(1.0, waiting))
    try:
        yield
    finally:
        FastClock.speed = SPEED
