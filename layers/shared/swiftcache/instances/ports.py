"""What instances need of the world. `table.py` and others provide it; tests/fakes provides it in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.access.identity import Caller
from swiftcache.instances.failure import Failure
from swiftcache.instances.final_backup import FinalBackupMode
from swiftcache.instances.model import Endpoint, Instance, NewInstance, Restoring
from swiftcache.instances.receipt import Receipt, RemovedResources
from swiftcache.instances.status import Status


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` is opaque; None after the last page."""

    instances: Sequence[Instance]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which instances a list has: those with this status, and with exactly this name."""

    status: Status | None = None
    name: str | None = None


EVERY = Filter()


class Instances(Protocol):
    """The record of every instance. Each change of status is one conditional write."""

    def create(self, instance: Instance, audit: AuditEntry) -> None:
        """Stores the instance, its key's hash and what the organization has left, together or not at all.

        Raises NotFound if there is no such organization, Conflict if it is not ACTIVE, LimitExceeded.
        """

    def get(self, organization_id: str, instance_id: str) -> Instance | None:
        """A strongly consistent read."""

    def status(self, organization_id: str, instance_id: str) -> Status | None:
        """The cheapest look there is. What was written a moment ago may not be seen yet."""

    def page(self, organization_id: str, limit: int, cursor: str | None, only: Filter = EVERY) -> Page:
        """One read: up to `limit` instances of the organization, in the order of their ids.

        It reads no more of them than `limit`, however many there are; so with both a status and a name, a page may have
        fewer although more follow. Raises InvalidRequest for a cursor that is not ours, or of another filter.
        """

    def give_up_member(self, organization_id: str, instance_id: str) -> None:
        """The member of the warm pool that this PROVISIONING instance began with can never come to be its task.

        May run again. Raises NotFound, and IllegalTransition if it is RUNNING, DELETING or ERROR.
        """

    def mark_running(
        self, organization_id: str, instance_id: str, hostname: str, endpoint: Endpoint, at: str
    ) -> Instance:
        """The instance as it is now, told under the name that it was made with; `hostname` is for one that has none.

        Raises IllegalTransition or NotFound.
        """

    def mark_error(self, organization_id: str, instance_id: str, failure: Failure, at: str) -> Instance:
        """The instance as it is now. A RUNNING one only while it is recovered, and then that has failed.

        Raises IllegalTransition or NotFound.
        """

    def mark_deleting(self, organization_id: str, instance_id: str, audit: AuditEntry) -> None:
        """Raises IllegalTransition, NotFound, or DeletionProtected."""

    def force_deleting(self, organization_id: str, instance_id: str, audit: AuditEntry) -> None:
        """The same, protected or not. Raises IllegalTransition or NotFound."""

    def mark_expired(self, organization_id: str, instance_id: str, expires_at: str, audit: AuditEntry) -> None:
        """The same, if it is still to expire at this time. Raises RecordChanged."""

    def remove(self, organization_id: str, instance_id: str, removed: RemovedResources, at: str) -> None:
        """Removes a DELETING instance with its keys' hashes, gives back what it took of the limits, and leaves a
        receipt, together.

        Does nothing if it is gone already. Raises IllegalTransition in any other status.
        """


class Restores(Protocol):
    """The backups, for who creates an instance (backups/restoring.py)."""

    def restoring(self, caller: Caller, new: NewInstance) -> Restoring:
        """What is to be made of `new`, which asks for a backup.

        Raises NotFound for another's backup, BackupNotAvailable, BackupVersionTooNew, BackupDoesNotFit, InvalidRequest.
        """


class Claims(Protocol):
    """The warm pool, for who creates an instance (pool/claims.py)."""

    def claim(
        self, new: NewInstance, instance: Instance, entry_of: Callable[[Instance], AuditEntry]
    ) -> Instance | None:
        """The instance as it is now stored, with a waiting member's id and task; None if there is none for it.

        A request that comes again gets the member that it got before. `entry_of` makes the audit entry. Raises what
        `Instances.create` raises.
        """


class FinalBackups(Protocol):
    """The last act of a deletion (backups/final.py)."""

    def request(self, caller: Caller, instance_id: str, mode: FinalBackupMode) -> Status:
        """Has the instance backed up, and then deleted. Its status then: DELETING if there is nothing to wait for.

        Raises DeletionProtected, FinalBackupNotPossible, NotFound, Conflict, LimitExceeded.
        """


class Settler(Protocol):
    def settle(self, organization_id: str, instance_id: str, backup_id: str | None = None) -> None:
        """The backup that the instance waits for has come to its end: it is deleted, or told why not.

        Does nothing for one that waits for none, or for another than this backup.
        """


@dataclass(frozen=True, slots=True)
class FirstError:
    """The first error of a failed creation: Step Functions' name for it, and the state it came from."""

    error: str
    step: str


@dataclass(frozen=True, slots=True)
class Target:
    """The instance that a workflow is about, in which of its lives, and the request that asked for it."""

    organization_id: str
    instance_id: str
    request_id: str
    generation: int = 0


class Workflows(Protocol):
    """Starting the state machines. Starting one again does nothing, whether it still runs or has ended."""

    def provision(self, target: Target, member: Endpoint | None = None) -> None:
        """`member` is the task of the warm pool that the creation takes over."""

    def delete(self, target: Target, attempt: int, dns_name: str | None = None) -> None:
        """`attempt` counts from 0. `dns_name` is that of an instance which has no record any more."""

    def roll_back(self, target: Target, attempt: int, first_error: FirstError, recovery_id: str = "") -> None:
        """Removes all that a failed creation left, or the recovery with this id, then marks the instance ERROR."""

    def resize(self, target: Target, change_id: str, attempt: int, first_error: FirstError | None = None) -> None:
        """`attempt` counts from 0; each later one is told why there had to be another."""


class Receipts(Protocol):
    def get(self, organization_id: str, instance_id: str, at: datetime) -> Receipt | None:
        """The receipt of a deletion, as long as it is kept."""
