"""Counts of requests in memory. tests/contract holds them to what the adapter does."""

from collections import Counter
from dataclasses import dataclass, field

from swiftcache.platform.errors import DependencyUnavailable


@dataclass
class FakeCounts:
    """`available` is False while nothing can be counted; `asked` is how often somebody did."""

    counted: Counter[tuple[str, int]] = field(default_factory=Counter)
    available: bool = True
    asked: int = 0

    def add(self, limit_key_id: str, window: int, requests: int) -> int:
        self.asked += 1
        if not self.available:
            raise DependencyUnavailable("the record is busy")
        self.counted[limit_key_id, window] += requests
        return self.counted[limit_key_id, window]
