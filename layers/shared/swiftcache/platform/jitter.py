"""The pause between two tries of a write that met another on the same item."""

import random
import time

_FIRST_SECONDS = 0.02

_LONGEST_SECONDS = 0.5


def pause(number: int) -> None:
    """After try `number`, from 0: at most 0.02 s, then twice that, never above 0.5 s.

    Any length up to that is as likely ("full jitter"): with the same pause the same two would meet again.
    """
    time.sleep(length(number, random.SystemRandom()))


def length(number: int, rng: random.Random) -> float:
    """Of the pause after try `number`, in seconds."""
    return rng.uniform(0, min(_FIRST_SECONDS * 2**number, _LONGEST_SECONDS))
