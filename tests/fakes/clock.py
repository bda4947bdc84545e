"""A clock that a test moves."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class FakeClock:
    """Time that passes only in a sleep. `then` holds what happens at certain times, in seconds from the start."""

    seconds: float = 0.0
    then: dict[float, Callable[[], object]] = field(default_factory=dict)

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for at in sorted(at for at in self.then if at <= self.seconds):
            self.then.pop(at)()
