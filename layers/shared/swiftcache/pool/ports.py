"""What the warm pool needs of the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.model import Instance


class ReadyMembers(Protocol):
    """For the creation that takes a member over."""

    def ready(self, task_memory: int) -> Sequence[Instance]:
        """Members in a task of so many MiB that may be taken over, in one read. It may be a moment late."""

    def take_over(self, member: Instance, instance: Instance, audit: AuditEntry) -> None:
        """Removes the member and stores the instance, in its owner's partition, together or not at all.

        Only if the member is still ready, and as it was read: two never get the same. Raises RecordChanged if it is
        not, and what `Instances.create` raises.
        """


class PoolRecord(Protocol):
    """For the reconciler of the pool."""

    def members(self) -> Sequence[Instance]:
        """All, of every status, by strongly consistent reads."""

    def version(self) -> int:
        """Raised by each member that is added. A strongly consistent read."""

    def add(self, member: Instance, version: int) -> bool:
        """Stores a new member, PROVISIONING. False if the version is another by now: somebody else was at work."""


@dataclass(frozen=True, slots=True)
class PoolNews:
    """Creations that took a member over, and such that would have, had one been ready; whether there is work now."""

    taken_over: int = 0
    missed: int = 0
    work: bool = False


class PoolReconcileTrigger(Protocol):
    def start(self) -> None:
        """Starts a pass now, and not only when the minute is over. Raises DependencyUnavailable."""
