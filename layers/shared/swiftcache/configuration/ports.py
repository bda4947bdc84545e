"""What changing a running instance needs of the world."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.configuration.model import Configuration
from swiftcache.instances.model import Endpoint, Instance


class ConfigurationStore(Protocol):
    """The record of what an instance is to be, and of the runs that make it so."""

    def store(self, before: Instance, after: Instance, audit: AuditEntry) -> None:
        """Changes the instance from `before`, as it was read, to `after`: its name, protection, expiry, keys, memory,
        policy, settings, revision, change, backups' schedule, maintenance window and allowed networks. With the
        organization's limits and the audit entry, together or not at all.

        Raises RecordChanged if it is not as it was read any more, Conflict if the organization is not ACTIVE,
        LimitExceeded.
        """

    def begin_run(self, organization_id: str, instance_id: str, run: str) -> Instance | None:
        """Adds the run to those at work. The instance as it is now; None unless there is a Redis that it is to have.

        That is so once it is RUNNING, and before if it has taken over a member of the warm pool. Of any other one the
        task starts as the record says, and a run would only leave behind what it has read.
        """

    def end_run(self, applied: Instance, runs: frozenset[str], at: str) -> bool:
        """Notes that Redis is as `applied` wants it, and ends these runs and a change in place.

        False, and nothing is changed, if something else is wanted by now.
        """

    def end_claim(self, applied: Instance, hostname: str, runs: frozenset[str], at: str) -> bool:
        """The same for a PROVISIONING instance that takes a member over, which is RUNNING by this under its hostname.

        False also if the member was given up meanwhile.
        """


class RedisControl(Protocol):
    def apply(self, endpoint: Endpoint, hostname: str, password: str, configuration: Configuration) -> None:
        """Makes the Redis there equal to the configuration, and closes the connections of keys that are no more.

        May run again, whether it did all, a part or nothing before. Ends a script that keeps Redis busy. Raises
        RedisBusy if that cannot be done, and DependencyUnavailable.
        """

    def close_others(self, endpoint: Endpoint, hostname: str, password: str, cidrs: Sequence[str]) -> None:
        """Closes the connections that owners have from elsewhere than these networks. Raises as `apply` does."""

    def shut_down(self, endpoint: Endpoint, hostname: str, password: str) -> None:
        """Ends the Redis there at once, whatever it is doing. Raises DependencyUnavailable."""


class ConfigureTrigger(Protocol):
    """Whoever can reach Redis and may know its password."""

    def start(self, organization_id: str, instance_id: str) -> None:
        """Has it configured soon. Raises DependencyUnavailable."""

    def configure(self, organization_id: str, instance_id: str) -> bool:
        """Has it configured now. False if that did not work, or not in a few seconds; it then happens later."""


class DueInstances(Protocol):
    def due(self, by: str) -> Iterator[Instance]:
        """Every instance that expires by this time, every RUNNING one whose Redis or security group may not be as it is
        wanted, and every one whose final backup is overdue by then.

        What changed in the last moments may be missing.
        """


class AgeingPasswords(Protocol):
    """When each instance's control password was made."""

    def older_than(self, at: str) -> Iterator[Instance]:
        """Every RUNNING instance whose password was made before this time (RFC 3339 in UTC).

        What changed in the last moments may be missing.
        """

    def note_renewal(self, organization_id: str, instance_id: str, at: str) -> None:
        """Its password counts as made at this time. Nothing happens if the instance is gone."""
