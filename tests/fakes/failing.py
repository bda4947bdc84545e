"""A port of which one call fails, before it or after it."""

from collections.abc import Callable
from typing import Any


class Died(BaseException):
    """What no `except Exception` catches: the function is gone."""


class Failing:
    """A port whose call of this number, counted over all ports, fails."""

    def __init__(self, port: object, calls: list[str], fails_at: int, fault: BaseException, after: bool) -> None:
        self._port, self._calls, self._at, self._fault, self._after = port, calls, fails_at, fault, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)

        def call(*given: Any) -> Any:
            self._calls.append(name)
            now = len(self._calls) == self._at
            if now and not self._after:
                raise self._fault
            answer = method(*given)
            if now:
                raise self._fault
            return answer

        return call
