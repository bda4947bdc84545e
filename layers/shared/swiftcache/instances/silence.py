"""A serving task that answers nobody: what the record says of it, and from when on it is too long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(seconds=60)
"""A Redis that was not heard for so long, and then not again, is replaced. A single failure says nothing."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Since the first look in a row that got no answer. `task` is the ARN of who was asked; times are RFC 3339 in UTC.

    `told`: its owner has been told, since it is too long.
    """

    task: str
    since: str
    told: bool = False

    def is_too_long(self, at: datetime) -> bool:
        """Whether one more look without an answer is one too many."""
        return at - datetime.fromisoformat(self.since) >= LONGEST
