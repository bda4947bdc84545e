"""What waiting for events needs of the world."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from swiftcache.callbacks.model import Observation, Subject, Wait


class Waits(Protocol):
    """Who waits for what, and what was last seen of it."""

    def note(self, subject: Subject, observation: Observation) -> Wait | None:
        """Stores what was seen, unless something later is stored. Who waits for the subject, whether it is over or not.

        None if nobody waits, or if it was not stored.
        """

    def register(self, subject: Subject, wait: Wait) -> Observation | None:
        """Stores who waits, instead of whoever waited before. What was last seen of the subject, if anything."""

    def end(self, subject: Subject, wait: Wait) -> None:
        """Nobody waits by this token any more."""

    def of(self, instance_id: str) -> Sequence[tuple[Subject, Wait]]:
        """All that is waited for of an instance."""


class TaskTokens(Protocol):
    """Sends task tokens back. One whose wait is over is no error."""

    def succeed(self, token: str, output: Mapping[str, object]) -> None: ...

    def fail(self, token: str, error: str, cause: str) -> None: ...
