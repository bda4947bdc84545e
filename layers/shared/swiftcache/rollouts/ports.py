"""What rollouts need of the world."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.model import Instance
from swiftcache.rollouts.model import Rollout


class RolloutRecord(Protocol):
    """At most one rollout is current: until it has ended, and nothing of it is pending any more."""

    def current(self) -> Rollout | None:
        """A strongly consistent read."""

    def ended(self) -> Sequence[Rollout]:
        """Newest first: all there were, since each tells of a target that is not begun again."""

    def store(self, rollout: Rollout, audit: AuditEntry | None = None) -> Rollout:
        """As the current one. As it then is, with its next revision; with a revision of 0 it is new.

        Raises RecordChanged if there is another, or somebody else has stored it since it was read.
        """

    def reopen(self, rollout: Rollout, audit: AuditEntry) -> Rollout:
        """One that has ended, as the current one. As it then is, with its next revision.

        Raises RecordChanged if there is a current one, or if it is not among those that have ended any more.
        """

    def end(self, rollout: Rollout) -> None:
        """It is no longer current, and is kept among those that have ended. Raises RecordChanged as `store` does."""


class Fleet(Protocol):
    def lasting(self) -> Iterator[Instance]:
        """Every instance that is RUNNING, or has ended as ERROR, of every organization, members of the warm pool too.

        What changed in the last moments may be missing.
        """
