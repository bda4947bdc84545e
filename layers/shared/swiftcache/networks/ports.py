"""What limiting who reaches an instance needs of the world."""

from collections.abc import Sequence
from typing import Protocol

from swiftcache.instances.model import Instance


class NetworkStore(Protocol):
    """The record of which networks an instance's group lets in, and of the run that is at work on it."""

    def begin(self, organization_id: str, instance_id: str, now: str, until: str) -> Instance | None:
        """Takes the lease of the instance's group until then (RFC 3339 in UTC); the instance as it is now.

        None if there is none with networks of its own that is PROVISIONING or RUNNING, or if the lease is taken.
        """

    def end(self, applied: Instance, group: str, until: str) -> Instance | None:
        """Notes that the group lets in the networks of `applied`, and gives the lease back; the instance as it then is.

        None, and nothing is changed, if other networks are wanted by now, another task serves, or the lease is
        another's.
        """


class SecurityGroups(Protocol):
    """One group for each instance, found by its name, which follows from the instance's id."""

    def make_equal(self, instance_id: str, cidrs: Sequence[str]) -> str:
        """Has it let in these networks, to Redis's port, and nobody else; it is made if it is not there. Its id.

        May run again, whether it did all, a part or nothing before. Raises DependencyUnavailable.
        """

    def delete(self, instance_id: str) -> None:
        """Does nothing if it is not there. Raises DependencyUnavailable, also while a task has it."""


class Connections(Protocol):
    def close_others(self, organization_id: str, instance_id: str) -> None:
        """Closes what clients of a RUNNING instance have open from elsewhere than its networks.

        Raises DependencyUnavailable.
        """


class NetworkTrigger(Protocol):
    """Whoever may change security groups."""

    def start(self, organization_id: str, instance_id: str) -> None:
        """Has the instance's group follow its record soon. Raises DependencyUnavailable."""

    def control(self, organization_id: str, instance_id: str) -> bool:
        """Has it follow now. False if that did not work, or not in a few seconds; it then happens later."""
