"""What emptying an organization needs of the world."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status


class OrganizationContents(Protocol):
    """What lies in an organization, for the workflow that empties it."""

    def instances(self, organization_id: str, status: Status, limit: int) -> Sequence[Instance]:
        """Up to `limit` of its instances with this status, by a strongly consistent read."""

    def remove(self, organization_id: str) -> None:
        """Removes all that it has, then itself. Its audit log stays for its 90 days.

        Only for one that has no instances and no backups. Does nothing if it is gone already; raises IllegalTransition
        unless it is DELETING.
        """


@dataclass(frozen=True, slots=True)
class EmptyingTarget:
    """The organization to empty, the status version that asked for it, and the request that did."""

    organization_id: str
    status_version: int
    request_id: str


class Emptying(Protocol):
    def start(self, target: EmptyingTarget, attempt: int) -> None:
        """Starts the workflow. Again for the same attempt, counted from 0, it does nothing."""
