"""The back-off of a Task's Retry, which sfnx counts but does not wait for."""

import random
from collections.abc import Mapping

from sfnx.testing import matches


class Retries:
    """Tells how long each failed call of a state waits before its next attempt. For one execution."""

    def __init__(self, states: Mapping[str, Mapping[str, object]]) -> None:
        self._retriers = {name: _retriers(state) for name, state in states.items()}
        self._attempts: dict[str, list[int]] = {}

    def succeeded(self, state: str) -> None:
        """The state's next failure is its first."""
        self._attempts.pop(state, None)

    def delay(self, state: str, error: str) -> float:
        """Seconds until the next attempt; 0 when there is none, because no retrier is left for this error."""
        retriers = self._retriers[state]
        attempts = self._attempts.setdefault(state, [0] * len(retriers))
        for index, retrier in enumerate(retriers):
            errors = retrier["ErrorEquals"]
            if isinstance(errors, list) and matches(errors, error):
                if attempts[index] >= _number(retrier, "MaxAttempts", 3):
                    break
                attempts[index] += 1
                return _backoff(retrier, attempts[index])
        self.succeeded(state)
        return 0.0


def _retriers(state: Mapping[str, object]) -> list[Mapping[str, object]]:
    retriers = state.get("Retry", [])
    assert isinstance(retriers, list)
    return retriers


def _number(retrier: Mapping[str, object], key: str, default: float) -> float:
    value = retrier.get(key, default)
    assert isinstance(value, int | float)
    return value


def _backoff(retrier: Mapping[str, object], attempt: int) -> float:
    delay = _number(retrier, "IntervalSeconds", 1) * _number(retrier, "BackoffRate", 2) ** (attempt - 1)
    delay = min(delay, _number(retrier, "MaxDelaySeconds", delay))
    return jitter(delay) if retrier.get("JitterStrategy") == "FULL" else delay


def jitter(delay: float) -> float:
    """Anything up to `delay`. Seconds."""
    return random.SystemRandom().uniform(0, delay)
